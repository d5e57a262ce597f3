package place

import (
	"cmp"
	"strconv"
	"strings"
)

// withinBounds says whether a dotted version satisfies every bound.
func withinBounds(version string, bounds []string) bool {
	for _, b := range bounds {
		op, want := splitBound(b)
		d := compareVersions(version, want)
		ok := false
		switch op {
		case "=":
			ok = d == 0
		case "<":
			ok = d < 0
		case "<=":
			ok = d <= 0
		case ">":
			ok = d > 0
		case ">=":
			ok = d >= 0
		}
		if !ok {
			return false
		}
	}
	return true
}

// splitBound parts ">=20.10" into its operator and version; the operator is
// "" when there is none.
func splitBound(b string) (op, version string) {
	version = strings.TrimLeft(b, "<>=")
	return b[:len(b)-len(version)], strings.TrimSpace(version)
}

// compareVersions compares part by part, numbers as numbers; a missing part
// is 0, and a leading "v" is not part of the version.
func compareVersions(a, b string) int {
	as, bs := strings.Split(strings.TrimPrefix(a, "v"), "."), strings.Split(strings.TrimPrefix(b, "v"), ".")
	for i := range max(len(as), len(bs)) {
		x, y := "0", "0"
		if i < len(as) {
			x = as[i]
		}
		if i < len(bs) {
			y = bs[i]
		}
		n, errN := strconv.ParseUint(x, 10, 64)
		m, errM := strconv.ParseUint(y, 10, 64)
		d := cmp.Compare(n, m)
		if errN != nil || errM != nil {
			d = strings.Compare(x, y)
		}
		if d != 0 {
			return d
		}
	}
	return 0
}
