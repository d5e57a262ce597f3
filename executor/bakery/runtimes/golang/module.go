package golang

import (
	"io/fs"
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/slipway-paas/slipway/executor/bakery/runtime"
	"github.com/slipway-paas/slipway/server/paas"
)

// module is what go.mod and the sources tell.
type module struct {
	path      string   // "github.com/acme/shop"
	goVersion string   // the go directive: "1.22", "1.25.3"
	toolchain string   // the toolchain directive, "go1.25.3"
	text      string   // go.mod
	top       string   // folder with go.work in the repository, else the module's own
	files     []string // go.mod, go.sum, go.work in the repository: what decides the dependencies
	programs  []program
	vendored  bool
	cgo       string // why C is needed; "" when it is not
	listens   bool
}

// program is a package main.
type program struct {
	dir  string // relative to the app's folder: ".", "cmd/api"
	name string // of its binary
}

var (
	modulePath = regexp.MustCompile(`(?m)^module\s+"?([^\s"]+)`)
	goLine     = regexp.MustCompile(`(?m)^go\s+(\S+)`)
	toolLine   = regexp.MustCompile(`(?m)^toolchain\s+(\S+)`)
	heroku     = regexp.MustCompile(`(?m)^//\s*\+heroku\s+(\w+)\s+(.+)$`)
	mainLine   = regexp.MustCompile(`(?m)^package main\b`)
	ignored    = regexp.MustCompile(`(?m)^//go:build\s+(?:ignore|tools)\b`)
	serves     = regexp.MustCompile(`ListenAndServe|net\.Listen\(|"PORT"|http\.Serve\(|grpc\.NewServer|gin\.(?:Default|New)\(|fiber\.New\(|\.Listen\(|fasthttp|echo\.New\(|\.Start\(":`)
	importsC   = regexp.MustCompile(`(?m)^\s*(?:import\s+)?"C"\s*$`)
)

// needC are modules that compile C.
var needC = []string{"github.com/mattn/go-sqlite3", "github.com/confluentinc/confluent-kafka-go", "gocv.io/x/gocv", "github.com/h2non/bimg"}

// Bounds of the look at sources.
const (
	maxSources     = 3000
	maxSourceDepth = 8
)

func readModule(tree runtime.Tree) module {
	m := module{top: tree.Root}
	// A folder of a larger module has its go.mod further up.
	for dir := tree.Root; m.text == ""; dir = path.Dir(dir) {
		if data, ok := tree.ReadRepo(path.Join(dir, "go.mod")); ok {
			m.text, m.top = string(data), dir
			m.path, m.goVersion, m.toolchain = path.Join(match(modulePath, m.text), below(dir, tree.Root)), match(goLine, m.text), match(toolLine, m.text)
		}
		if dir == "." {
			break
		}
	}
	m.workspace(tree)
	m.vendored = tree.HasDir("vendor") && tree.Has("vendor/modules.txt")
	m.sources(tree)
	for _, name := range needC {
		if strings.Contains(m.text, name) {
			m.cgo = name
		}
	}
	return m
}

// below is what parts dir from a folder in it: "." when they are the same.
func below(dir, folder string) string {
	if dir == folder {
		return "."
	}
	return strings.TrimPrefix(folder, dir+"/")
}

// workspace finds go.work above the module and every module file of the repository: local replacements and workspace
// members have to be there before dependencies can be fetched.
func (m *module) workspace(tree runtime.Tree) {
	for dir := tree.Root; ; dir = path.Dir(dir) {
		if data, ok := tree.ReadRepo(path.Join(dir, "go.work")); ok {
			m.top = dir
			if v := match(goLine, string(data)); newer(v, m.goVersion) {
				m.goVersion = v
			}
		}
		if dir == "." {
			break
		}
	}
	repo := runtime.Tree{Repo: tree.Repo, Root: "."}
	for _, level := range []string{"", "*/", "*/*/", "*/*/*/"} {
		for _, name := range []string{"go.mod", "go.sum", "go.work", "go.work.sum"} {
			for _, f := range repo.Glob(level + name) {
				if !strings.Contains(f, "testdata/") && !strings.Contains(f, "node_modules/") && len(m.files) < 200 {
					m.files = append(m.files, f)
				}
			}
		}
	}
	slices.Sort(m.files)
}

