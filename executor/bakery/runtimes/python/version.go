package python

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"

	"github.com/slipway-paas/slipway/executor/bakery/manifest"
	"github.com/slipway-paas/slipway/executor/bakery/runtime"
	"github.com/slipway-paas/slipway/server/paas"
)

var (
	clause   = regexp.MustCompile(`^\s*(===|==|!=|~=|>=|<=|>|<|\^|~)?\s*v?(\d+)(?:\.(\d+|\*))?(?:\.(?:\d+|\*))*`)
	runtimes = regexp.MustCompile(`python-?\s*(\d[\w.]*)`)

	asdfVersion = regexp.MustCompile(`(?m)^\s*python\s+(\S+)`)
	miseVersion = regexp.MustCompile(`(?m)^\s*python\s*=\s*["']([^"']+)["']`)
	// floating are words that name no version of their own.
	floating = regexp.MustCompile(`^(?:latest|system|default|stable|\*)$`)
)

// askedVersion is the version the app asks for, as written, from the file that is most explicit about it.
func askedVersion(tree runtime.Tree, p project) manifest.Value[string] {
	if tree.Manifest.Version.Set() {
		return tree.Manifest.Version
	}
	if data, ok := tree.Read("runtime.txt"); ok {
		if m := runtimes.FindSubmatch(data); m != nil {
			return manifest.Value[string]{Value: string(m[1]), Source: "runtime.txt"}
		}
	}
	if data, ok := tree.Read(".python-version"); ok {
		for line := range strings.Lines(strings.TrimPrefix(string(data), "\ufeff")) {
			if line = strings.TrimSpace(line); line != "" && line[0] != '#' {
				return manifest.Value[string]{Value: line, Source: ".python-version"}
			}
		}
	}
	for _, f := range []struct {
		name    string
		pattern *regexp.Regexp
	}{{".tool-versions", asdfVersion}, {"mise.toml", miseVersion}, {".mise.toml", miseVersion}} {
		if data, ok := tree.Read(f.name); ok {
			if m := f.pattern.FindSubmatch(data); m != nil {
				return manifest.Value[string]{Value: string(m[1]), Source: f.name}
			}
		}
	}
	if p.requires != "" {
		return manifest.Value[string]{Value: p.requires, Source: p.requiresIn}
	}
	return manifest.Value[string]{}
}

// The version that is given, in numbers.
const major, minor = 3, 13

// allows reports whether a version specifier (PEP 440's, or Poetry's ^ and ~) accepts Python 3.13. Only major and minor
// are compared: patch releases do not break apps. What cannot be read is taken to allow it.
func allows(specifier string) bool { return allowsMinor(specifier, minor) }

// nearest is the Python next to the one that is here that a specifier accepts, an older one first; the one that is here
// when it accepts none.
func nearest(specifier string) string {
	for m := minor - 1; m >= 0; m-- {
		if allowsMinor(specifier, m) {
			return fmt.Sprintf("%d.%d", major, m)
		}
	}
	for m := minor + 1; m < 2*minor; m++ {
		if allowsMinor(specifier, m) {
			return fmt.Sprintf("%d.%d", major, m)
		}
	}
	return version
}

func allowsMinor(specifier string, minor int) bool {
	for _, alternative := range strings.Split(specifier, "||") {
		ok := true
		for _, c := range strings.FieldsFunc(alternative, func(r rune) bool { return r == ',' }) {
			ok = ok && allowsClause(c, minor)
		}
		if ok {
			return true
		}
	}
	return false
}

func allowsClause(c string, minor int) bool {
	m := clause.FindStringSubmatch(c)
	if m == nil {
		return true
	}
	wantMajor, _ := strconv.Atoi(m[2]) // digits by the pattern
	wantMinor, err := strconv.Atoi(m[3])
	anyMinor := err != nil
	older := major > wantMajor || major == wantMajor && (minor > wantMinor && !anyMinor) // the given one is above the named
	same := major == wantMajor && (anyMinor || minor == wantMinor)
	switch m[1] {
	case ">=", ">":
		return older || same
	case "<":
		return !older && !same
	case "<=":
		return !older || same
	case "!=":
		return !same
	case "^":
		return major == wantMajor && (anyMinor || minor >= wantMinor)
	case "~=":
		// ~=3.9 is "3.9 or a later 3"; ~=3.9.1 stays within 3.9.
		if strings.Count(c, ".") >= 2 {
			return same
		}
		return major == wantMajor && minor >= wantMinor
	default:
		return same
	}
}

// settleVersion writes the version into the plan and says so when it is not what was asked for.
func settleVersion(plan *paas.Plan, asked manifest.Value[string]) {
	plan.Version, plan.Asked = version, asked.Value
	source := "default"
	if asked.Set() {
		source = asked.Source
	}
	plan.Settings = append(plan.Settings, paas.Setting{Name: runtime.SettingVersion, Value: version, Source: source})
	if !asked.Set() || floating.MatchString(asked.Value) {
		return
	}
	message := "%s asks for Python %s; Python %s, the nearest newer one here, is used."
	switch {
	case !clause.MatchString(strings.TrimPrefix(asked.Value, "python-")):
		message = "%s asks for Python %q, which is not a version; Python %s is used."
	case allows(asked.Value):
		return
	case wantsNewer(asked.Value):
		message = "%s asks for Python %s, which is newer than any here; Python %s is used."
	}
	plan.Warnings = append(plan.Warnings, paas.Warning{Code: runtime.WarnVersion, Message: fmt.Sprintf(message, asked.Source, asked.Value, version)})
}

// wantsNewer reports whether the first version a specifier names is above the one that is here.
func wantsNewer(specifier string) bool {
	m := clause.FindStringSubmatch(specifier)
	wantMajor, _ := strconv.Atoi(m[2]) // digits by the pattern
	wantMinor, _ := strconv.Atoi(m[3]) // 0 when any
	return wantMajor > major || wantMajor == major && wantMinor > minor
}
