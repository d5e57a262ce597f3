package system_test

import (
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// write puts files into the repository and commits them.
func (r *repository) write(files map[string]string) {
	r.t.Helper()
	for name, text := range files {
		path := filepath.Join(r.dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			r.t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			r.t.Fatal(err)
		}
	}
	r.git("add", "--all")
	r.git("commit", "--quiet", "--message", "Change")
}

// responds waits until an app answers a path with the status and a body that has the text in it.
func (s *slipway) responds(app, path string, status int, text string) {
	s.t.Helper()
	s.eventually(wait, app+path+" answers with "+text, func() error {
		got, body, err := s.get(app, path)
		if err == nil && (got != status || !strings.Contains(body, text)) {
			err = fmt.Errorf("it answers %d with %.200q", got, body)
		}
		return err
	})
}

// nodeLock is a lock file of a project that depends on nothing but its own folders.
const nodeLock = `{"lockfileVersion": 3, "requires": true, "packages": {"": {}%s}}`

// TestNodeAppsOfSeveralShapes builds and runs what the examples leave out. None depends on a package of the registry, so
// that it is quick.
func TestNodeAppsOfSeveralShapes(t *testing.T) {
	const serve = `require("node:http").createServer((q, r) => r.end(answer)).listen(process.env.PORT)`
	tests := map[string]struct {
		files     map[string]string
		path      string
		status    int
		text      string
		thenWrite map[string]string // a second version, which is found beside an unchanged install
		thenText  string
	}{
		"workspace": {files: map[string]string{
			"package.json":               `{"private": true, "workspaces": ["apps/*", "packages/*"]}`,
			"package-lock.json":          fmt.Sprintf(nodeLock, `, "apps/api": {}, "packages/word": {}, "node_modules/api": {"resolved": "apps/api", "link": true}, "node_modules/@x/word": {"resolved": "packages/word", "link": true}`),
			"apps/api/package.json":      `{"name": "api", "scripts": {"start": "node server.js"}, "dependencies": {"@x/word": "*"}}`,
			"apps/api/server.js":         `const answer = require("@x/word"); ` + serve,
			"packages/word/package.json": `{"name": "@x/word", "version": "1.0.0", "main": "dist/index.js", "scripts": {"build": "mkdir -p dist && cp word.js dist/index.js"}}`,
			"packages/word/word.js":      `module.exports = "a word of the library"`,
		}, path: "/", status: http.StatusOK, text: "a word of the library",
			thenWrite: map[string]string{"packages/word/word.js": `module.exports = "another word"`}, thenText: "another word"},
		"single-page": {files: map[string]string{
			"package.json":      `{"scripts": {"build": "node build.js"}}`,
			"package-lock.json": fmt.Sprintf(nodeLock, ""),
			"build.js":          `const fs = require("node:fs"); fs.mkdirSync("dist/shop", {recursive: true}); for (const page of ["index", "imprint"]) fs.writeFileSync("dist/shop/" + page + ".html", "the " + page)`,
			"Staticfile":        "root: dist/shop\npushstate: enabled\n",
			"slipway.yaml":      "runtime: node\nbuild:\n  output: dist/shop\n",
		}, path: "/some/route", status: http.StatusOK, text: "the index"},
		"typescript": {files: map[string]string{
			"package.json":  `{"type": "module"}`,
			"src/server.ts": `import { createServer } from "node:http"; const answer: string = "typed"; createServer((q, r) => { r.end(answer) }).listen(process.env.PORT)`,
		}, path: "/", status: http.StatusOK, text: "typed"},
		"native": {files: map[string]string{
			"package.json": `{"scripts": {"start": "node server.js"}, "gypfile": true}`,
			"binding.gyp":  `{"targets": [{"target_name": "word", "sources": ["word.c"]}]}`,
			"word.c": `#include <node_api.h>
napi_value Init(napi_env env, napi_value exports) {
	napi_value word;
	napi_create_string_utf8(env, "compiled", NAPI_AUTO_LENGTH, &word);
	napi_set_named_property(env, exports, "word", word);
	return exports;
}
NAPI_MODULE(NODE_GYP_MODULE_NAME, Init)
`,
			"server.js": `const answer = require("./build/Release/word.node").word; ` + serve,
		}, path: "/", status: http.StatusOK, text: "compiled"},
	}
	s := install(t)
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			s.t = t
			repo := newRepository(t)
			repo.write(tt.files)
			s.run(nil, "app", "create", name, "--repo", repo.dir)
			s.deployed(name, "live")
			s.responds(name, tt.path, tt.status, tt.text)
			if tt.thenWrite != nil {
				repo.write(tt.thenWrite)
				s.deployed(name, "live")
				s.responds(name, tt.path, tt.status, tt.thenText)
			}
			s.run(nil, "destroy", name, "--yes")
		})
	}
	s.t = t
}
