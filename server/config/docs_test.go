package config_test

import (
	"os"
	"reflect"
	"regexp"
	"slices"
	"testing"

	"github.com/slipway-paas/slipway/server/config"
)

var row = regexp.MustCompile("(?m)^\\| `([A-Z_]+)` \\|[^|]*\\| ([^|]*) \\|")

// TestOperationsListsEveryVariableWithItsDefault holds docs/operations.md to the code: it has a row for each variable that
// is read and none for others, and a default in code quotes is the default.
func TestOperationsListsEveryVariableWithItsDefault(t *testing.T) {
	t.Parallel()
	doc, err := os.ReadFile("../../docs/operations.md")
	if err != nil {
		t.Fatal(err)
	}
	var read []string
	plain, err := config.FromEnv(func(name string) string { read = append(read, name); return "" })
	if err != nil {
		t.Fatal(err)
	}
	var listed []string
	for _, m := range row.FindAllStringSubmatch(string(doc), -1) {
		name, or := m[1], m[2]
		if name == "DOCKER_HOST" { // read by the engine's own client
			continue
		}
		listed = append(listed, name)
		if or[0] != '`' {
			continue // said in words
		}
		got, err := from(map[string]string{name: or[1 : len(or)-1]})
		if err != nil || !reflect.DeepEqual(got, plain) {
			t.Errorf("%s: %s is not the default (%v)", name, or, err)
		}
	}
	slices.Sort(read)
	slices.Sort(listed)
	if read = slices.Compact(read); !slices.Equal(read, listed) {
		t.Errorf("read are    %q\nlisted are %q", read, listed)
	}
}
