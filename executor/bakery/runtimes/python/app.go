package python

import (
	"cmp"
	"io/fs"
	"path"
	"regexp"
	"slices"
	"strings"

	"github.com/slipway-paas/slipway/executor/bakery/runtime"
)

// source is one .py file of the app.
type source struct {
	name string // relative to the app's folder
	text string
}

// Bounds of the look at sources.
const (
	maxSources     = 500
	maxSourceDepth = 3
)

var (
	skippedDirs = []string{"tests", "test", "docs", "migrations", "node_modules", "venv", ".venv", "env", ".git", "__pycache__", "build", "dist", "examples"}
	// likely are the names of files that start an app, the likeliest first.
	likely = []string{"main.py", "app.py", "wsgi.py", "asgi.py", "server.py", "application.py", "api.py", "run.py", "index.py", "streamlit_app.py", "__init__.py", "__main__.py"}
)

// readSources gives the app's .py files, those that likely start it first.
func readSources(tree runtime.Tree) []source {
	var all []source
	sub, err := fs.Sub(tree.Repo, tree.Root)
	if err != nil {
		return nil
	}
	// An unreadable folder is one with nothing to see; nothing else in the walk can fail.
	_ = fs.WalkDir(sub, ".", func(name string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return fs.SkipDir
		case d.IsDir() && name != "." && (slices.Contains(skippedDirs, d.Name()) || strings.Count(name, "/") >= maxSourceDepth):
			return fs.SkipDir
		case d.IsDir() || path.Ext(name) != ".py" || strings.HasPrefix(d.Name(), "test_"):
			return nil
		case len(all) >= maxSources:
			return fs.SkipAll
		}
		if data, ok := tree.Read(name); ok {
			all = append(all, source{name, string(data)})
		}
		return nil
	})
	rank := func(s source) int {
		if i := slices.Index(likely, path.Base(s.name)); i >= 0 {
			return i
		}
		return len(likely)
	}
	slices.SortStableFunc(all, func(a, b source) int {
		return cmp.Or(cmp.Compare(strings.Count(a.name, "/"), strings.Count(b.name, "/")), cmp.Compare(rank(a), rank(b)))
	})
	return all
}

// module is the file's name for Python's import, and the folder it is imported from ("." is the app's own).
func (s source) module(all []source) (module, from string) {
	name := strings.TrimSuffix(strings.TrimSuffix(s.name, ".py"), "/__init__")
	from = "."
	// A src folder is no package, only a place for packages.
	if rest, ok := strings.CutPrefix(name, "src/"); ok && !slices.ContainsFunc(all, func(o source) bool { return o.name == "src/__init__.py" }) {
		name, from = rest, "src"
	}
	return strings.ReplaceAll(name, "/", "."), from
}

// web is an application object that a server can be pointed at.
type web struct {
	kind   string // constructor: "Flask"
	target string // "package.module:app" or "package.module:create_app()"
	from   string // folder it is imported from
	file   string
	async  bool // ASGI; else WSGI
}

var (
	constructor = regexp.MustCompile(`(?m)^(\w+)(?:\s*:\s*[\w.]+)?\s*=\s*(?:\w+\.)*(Flask|FastAPI|Starlette|Quart|Litestar|Sanic|APIFlask|OpenAPI|Falcon|App|API|FastHTML|Blacksheep|Application)\s*\(`)
	factory     = regexp.MustCompile(`(?m)^def (create_app|make_app|get_app|build_app)\s*\(\s*(?:\)|\w+[^,)]*=)`)
	dashServer  = regexp.MustCompile(`(?m)^(\w+)\s*=\s*\w+\.server\b`)
	fastHTMLApp = regexp.MustCompile(`(?m)^(\w+)\s*(?:,\s*\w+\s*)*=\s*fast_app\s*\(`)
	madeBy      = regexp.MustCompile(`(?m)^(\w+)(?:\s*:\s*[\w.]+)?\s*=\s*(?:\w+\.)*(?:create_app|make_app|get_app|build_app)\s*\(`)
)

// asyncKinds speak ASGI, syncKinds WSGI; other constructors are not served by name.
var (
	asyncKinds = []string{"FastAPI", "Starlette", "Quart", "Litestar", "Blacksheep", "FastHTML"}
	syncKinds  = []string{"Flask", "APIFlask", "Falcon"}
)

// findWeb looks for the application object of a framework of the given style.
func findWeb(sources []source, async bool) (web, bool) {
	kinds := syncKinds
	if async {
		kinds = asyncKinds
	}
	for _, s := range sources {
		module, from := s.module(sources)
		for _, m := range constructor.FindAllStringSubmatch(s.text, -1) {
			if slices.Contains(kinds, m[2]) {
				return web{m[2], module + ":" + m[1], from, s.name, async}, true
			}
		}
		if m := fastHTMLApp.FindStringSubmatch(s.text); m != nil && async {
			return web{"FastHTML", module + ":" + m[1], from, s.name, async}, true
		}
		if m := madeBy.FindStringSubmatch(s.text); m != nil {
			return web{kinds[0], module + ":" + m[1], from, s.name, async}, true
		}
	}
	for _, s := range sources {
		if m := factory.FindStringSubmatch(s.text); m != nil {
			module, from := s.module(sources)
			return web{kinds[0], module + ":" + m[1], from, s.name + " (" + m[1] + ")", async}, true
		}
	}
	return web{}, false
}

// isFactory reports whether the target is a function that makes the app.
func (w web) isFactory() bool { return strings.HasSuffix(w.file, ")") }

// listening are signs in sources of a program that serves by itself.
var listening = regexp.MustCompile(`environ(?:\.get)?[(\[]\s*['"]PORT['"]|getenv\(\s*['"]PORT['"]|http\.server|socketserver|aiohttp|tornado|bottle|cherrypy|uvicorn\.run|grpc\.server|waitress|wsgiref|websockets\.serve|\.listen\(|hypercorn|twisted|nicegui|HTTPServer`)

// importsServer are libraries whose only use is to serve. What the packages name and no source imports does not count.
var importsServer = regexp.MustCompile(`(?m)^\s*(?:from|import)\s+(?:flask|fastapi|starlette|sanic|quart|falcon|litestar|bottle|cherrypy|grpc|websockets|mesop|panel|chainlit|dash|gradio|streamlit|fasthtml|robyn|socketio|eventlet|gunicorn|uvicorn|daphne)\b`)

func listens(sources []source) bool {
	return slices.ContainsFunc(sources, func(s source) bool { return listening.MatchString(s.text) || importsServer.MatchString(s.text) })
}
