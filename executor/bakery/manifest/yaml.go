package manifest

import (
	"maps"
	"slices"
	"strconv"
	"strings"

	"gopkg.in/yaml.v3"

	"github.com/slipway-paas/slipway/server/paas"
)

// yamlFile collects what is wrong while slipway.yaml is read, so that a person sees every wrong line at once.
type yamlFile struct{ errs paas.FieldErrors }

// keys are the keys a section knows, each with what reads its value.
type keys map[string]func(*yaml.Node)

func (y *yamlFile) wrong(n *yaml.Node, format string, args ...any) {
	e := paas.Errorf(paas.Invalid, format, args...)
	e.Message = where(n) + ": " + e.Message
	y.errs = append(y.errs, e)
}

func where(n *yaml.Node) string { return SlipwayName + " line " + strconv.Itoa(n.Line) }

// section reads a mapping by its table and refuses keys that are not in it.
func (y *yamlFile) section(n *yaml.Node, name string, known keys) {
	y.pairs(n, name, func(key, value *yaml.Node) {
		read, ok := known[key.Value]
		if !ok {
			y.wrong(key, "%s has no key %q.%s", name, shorten(key.Value), suggest(key.Value, known))
			return
		}
		read(value)
	})
}

// pairs walks a mapping and refuses what is none, and a key that stands twice.
func (y *yamlFile) pairs(n *yaml.Node, name string, each func(key, value *yaml.Node)) {
	if n.Kind != yaml.MappingNode {
		y.wrong(n, "%s must be a mapping of `key: value` lines, not %s.", name, kindOf(n))
		return
	}
	first := map[string]*yaml.Node{}
	for i := 0; i+1 < len(n.Content); i += 2 {
		key, value := n.Content[i], n.Content[i+1]
		if before, ok := first[key.Value]; ok {
			y.wrong(key, "%q was already given on line %d.", shorten(key.Value), before.Line)
			continue
		}
		first[key.Value] = key
		each(key, value)
	}
}

// scalar gives the raw text of a single value, so that 22 and 3.10 stay as they were written.
func (y *yamlFile) scalar(n *yaml.Node) (string, bool) {
	if n.Kind != yaml.ScalarNode || isNull(n) {
		y.wrong(n, "expected one value, not %s.", kindOf(n))
		return "", false
	}
	if strings.ContainsRune(n.Value, 0) {
		y.wrong(n, "the value holds a NUL character, which no command or variable can.")
		return "", false
	}
	return n.Value, true
}

func isNull(n *yaml.Node) bool { return n.Kind == yaml.ScalarNode && n.ShortTag() == "!!null" }

func kindOf(n *yaml.Node) string {
	switch {
	case isNull(n):
		return "nothing"
	case n.Kind == yaml.MappingNode:
		return "a mapping"
	case n.Kind == yaml.SequenceNode:
		return "a list"
	case n.Kind == yaml.AliasNode:
		return "an alias (write the value out)"
	default:
		return "a single value"
	}
}

// suggest names the known key nearest to what was written, or all of them when none is near.
func suggest(written string, known keys) string {
	names := slices.Sorted(maps.Keys(known))
	best, bestDistance := "", 3 // more than two slips is no slip
	for _, name := range names {
		if d := distance(strings.ToLower(written), name); d < bestDistance {
			best, bestDistance = name, d
		}
	}
	if best != "" {
		return ` Did you mean "` + best + `"?`
	}
	return " It knows " + strings.Join(names, ", ") + "."
}

// distance counts the letters to insert, remove or replace to get from a to b (Levenshtein).
func distance(a, b string) int {
	const longest = 64 // a key this long is near no known one
	if len(a) > longest {
		return longest
	}
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			cost := diagonal
			if a[i] != b[j] {
				cost++
			}
			diagonal = row[j+1]
			row[j+1] = min(cost, row[j]+1, row[j+1]+1)
		}
	}
	return row[len(b)]
}
