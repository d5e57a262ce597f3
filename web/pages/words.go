package pages

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/slipway-paas/slipway/server/paas"
)

var credentialKinds = map[paas.CredentialKind]string{
	paas.CredentialToken:  "HTTPS token",
	paas.CredentialSSHKey: "SSH deploy key",
}

// phaseWords are the rungs of the ladder as a person reads them.
var phaseWords = map[string]string{
	"queue":   "Wait in line",
	"fetch":   "Fetch the source",
	"build":   "Build the image",
	"push":    "Store the image",
	"release": "Run the release command",
	"place":   "Find a place",
	"start":   "Start",
	"ready":   "Wait until it answers",
	"switch":  "Move the traffic",
	"drain":   "Stop the old version",
}

// phaseWord names a rung of a deployment. The first has no old version to stop: it only sees whether the new one stays up.
func phaseWord(name string, d paas.Deployment) string {
	if name == "drain" && d.PreviousID == 0 {
		return "Watch the new version"
	}
	if w := phaseWords[name]; w != "" {
		return w
	}
	return name
}

// kindWord is what a deployment was for.
func kindWord(k paas.DeploymentKind) string {
	switch k {
	case paas.KindRollback:
		return "Rollback"
	case paas.KindConfig:
		return "New configuration"
	default:
		return "Deploy"
	}
}

func version(n int) string { return "v" + strconv.Itoa(n) }

func id(n int64) string { return strconv.FormatInt(n, 10) }

func plural(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return strconv.Itoa(n) + " " + many
}

// resources shows what a task may use: "512 MiB · 0.5 cores".
func resources(r paas.Resources) string {
	r = r.Or(paas.DefaultResources)
	return paas.Bytes(r.MemoryBytes) + " · " + paas.Cores(r.CPUMillis)
}

func milliseconds(d time.Duration) string { return strconv.FormatInt(d.Milliseconds(), 10) }

// percent is part of whole between 0 and 100.
func percent(part, whole int64) float64 {
	if whole <= 0 {
		return 0
	}
	return min(100, 100*float64(part)/float64(whole))
}

func number(f float64) string { return strconv.FormatFloat(f, 'f', 2, 64) }

// host is an address without its protocol, as people read it.
func host(url string) string {
	_, rest, ok := strings.Cut(url, "://")
	if !ok {
		return url
	}
	return strings.TrimSuffix(rest, "/")
}

// logPath is where the log of a topic "logs:task:17" is read: /logs/task/17.
func logPath(topic paas.Topic) string {
	parts := strings.Split(string(topic), ":")
	if len(parts) != 3 {
		return "/logs"
	}
	return fmt.Sprintf("/logs/%s/%s", parts[1], parts[2])
}

// domID is the topic as an element's id.
func domID(topic paas.Topic) string { return "log-" + strings.ReplaceAll(string(topic), ":", "-") }
