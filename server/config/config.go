// Package config turns the environment into one typed value. Every wrong value is reported at once, and nothing else
// reads the environment.
package config

import (
	"errors"
	"fmt"
	"net"
	"net/url"
	"path/filepath"
	"regexp"
	"runtime"
	"strconv"
	"strings"
	"time"

	"github.com/slipway-paas/slipway/server/paas"
)

// Config is everything the operator decides. The comment of each field names its variable and default.
type Config struct {
	Portal       string      // SLIPWAY_PORTAL: address the portal listens on; 127.0.0.1:8080
	Edge         string      // SLIPWAY_EDGE: address apps are served on; 127.0.0.1:8000
	Data         string      // SLIPWAY_DATA: directory of everything kept; ./data
	DatabaseURL  string      // DATABASE_URL: PostgreSQL; empty is SQLite in Data
	NATSURL      string      // NATS_URL: an outside NATS cluster; empty is the one inside the process
	Cache        string      // SLIPWAY_CACHE: archives of base images, shared by all data directories; empty is the user's cache directory
	PublicURL    *url.URL    // SLIPWAY_PUBLIC_URL: the portal as browsers reach it; http://PORTAL
	EdgeDomain   string      // SLIPWAY_EDGE_DOMAIN: apps answer at NAME.DOMAIN; localhost
	EdgeURL      *url.URL    // SLIPWAY_EDGE_URL: the edge as browsers reach it, for links to apps; http://EDGE_DOMAIN:port of EDGE
	MasterKey    string      // SLIPWAY_MASTER_KEY: 32 bytes in base64; empty is the file DATA/master.key
	LocalRepos   bool        // SLIPWAY_LOCAL_REPOS: repositories may be paths on this machine; true
	PrivateRepos bool        // SLIPWAY_PRIVATE_REPOS: repositories may be in private networks; true
	Builds       int         // SLIPWAY_BUILDS: builds at once; 2
	Build        paas.Limits // SLIPWAY_BUILD_CPU (cores), _MEMORY, _DISK, _LOG (sizes), _TIME: caps of one build
	GradleMirror string      // SLIPWAY_GRADLE_MIRROR: where Gradle's distributions are served (URL/gradle-8.10-bin.zip); empty is what each wrapper says
	CRANMirror   string      // SLIPWAY_CRAN_MIRROR: where R packages come from that Debian has not; empty is R's own default
	LogFormat    string      // SLIPWAY_LOG: text or json; text

	KeepReleases int            // SLIPWAY_KEEP_RELEASES: releases of each app whose images stay on the engine; 10
	KeepCache    int64          // SLIPWAY_KEEP_CACHE: size of the engine's build cache; 20GiB
	KeepUnused   time.Duration  // SLIPWAY_KEEP_UNUSED: runtimes' layers and fetched repositories that nobody built on; 30d
	Keep         paas.Retention // SLIPWAY_KEEP_TASKS, _BUILDS, _ROUTINE, _EVENTS, _WORKFLOWS: records of what is over; 30d, 90d, 90d, 1095d, 7d
	LogAge       time.Duration  // SLIPWAY_LOG_AGE: lines of tasks and builds; 14d
	LogBytes     int64          // SLIPWAY_LOG_BYTES: all logs together, as stored; 5GiB
	LogTask      int64          // SLIPWAY_LOG_TASK_BYTES: the log of one task or build; 256MiB
	LogCopies    int            // SLIPWAY_LOG_COPIES: replicas in an outside NATS cluster; 1
}

// Database is the SQLite file, used when DatabaseURL is empty.
func (c Config) Database() string { return filepath.Join(c.Data, "slipway.db") }

// AppURL is where an app answers.
func (c Config) AppURL(app string) string {
	u := *c.EdgeURL
	u.Host = app + "." + u.Host
	return u.String()
}

