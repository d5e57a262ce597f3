package source_test

import (
	"os"
	"path/filepath"
	"testing"
	"testing/fstest"

	"github.com/slipway-paas/slipway/executor/bakery/source"
	"github.com/slipway-paas/slipway/server/paas"
)

func TestAPublishedSampleCanBeFetchedAndKeepsItsChanges(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "samples", "node")
	files := fstest.MapFS{"index.js": {Data: []byte("console.log('hello')\n")}, "lib/a.js": {Data: []byte("1\n")}}
	if err := source.Publish(t.Context(), dir, files); err != nil {
		t.Fatal(err)
	}
	f, err := source.New(source.Options{Dir: t.TempDir(), AllowLocal: true})
	if err != nil {
		t.Fatal(err)
	}
	url, err := paas.ParseRepoURL(dir)
	if err != nil {
		t.Fatal(err)
	}
	tree, err := f.Fetch(t.Context(), source.Request{URL: url})
	if err != nil {
		t.Fatal(err)
	}
	defer tree.Close()
	if got, err := os.ReadFile(filepath.Join(tree.Dir, "lib", "a.js")); err != nil || string(got) != "1\n" {
		t.Errorf("got %q, %v", got, err)
	}
	changed := filepath.Join(dir, "index.js")
	if err := os.WriteFile(changed, []byte("mine"), 0o644); err != nil {
		t.Fatal(err)
	}
	if err := source.Publish(t.Context(), dir, files); err != nil {
		t.Fatal(err)
	}
	if got, err := os.ReadFile(changed); err != nil || string(got) != "mine" {
		t.Errorf("publishing again wrote over somebody's work: %q, %v", got, err)
	}
}
