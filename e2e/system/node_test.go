package system_test

import (
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"
)

// responds waits until an app answers a path well, with a body that has the text in it.
func (s *slipway) responds(app, path, text string) {
	s.t.Helper()
	s.eventually(wait, app+path+" answers with "+text, func() error {
		status, body, err := s.get(app, path)
		if err == nil && (status != http.StatusOK || !strings.Contains(body, text)) {
			err = fmt.Errorf("it answers %d with %.200q", status, body)
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
		files map[string]string
		path  string
		text  string
		then  map[string]string // what changes in a second version, whose install is found in the cache
		says  string            // the second version
	}{
		"workspace": {files: map[string]string{
			"package.json":               `{"private": true, "workspaces": ["apps/*", "packages/*"]}`,
			"package-lock.json":          fmt.Sprintf(nodeLock, `, "apps/api": {}, "packages/word": {}, "node_modules/api": {"resolved": "apps/api", "link": true}, "node_modules/@x/word": {"resolved": "packages/word", "link": true}`),
			"apps/api/package.json":      `{"name": "api", "scripts": {"start": "node server.js"}, "dependencies": {"@x/word": "*"}}`,
			"apps/api/server.js":         `const answer = require("@x/word"); ` + serve,
			"packages/word/package.json": `{"name": "@x/word", "version": "1.0.0", "main": "dist/index.js", "scripts": {"build": "mkdir -p dist && cp word.js dist/index.js"}}`,
			"packages/word/word.js":      `module.exports = "a word of the library"`,
		}, path: "/", text: "a word of the library",
			then: map[string]string{"packages/word/word.js": `module.exports = "another word"`}, says: "another word"},
		"single-page": {files: map[string]string{
			"package.json":      `{"scripts": {"build": "node build.js"}}`,
			"package-lock.json": fmt.Sprintf(nodeLock, ""),
			"build.js":          `const fs = require("node:fs"); fs.mkdirSync("dist/shop", {recursive: true}); for (const page of ["index", "imprint"]) fs.writeFileSync("dist/shop/" + page + ".html", "the " + page)`,
			"Staticfile":        "root: dist/shop\npushstate: enabled\n",
			"slipway.yaml":      "runtime: node\nbuild:\n  output: dist/shop\n",
		}, path: "/some/route", text: "the index"},
		"typescript": {files: map[string]string{
			"package.json":  `{"type": "module"}`,
			"src/server.ts": `import { createServer } from "node:http"; const answer: string = "typed"; createServer((q, r) => { r.end(answer) }).listen(process.env.PORT)`,
		}, path: "/", text: "typed"},
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
		}, path: "/", text: "compiled"},
	}
	s := install(t)
	for _, name := range slices.Sorted(maps.Keys(tests)) {
		tt := tests[name]
		t.Run(name, func(t *testing.T) {
			s.t = t
			repo := newRepository(t)
			repo.files(tt.files)
			s.run(nil, "app", "create", name, "--repo", repo.dir)
			s.deployed(name, "live")
			s.responds(name, tt.path, tt.text)
			if tt.then != nil {
				repo.files(tt.then)
				s.deployed(name, "live")
				s.responds(name, tt.path, tt.says)
			}
			s.run(nil, "destroy", name, "--yes")
		})
	}
	s.t = t
}