// FromEnv reads the configuration. get is os.Getenv, or a test's.
func FromEnv(get func(string) string) (Config, error) {
	r := &reader{get: get}
	c := Config{
		Portal:       r.address("SLIPWAY_PORTAL", "127.0.0.1:8080"),
		Edge:         r.address("SLIPWAY_EDGE", "127.0.0.1:8000"),
		Data:         r.text("SLIPWAY_DATA", "data"),
		DatabaseURL:  r.database("DATABASE_URL"),
		NATSURL:      get("NATS_URL"),
		Cache:        get("SLIPWAY_CACHE"),
		EdgeDomain:   r.domain("SLIPWAY_EDGE_DOMAIN", "localhost"),
		MasterKey:    get("SLIPWAY_MASTER_KEY"),
		GradleMirror: get("SLIPWAY_GRADLE_MIRROR"),
		CRANMirror:   get("SLIPWAY_CRAN_MIRROR"),
		LocalRepos:   r.boolean("SLIPWAY_LOCAL_REPOS", true),
		PrivateRepos: r.boolean("SLIPWAY_PRIVATE_REPOS", true),
		Builds:       r.number("SLIPWAY_BUILDS", 2, 1, 64),
		LogFormat:    r.choice("SLIPWAY_LOG", "text", "json"),
		Build: paas.Limits{
			CPUMillis:   r.cores("SLIPWAY_BUILD_CPU", int64(runtime.NumCPU())*1000),
			MemoryBytes: r.size("SLIPWAY_BUILD_MEMORY", 2<<30),
			DiskBytes:   r.size("SLIPWAY_BUILD_DISK", 10<<30),
			LogBytes:    r.size("SLIPWAY_BUILD_LOG", 50<<20),
			Time:        r.duration("SLIPWAY_BUILD_TIME", 30*time.Minute),
		},
		KeepReleases: r.number("SLIPWAY_KEEP_RELEASES", 10, 1, 1000),
		KeepCache:    r.size("SLIPWAY_KEEP_CACHE", 20<<30),
		KeepUnused:   r.age("SLIPWAY_KEEP_UNUSED", 30*day),
		Keep: paas.Retention{
			Tasks:     r.age("SLIPWAY_KEEP_TASKS", 30*day),
			Builds:    r.age("SLIPWAY_KEEP_BUILDS", 90*day),
			Routine:   r.age("SLIPWAY_KEEP_ROUTINE", 90*day),
			Events:    r.age("SLIPWAY_KEEP_EVENTS", 3*365*day),
			Workflows: r.age("SLIPWAY_KEEP_WORKFLOWS", 7*day),
		},
		LogAge:    r.age("SLIPWAY_LOG_AGE", 14*day),
		LogBytes:  r.size("SLIPWAY_LOG_BYTES", 5<<30),
		LogTask:   r.size("SLIPWAY_LOG_TASK_BYTES", 256<<20),
		LogCopies: r.number("SLIPWAY_LOG_COPIES", 1, 1, 5),
	}
	c.PublicURL = r.url("SLIPWAY_PUBLIC_URL", "http://"+reachable(c.Portal))
	_, port, _ := net.SplitHostPort(c.Edge)
	c.EdgeURL = r.url("SLIPWAY_EDGE_URL", "http://"+net.JoinHostPort(c.EdgeDomain, port))
	return c, errors.Join(r.errs...)
}

// reachable is an address that a browser on this machine can open: 0.0.0.0 is none.
func reachable(address string) string {
	host, port, _ := net.SplitHostPort(address)
	if ip := net.ParseIP(host); host == "" || (ip != nil && ip.IsUnspecified()) {
		host = "127.0.0.1"
	}
	return net.JoinHostPort(host, port)
}

// reader collects what is wrong while it reads.
type reader struct {
	get  func(string) string
	errs []error
}

func (r *reader) wrong(name, format string, args ...any) {
	r.errs = append(r.errs, fmt.Errorf("%s: "+format, append([]any{name}, args...)...))
}

func (r *reader) text(name, or string) string {
	if v := r.get(name); v != "" {
		return v
	}
	return or
}

func (r *reader) address(name, or string) string {
	v := r.text(name, or)
	_, port, err := net.SplitHostPort(v)
	if n, bad := strconv.Atoi(port); err != nil || bad != nil || n < 0 || n > 65535 {
		r.wrong(name, "%q is no address to listen on; use host:port, such as %s", v, or)
	}
	return v
}

func (r *reader) url(name, or string) *url.URL {
	v := r.text(name, or)
	u, err := url.Parse(v)
	if err != nil || (u.Scheme != "http" && u.Scheme != "https") || u.Host == "" || u.User != nil || strings.Trim(u.Path, "/") != "" || u.RawQuery != "" || u.Fragment != "" {
		r.wrong(name, "%q is no address of a site; use http:// or https:// and a host, without a path", v)
		return &url.URL{}
	}
	u.Path = ""
	return u
}

