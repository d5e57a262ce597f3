package node

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/Masterminds/semver/v3"

	"github.com/slipway-paas/slipway/executor/bakery/runtime"
	"github.com/slipway-paas/slipway/server/paas"
)

// ask is one place that asks for a Node.js version.
type ask struct {
	text   string // as written: ">=18 <21", "lts/jod", "v22.3.0"
	source string // "package.json engines.node"
}

// choice is the version that will be used.
type choice struct {
	version  string // "24" for the newest of a major, or "22.3.0"
	asked    ask    // zero when nothing asked
	warnings []paas.Warning
}

// chooseVersion weighs what was asked. The first ask wins, unless it leaves several majors open and a later one is
// within it: `engines: >=18` with an .nvmrc of 22 means 22.
func chooseVersion(asks []ask) (choice, error) {
	all := releases()
	if len(asks) == 0 {
		return choice{version: strconv.Itoa(defaultMajor)}, nil
	}
	first := asks[0]
	wanted, err := constraint(first)
	if err != nil {
		return choice{}, err
	}
	fits := admitted(wanted, all)
	if len(fits) > 0 && fits[0].Major() != fits[len(fits)-1].Major() {
		for _, later := range asks[1:] {
			narrower, err := constraint(later)
			if err != nil {
				continue // a later file that cannot be read does not outweigh an earlier one that can
			}
			both := slices.DeleteFunc(admitted(narrower, all), func(v *semver.Version) bool { return !slices.Contains(fits, v) })
			if len(both) > 0 {
				return settle(later, both, all), nil
			}
		}
	}
	if len(fits) > 0 {
		return settle(first, fits, all), nil
	}
	return nearest(first, wanted, all), nil
}

func settle(a ask, fits, all []*semver.Version) choice {
	best := slices.MinFunc(fits, preference)
	c := choice{version: best.String(), asked: a}
	if best.Equal(newestOf(best, all)) {
		c.version = strconv.FormatUint(best.Major(), 10)
	}
	if ended, old := unsupported[best.Major()]; old {
		c.warnings = append(c.warnings, paas.Warning{Code: runtime.WarnUnsupported,
			Message: fmt.Sprintf("Node.js %d gets no security fixes since %s; %s asks for %s.", best.Major(), ended, a.source, a.text)})
	}
	return c
}

// nearest is for an ask that no published release meets: the first newer one, or the newest there is.
func nearest(a ask, wanted *semver.Constraints, all []*semver.Version) choice {
	best := all[len(all)-1]
	if floor, ok := floorOf(a.text); ok {
		for _, v := range all {
			if v.Compare(floor) >= 0 && v.Major()%2 == 0 {
				best = newestOf(v, all)
				break
			}
		}
	}
	c := settle(a, []*semver.Version{best}, all)
	c.warnings = append([]paas.Warning{{Code: runtime.WarnVersion,
		Message: fmt.Sprintf("%s asks for Node.js %s, which cannot be had; %s, the nearest newer one, is used.", a.source, a.text, c.version)}}, c.warnings...)
	return c
}

func admitted(wanted *semver.Constraints, all []*semver.Version) []*semver.Version {
	var fits []*semver.Version
	for _, v := range all {
		if wanted.Check(v) {
			fits = append(fits, v)
		}
	}
	return fits
}

// constraint reads npm's ranges and the words of nvm: node, latest, lts/*, lts/jod.
func constraint(a ask) (*semver.Constraints, error) {
	text := strings.ToLower(strings.TrimSpace(a.text))
	text = strings.TrimPrefix(strings.TrimPrefix(text, "node-"), "node@")
	switch text {
	case "node", "latest", "current", "stable", "system":
		text = ">=" + strconv.FormatUint(releases()[len(releases())-1].Major(), 10)
	case "lts", "lts/*", "--lts":
		text = strconv.Itoa(defaultMajor)
	case "", "x", "*":
		text = "*"
	}
	if name, ok := strings.CutPrefix(text, "lts/"); ok {
		major, known := codenames[name]
		if !known {
			return nil, paas.FieldErrorf("version", "%s asks for Node.js %q, which is not the name of a release.", a.source, a.text)
		}
		text = major
	}
	c, err := semver.NewConstraint(text)
	if err != nil {
		return nil, paas.FieldErrorf("version", "%s asks for Node.js %q, which is not a version or a range of versions.", a.source, a.text).Because(err)
	}
	return c, nil
}

// floorOf is the lowest version an ask names: 16.14 of "^16.14 || 12".
func floorOf(text string) (*semver.Version, bool) {
	var lowest *semver.Version
	for _, word := range strings.FieldsFunc(text, func(r rune) bool { return strings.ContainsRune(" |,<>=^~v", r) }) {
		word = strings.NewReplacer(".x", "", ".X", "", ".*", "").Replace(word)
		if v, err := semver.NewVersion(word); err == nil && (lowest == nil || v.LessThan(lowest)) {
			lowest = v
		}
	}
	return lowest, lowest != nil
}
