package control

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/slipway-paas/slipway/server/paas"
)

// undeployed is what changed in an app's settings and variables since its live release.
func undeployed(tx Tx, a paas.App, live *paas.Release) ([]Change, error) {
	if live == nil {
		return nil, nil
	}
	was, err := tx.ReleaseFingerprints(live.ID)
	if err != nil {
		return nil, err
	}
	variables, err := tx.Variables(a)
	if err != nil {
		return nil, err
	}
	is := map[string]string{}
	for _, v := range variables {
		is[v.Name] = v.Fingerprint
	}
	return append(variableDiff(was, is), settingsDiff(unscaled(live.Settings), unscaled(a.Settings))...), nil
}

// unscaled leaves out the number of tasks, which never waits for a deploy.
func unscaled(s paas.AppSettings) paas.AppSettings {
	s.Scale = nil
	return s
}

// deploymentChanges is the config diff of a deployment: against what had the traffic before when it has a release,
// what would change now before that.
func deploymentChanges(tx Tx, v DeploymentDetail) ([]Change, error) {
	if v.Previous == nil {
		return nil, nil
	}
	if v.Release == nil {
		return undeployed(tx, v.App, v.Previous)
	}
	was, err := tx.ReleaseFingerprints(v.Previous.ID)
	if err != nil {
		return nil, err
	}
	is, err := tx.ReleaseFingerprints(v.Release.ID)
	if err != nil {
		return nil, err
	}
	changes := append(variableDiff(was, is), settingsDiff(v.Previous.Settings, v.Release.Settings)...)
	if v.Previous.Commit.SHA != v.Release.Commit.SHA {
		changes = append([]Change{{What: "Commit", Before: v.Previous.Commit.Short(), After: v.Release.Commit.Short()}}, changes...)
	}
	return changes, nil
}

// variableDiff compares fingerprints: that a value changed is shown, the value never.
func variableDiff(was, is map[string]string) (changes []Change) {
	for _, name := range sortedKeys(was, is) {
		before, had := was[name]
		after, has := is[name]
		if before == after && had == has {
			continue
		}
		c := Change{What: "Variable " + name}
		if had {
			c.Before = "set"
		}
		if has {
			c.After = "set"
		}
		if had && has {
			c.Before, c.After = "old value", "new value"
		}
		changes = append(changes, c)
	}
	return changes
}

// settingsDiff compares two apps' settings as people read them.
func settingsDiff(was, is paas.AppSettings) (changes []Change) {
	before, after := settingsText(was), settingsText(is)
	for _, what := range sortedKeys(before, after) {
		if before[what] != after[what] {
			changes = append(changes, Change{What: what, Before: before[what], After: after[what]})
		}
	}
	return changes
}

// settingsText is every setting that was made, by its name for people.
func settingsText(s paas.AppSettings) map[string]string {
	t := map[string]string{}
	set := func(what, value string) {
		if value != "" {
			t[what] = value
		}
	}
	for process, n := range s.Scale {
		set("Tasks of "+process, strconv.Itoa(n))
	}
	for process, r := range s.Resources {
		if r.CPUMillis != 0 {
			set("CPU of "+process, paas.Cores(r.CPUMillis))
		}
		if r.MemoryBytes != 0 {
			set("Memory of "+process, paas.Bytes(r.MemoryBytes))
		}
		if r.DiskBytes != 0 {
			set("Scratch space of "+process, paas.Bytes(r.DiskBytes))
		}
	}
	for process, line := range s.Commands {
		set("Command of "+process, line)
	}
	set("Health path", s.HealthPath)
	if s.StartTimeout != 0 {
		set("Start timeout", s.StartTimeout.String())
	}
	if s.Port != 0 {
		set("Port", strconv.Itoa(s.Port))
	}
	if s.WritableRoot != nil {
		set("Writable root", fmt.Sprint(*s.WritableRoot))
	}
	set("Install command", s.Build.Install)
	set("Build command", s.Build.Command)
	set("Output folder", s.Build.Output)
	set("Dockerfile", s.Build.Dockerfile)
	set("Build folder", s.Build.Root)
	set("Debian packages", strings.Join(s.Build.Packages, " "))
	for name, value := range s.Build.Env {
		set("Build variable "+name, value)
	}
	for name, value := range s.Build.Options {
		set("Build option "+name, value)
	}
	return t
}

func sortedKeys[K cmp.Ordered, V any](a, b map[K]V) []K {
	all := maps.Clone(a)
	if all == nil {
		all = map[K]V{}
	}
	maps.Copy(all, b)
	return slices.Sorted(maps.Keys(all))
}