// database never repeats the value, which holds a password.
func (r *reader) database(name string) string {
	v := r.get(name)
	if v == "" {
		return ""
	}
	if u, err := url.Parse(v); err != nil || (u.Scheme != "postgres" && u.Scheme != "postgresql") || u.Host == "" && u.Query().Get("host") == "" {
		r.wrong(name, "it is no PostgreSQL address; use postgres://user:password@host:5432/database")
	}
	return v
}

var domainForm = regexp.MustCompile(`^[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)*$`)

func (r *reader) domain(name, or string) string {
	v := strings.ToLower(r.text(name, or))
	if !domainForm.MatchString(v) {
		r.wrong(name, "%q is no domain; use letters, digits, dashes and dots, such as apps.example.com", v)
	}
	return v
}

func (r *reader) boolean(name string, or bool) bool {
	switch v := r.get(name); v {
	case "":
		return or
	case "true", "1", "yes", "on":
		return true
	case "false", "0", "no", "off":
		return false
	default:
		r.wrong(name, "%q is neither true nor false", v)
		return or
	}
}

func (r *reader) choice(name string, words ...string) string {
	v := r.text(name, words[0])
	for _, w := range words {
		if v == w {
			return v
		}
	}
	r.wrong(name, "%q is not one of %s", v, strings.Join(words, ", "))
	return words[0]
}

func (r *reader) number(name string, or, low, high int) int {
	v := r.get(name)
	if v == "" {
		return or
	}
	n, err := strconv.Atoi(v)
	if err != nil || n < low || n > high {
		r.wrong(name, "%q is no whole number from %d to %d", v, low, high)
	}
	return n
}

func (r *reader) cores(name string, or int64) int64 {
	v := r.get(name)
	if v == "" {
		return or
	}
	n, err := strconv.ParseFloat(v, 64)
	if err != nil || !(n >= 0.1 && n <= 1024) {
		r.wrong(name, "%q is no number of cores; use a number from 0.1 up, such as 1.5", v)
	}
	return int64(n * 1000)
}

func (r *reader) duration(name string, or time.Duration) time.Duration {
	v := r.get(name)
	if v == "" {
		return or
	}
	d, err := time.ParseDuration(v)
	if err != nil || d <= 0 {
		r.wrong(name, "%q is no length of time; use a number with a unit, such as 90s or 30m", v)
	}
	return d
}

const day = 24 * time.Hour

// age is a length of time from a day up, which may be written in days: what is kept for less than a day might still be
// needed.
func (r *reader) age(name string, or time.Duration) time.Duration {
	v := r.get(name)
	if v == "" {
		return or
	}
	d, err := time.ParseDuration(v)
	if days, ok := strings.CutSuffix(v, "d"); ok {
		var n int64
		n, err = strconv.ParseInt(days, 10, 32)
		d = time.Duration(min(n, 100_000)) * day
	}
	if err != nil || d < day {
		r.wrong(name, "%q is no length of time from a day up; use a number with a unit, such as 30d or 36h", v)
	}
	return d
}

// units are binary, as everywhere in Slipway: 1 MiB is 2^20 bytes, and MB is read as the same.
var units = []struct {
	suffix string
	shift  uint
}{{"kib", 10}, {"mib", 20}, {"gib", 30}, {"tib", 40}, {"kb", 10}, {"mb", 20}, {"gb", 30}, {"tb", 40}, {"k", 10}, {"m", 20}, {"g", 30}, {"t", 40}, {"b", 0}, {"", 0}}

func (r *reader) size(name string, or int64) int64 {
	v := r.get(name)
	if v == "" {
		return or
	}
	for _, u := range units {
		number, ok := strings.CutSuffix(strings.ToLower(strings.TrimSpace(v)), u.suffix)
		if !ok {
			continue
		}
		n, err := strconv.ParseInt(strings.TrimSpace(number), 10, 64)
		if err == nil && n > 0 && n <= (1<<62)>>u.shift {
			return n << u.shift
		}
		break
	}
	r.wrong(name, "%q is no size; use a whole number with a unit, such as 512MiB or 2GiB", v)
	return or
}