func (m *module) sources(tree runtime.Tree) {
	sub, err := fs.Sub(tree.Repo, tree.Root)
	if err != nil {
		return
	}
	seen := 0
	// An unreadable folder is one with nothing to see; nothing else in the walk can fail.
	_ = fs.WalkDir(sub, ".", func(name string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return fs.SkipDir
		case d.IsDir() && name != "." && (slices.Contains([]string{"vendor", "testdata", "node_modules", "examples", "_examples"}, d.Name()) ||
			strings.HasPrefix(d.Name(), ".") || strings.Count(name, "/") >= maxSourceDepth):
			return fs.SkipDir
		case d.IsDir() || path.Ext(name) != ".go" || strings.HasSuffix(name, "_test.go"):
			return nil
		}
		if seen++; seen > maxSources {
			return fs.SkipAll
		}
		data, ok := tree.Read(name)
		if !ok || ignored.Match(data) {
			return nil
		}
		text := string(data)
		m.listens = m.listens || serves.MatchString(text)
		if m.cgo == "" && importsC.MatchString(text) {
			m.cgo = name
		}
		if dir := path.Dir(name); mainLine.MatchString(text) && !slices.ContainsFunc(m.programs, func(p program) bool { return p.dir == dir }) {
			m.programs = append(m.programs, program{dir, m.binary(dir)})
		}
		return nil
	})
}

// binary is the name `go install` gives the program: the last part of its import path that is no version.
func (m *module) binary(dir string) string {
	parts := strings.Split(path.Join(m.path, dir), "/")
	last := parts[len(parts)-1]
	if len(parts) > 1 && regexp.MustCompile(`^v\d+$`).MatchString(last) {
		last = parts[len(parts)-2]
	}
	if last == "." || last == "" {
		return "app"
	}
	return last
}

// installed are the packages that a `// +heroku install` line of go.mod names, relative to the app's folder.
func (m *module) installed() []string {
	var dirs []string
	for _, d := range heroku.FindAllStringSubmatch(m.text, -1) {
		if d[1] == "install" {
			for _, spec := range strings.Fields(d[2]) {
				dirs = append(dirs, m.matching(path.Clean(spec))...)
			}
		}
	}
	return dirs
}

// matching are the programs of a pattern as the go command knows it: "cmd/..." is every one below cmd.
func (m *module) matching(pattern string) []string {
	above, ok := strings.CutSuffix(pattern, "...")
	if !ok {
		return []string{pattern}
	}
	var dirs []string
	for _, p := range m.programs {
		if above == "" || strings.HasPrefix(p.dir+"/", above) {
			dirs = append(dirs, p.dir)
		}
	}
	return dirs
}

// godeps is the import path that godep's list of dependencies keeps.
var godeps = regexp.MustCompile(`"ImportPath":\s*"([^"]+)"`)

// bareName is the name of a program in bin, as a Procfile calls it.
var bareName = regexp.MustCompile(`^[A-Za-z0-9][\w.-]*$`)

// nameOf is what the program of a folder without go.mod is called: as godep knew it, or as the Procfile starts it.
func nameOf(tree runtime.Tree) string {
	data, _ := tree.Read("Godeps/Godeps.json")
	if name := path.Base(match(godeps, string(data))); bareName.MatchString(name) {
		return name
	}
	if words := strings.Fields(tree.Manifest.Processes[paas.WebProcess].Value.Line); len(words) > 0 {
		if name := strings.TrimPrefix(words[0], "bin/"); bareName.MatchString(name) {
			return name
		}
	}
	return "app"
}

// herokuVersion is what a `// +heroku goVersion go1.22` line asks for.
func (m *module) herokuVersion() string {
	for _, d := range heroku.FindAllStringSubmatch(m.text, -1) {
		if d[1] == "goVersion" {
			return strings.TrimPrefix(strings.TrimSpace(d[2]), "go")
		}
	}
	return ""
}

func match(pattern *regexp.Regexp, text string) string {
	if m := pattern.FindStringSubmatch(text); m != nil {
		return m[1]
	}
	return ""
}

// newer reports whether Go version a is above b: "1.25.3" is above "1.24".
func newer(a, b string) bool { return slices.Compare(numbers(a), numbers(b)) > 0 }

func numbers(v string) []int {
	var all []int
	for part := range strings.SplitSeq(strings.TrimPrefix(v, "go"), ".") {
		n, err := strconv.Atoi(part)
		if err != nil {
			break // "1.25rc1": what follows is a pre-release
		}
		all = append(all, n)
	}
	return all
}
