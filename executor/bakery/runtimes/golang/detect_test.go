package golang

import (
	"cmp"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/slipway-paas/slipway/executor/bakery/runtime"
)

func tree(root string, files map[string]string) runtime.Tree {
	repo := fstest.MapFS{}
	for name, text := range files {
		repo[name] = &fstest.MapFile{Data: []byte(text)}
	}
	return runtime.Tree{Repo: repo, Root: cmp.Or(root, ".")}
}

const (
	server = "package main\nfunc main() { http.ListenAndServe(\":8080\", nil) }\n"
	prints = "package main\nfunc main() { println(1) }\n"
)

func TestDetect(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		root     string
		files    map[string]string
		command  string
		build    string // a part of the Dockerfile
		version  string
		finishes bool
		warnings []string
	}{
		"a program at the top": {
			files:   map[string]string{"go.mod": "module example.com/shop\n\ngo 1.22\n", "main.go": server},
			command: "/app/bin/shop", version: "1.24", build: "-o bin/ '.'",
		},
		"the last part of a path that is a version names no binary": {
			files:   map[string]string{"go.mod": "module example.com/shop/v2\n\ngo 1.22\n", "main.go": server},
			command: "/app/bin/shop", version: "1.24",
		},
		"a newer Go is fetched": {
			files:   map[string]string{"go.mod": "module example.com/shop\n\ngo 1.26.1\n", "main.go": server},
			command: "/app/bin/shop", version: "1.26.1", build: "GOTOOLCHAIN=auto",
		},
		"of several commands the server is started and the others are built": {
			files:   map[string]string{"go.mod": "module example.com/shop\n", "cmd/migrate/main.go": prints, "cmd/api/main.go": server, "tools/gen/main.go": prints},
			command: "/app/bin/api", version: "1.24", build: "-o bin/ './cmd/api' './cmd/migrate'\n", warnings: []string{runtime.WarnSeveral},
		},
		"the command called like the module wins": {
			files: map[string]string{"go.mod": "module example.com/shop\n", "cmd/api/main.go": server, "cmd/shop/main.go": server}, command: "/app/bin/shop", version: "1.24",
			warnings: []string{runtime.WarnSeveral},
		},
		"a +heroku line chooses": {
			files:   map[string]string{"go.mod": "// +heroku goVersion go1.23\n// +heroku install ./cmd/b ./cmd/c\nmodule example.com/shop\n\ngo 1.21\n", "cmd/a/main.go": server, "cmd/b/main.go": server, "cmd/c/main.go": server},
			command: "/app/bin/b", version: "1.24", build: "-o bin/ './cmd/b' './cmd/c' './cmd/a'",
		},
		"vendored dependencies are not fetched": {
			files:   map[string]string{"go.mod": "module example.com/shop\n", "main.go": server, "vendor/modules.txt": ""},
			command: "/app/bin/shop", version: "1.24",
		},
		"a member of a workspace is built with every module file there": {
			root:    "svc",
			files:   map[string]string{"go.work": "go 1.25\nuse ./svc\n", "svc/go.mod": "module w/svc\n\ngo 1.22\n", "svc/main.go": server, "lib/go.mod": "module w/lib\n"},
			command: "/app/svc/bin/svc", version: "1.25", build: `COPY ["lib/go.mod","/app/lib/go.mod"]`,
		},
		"SQLite in C is built with cgo": {
			files:   map[string]string{"go.mod": "module example.com/shop\nrequire github.com/mattn/go-sqlite3 v1.14.0\n", "main.go": server},
			command: "/app/bin/shop", version: "1.24", build: "CGO_ENABLED=1",
		},
		"a program that prints finishes": {
			files: map[string]string{"go.mod": "module x\n", "main.go": prints}, command: "/app/bin/x", version: "1.24", finishes: true,
		},
		"a +heroku pattern chooses all programs below a folder": {
			files:   map[string]string{"go.mod": "// +heroku install ./cmd/... ./other\nmodule shop\n", "cmd/a/main.go": server, "cmd/b/main.go": prints, "other/main.go": prints},
			command: "/app/bin/a", version: "1.24", build: "'./cmd/a' './cmd/b' './other'",
		},
		"a folder of a larger module is built with that module's versions": {
			root:    "basic",
			files:   map[string]string{"go.mod": "module example.com/many\n", "go.sum": "", "basic/main.go": server, "other/main.go": prints},
			command: "/app/basic/bin/basic", version: "1.24", build: `COPY ["go.sum","/app/go.sum"]`,
		},
		"a module's path may be quoted": {
			files: map[string]string{"go.mod": "module \"example.com/shop\"\n", "main.go": server}, command: "/app/bin/shop", version: "1.24",
		},
		"where bin is a file the programs go elsewhere": {
			files: map[string]string{"go.mod": "module shop\n", "main.go": server, "bin": "x"}, command: "/app/.bin/shop", version: "1.24", build: "ENV PATH=/app/.bin:",
		},
		"a file without a module is called as godep called it": {
			files:   map[string]string{"site.go": server, "Godeps/Godeps.json": "{\n\t\"ImportPath\": \"example.com/go-online\"\n}"},
			command: "/app/bin/go-online", version: "1.24", build: "go mod init go-online && go mod tidy && mkdir -p bin && go build -mod=mod",
		},
		"a file without a module is made one": {
			files: map[string]string{"main.go": prints}, command: "/app/bin/app", version: "1.24", finishes: true, build: "go mod init app",
		},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			v, err := Runtime{}.Detect(tree(tt.root, tt.files))
			if err != nil || v.Score == 0 {
				t.Fatalf("Detect: score %d, error %v", v.Score, err)
			}
			p := v.Plan
			p.Build.Root = cmp.Or(tt.root, ".")
			if p.Version != tt.version || p.Run.Finishes != tt.finishes {
				t.Errorf("version %q finishes %v, want %q %v", p.Version, p.Run.Finishes, tt.version, tt.finishes)
			}
			if len(p.Processes) != 1 || p.Processes[0].Command.String() != tt.command {
				t.Errorf("processes %v, want %s", p.Processes, tt.command)
			}
			file, err := Runtime{}.Dockerfile(p, func(layer string) string { return layer })
			if err != nil || !strings.Contains(file, tt.build) {
				t.Errorf("error %v; %q is not in\n%s", err, tt.build, file)
			}
			if without := strings.HasPrefix(name, "vendored") || strings.HasPrefix(name, "a file"); strings.Contains(file, "go mod download") == without {
				t.Errorf("dependencies fetched: %v, want %v, in\n%s", without, !without, file)
			}
			var codes []string
			for _, w := range p.Warnings {
				codes = append(codes, w.Code)
			}
			if !slices.Equal(codes, tt.warnings) {
				t.Errorf("warnings %v, want %v", p.Warnings, tt.warnings)
			}
		})
	}
}

func TestAModuleWithoutAProgramIsExplained(t *testing.T) {
	t.Parallel()
	v, err := Runtime{}.Detect(tree("", map[string]string{"go.mod": "module lib\n", "lib.go": "package lib\n"}))
	if err != nil || v.Score != 0 || v.Note == "" {
		t.Errorf("score %d note %q error %v", v.Score, v.Note, err)
	}
}
