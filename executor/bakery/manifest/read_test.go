package manifest

import (
	"bytes"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
)

func TestReadLaysSlipwayOverTheOthers(t *testing.T) {
	t.Parallel()
	repo := fstest.MapFS{
		"api/Procfile":     {Data: []byte("web: npm start\nworker: node w.js\n")},
		"api/app.json":     {Data: []byte(`{"env": {"A": "1", "B": "1"}}`)},
		"api/slipway.yaml": {Data: []byte("processes:\n  web: node server.js\nenv:\n  B: 2\n")},
	}
	m, err := Read(repo, "api")
	if err != nil {
		t.Fatal(err)
	}
	if got := m.Processes["web"]; got.Value.Line != "node server.js" || got.Source != "slipway.yaml line 2" {
		t.Errorf("web: got %+v, want slipway.yaml's", got)
	}
	if got := m.Processes["worker"]; got.Value.Line != "node w.js" {
		t.Errorf("worker: got %+v, want the Procfile's", got)
	}
	if m.Env["A"].Value != "1" || m.Env["B"].Value != "2" {
		t.Errorf("env: got %+v, want A from app.json and B from slipway.yaml", m.Env)
	}
	if want := []string{"slipway.yaml", "Procfile", "app.json"}; !slices.Equal(m.Files, want) {
		t.Errorf("files: got %v, want %v", m.Files, want)
	}
}

func TestReadOfNothing(t *testing.T) {
	t.Parallel()
	m, err := Read(fstest.MapFS{"Procfile/keep": {}}, ".")
	if err != nil || len(m.Files) > 0 {
		t.Errorf("got %+v, %v; want nothing said", m, err)
	}
}

func TestReadRefusesAHugeFile(t *testing.T) {
	t.Parallel()
	_, err := Read(fstest.MapFS{"Procfile": {Data: bytes.Repeat([]byte("#"), maxFileBytes+1)}}, ".")
	if err == nil || !strings.Contains(err.Error(), "larger than 1 MiB") {
		t.Errorf("got %v, want a refusal", err)
	}
}
