package manifest

import (
	"os"
	"strings"
	"testing"
)

// TestTheReferenceKnowsEveryKey keeps docs/slipway-yaml.md and the parser alike.
func TestTheReferenceKnowsEveryKey(t *testing.T) {
	t.Parallel()
	data, err := os.ReadFile("../../../docs/slipway-yaml.md")
	if err != nil {
		t.Fatal(err)
	}
	text := string(data)
	top, rest, _ := strings.Cut(text, "### build")
	build, rest, _ := strings.Cut(rest, "### run")
	run, _, _ := strings.Cut(rest, "## Procfile")

	var m Manifest
	y := &yamlFile{}
	for section, at := range map[string]struct {
		text string
		keys keys
	}{"slipway.yaml": {top, m.keys(y)}, "build": {build, m.Build.keys(y)}, "run": {run, m.Run.keys(y)}} {
		rows := 0
		for line := range strings.Lines(at.text) {
			name, isRow := strings.CutPrefix(line, "| `")
			if !isRow {
				continue
			}
			rows++
			name, _, _ = strings.Cut(name, "`")
			if _, known := at.keys[name]; !known {
				t.Errorf("%s: the reference has the key %q, the parser does not", section, name)
			}
		}
		if rows != len(at.keys) {
			t.Errorf("%s: the reference has %d keys, the parser %d", section, rows, len(at.keys))
		}
	}
}

func TestTheReferencesExamplesAreRight(t *testing.T) {
	t.Parallel()
	data, err := os.ReadFile("../../../docs/slipway-yaml.md")
	if err != nil {
		t.Fatal(err)
	}
	blocks := strings.Split(string(data), "```yaml\n")[1:]
	if len(blocks) == 0 {
		t.Fatal("got no example in the reference")
	}
	for _, block := range blocks {
		block, _, _ = strings.Cut(block, "```")
		if _, err := ParseSlipway([]byte(block)); err != nil {
			t.Errorf("%v in\n%s", err, block)
		}
	}
}
