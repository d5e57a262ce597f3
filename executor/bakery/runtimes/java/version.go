package java

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"

	"github.com/slipway-paas/slipway/executor/bakery/manifest"
	"github.com/slipway-paas/slipway/executor/bakery/runtime"
	"github.com/slipway-paas/slipway/server/paas"
)

// The versions that Debian 13 has, both with long-term support. 21 is the default: more build tools and libraries of
// today run on it than on 25.
const (
	java21 = 21
	java25 = 25
)

var (
	propertyVersion = regexp.MustCompile(`(?m)^\s*java\.runtime\.version\s*[=:]\s*(\S+)`)
	sdkmanVersion   = regexp.MustCompile(`(?m)^\s*java\s*=\s*(\S+)`)
	asdfVersion     = regexp.MustCompile(`(?m)^\s*java\s+(\S+)`)
	digits          = regexp.MustCompile(`\d+`)
)

// askedVersion is the version the app asks for, as written, from the file that is most explicit about it.
func askedVersion(tree runtime.Tree, fromBuild manifest.Value[string]) manifest.Value[string] {
	if tree.Manifest.Version.Set() {
		return tree.Manifest.Version
	}
	for _, f := range []struct {
		name    string
		pattern *regexp.Regexp
	}{
		{"system.properties", propertyVersion},
		{".java-version", regexp.MustCompile(`(\S+)`)},
		{".sdkmanrc", sdkmanVersion},
		{".tool-versions", asdfVersion},
	} {
		if data, ok := tree.Read(f.name); ok {
			if m := f.pattern.FindSubmatch(data); m != nil {
				return manifest.Value[string]{Value: string(m[1]), Source: f.name}
			}
		}
	}
	return fromBuild
}

// major reads "17", "1.8", "21.0.2-tem", "temurin-17.0.9+9" or "JavaVersion.VERSION_17"; 0 when there is no number.
func major(version string) int {
	numbers := digits.FindAllString(version, 2)
	if len(numbers) == 0 {
		return 0
	}
	if numbers[0] == "1" && len(numbers) > 1 { // 1.8 is Java 8
		numbers = numbers[1:]
	}
	n, err := strconv.Atoi(numbers[0])
	if err != nil {
		return 0
	}
	return n
}

// settleVersion decides which Java the plan uses and says so on it.
func settleVersion(plan *paas.Plan, asked manifest.Value[string]) {
	wanted, given := major(asked.Value), java21
	if wanted > java21 {
		given = java25
	}
	plan.Version, plan.Asked = strconv.Itoa(given), asked.Value
	plan.Build.Options[OptionJDK] = plan.Version
	source := asked.Source
	if !asked.Set() {
		source = "default"
	}
	plan.Settings = append(plan.Settings, paas.Setting{Name: runtime.SettingVersion, Value: plan.Version, Source: source})
	switch {
	case !asked.Set():
		plan.Why += " Nothing asks for a Java version, so it gets 21, the one with long-term support that most libraries know."
	case wanted == 0:
		plan.Warnings = append(plan.Warnings, paas.Warning{Code: runtime.WarnVersion,
			Message: fmt.Sprintf("%s asks for Java %q, which is not a version; Java %d is used.", asked.Source, asked.Value, given)})
	case wanted > java25:
		plan.Warnings = append(plan.Warnings, paas.Warning{Code: runtime.WarnVersion,
			Message: fmt.Sprintf("%s asks for Java %d, which is newer than any here; Java %d is used.", asked.Source, wanted, given)})
	case wanted != given:
		plan.Warnings = append(plan.Warnings, paas.Warning{Code: runtime.WarnVersion,
			Message: fmt.Sprintf("%s asks for Java %d; Java %d, the nearest newer one, builds and runs it.", asked.Source, wanted, given)})
	default:
		plan.Why += fmt.Sprintf(" %s asks for Java %s.", asked.Source, strings.TrimSpace(plan.Version))
	}
}
