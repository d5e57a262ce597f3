package python

import (
	_ "embed"
	"path"
	"regexp"
	"slices"
	"strings"

	"github.com/slipway-paas/slipway/executor/bakery/runtime"
	"github.com/slipway-paas/slipway/server/paas"
)

// manager is a way to install an app's packages.
type manager struct {
	name    string   // its command
	tool    string   // what pip installs to have it; "" when Debian's pip is it
	lock    string   // its lock file
	files   []string // what else decides the packages
	mount   string   // its download cache
	install string   // installs the packages, before the sources are there
	project string   // installs the app's own package once they are; "" when there is nothing to do
	local   string   // installs the packages that are folders of the repository, likewise; "" when something else does
}

// venv is where the packages are, in the build and in the finished image.
const venv = "/opt/venv"

// pip is Debian's, working on the app's environment. What it prints is for a log that people read.
const pip = "python3 -m pip --python " + venv + "/bin/python install --disable-pip-version-check --root-user-action=ignore --progress-bar off"

const pipCache = "--mount=type=cache,id=slipway-pip,target=/root/.cache/pip "

// fromPyproject lists what pyproject.toml's [project] needs, so that it is installed before the sources are there.
const fromPyproject = `python3 -c 'import tomllib;print("\n".join(tomllib.load(open("pyproject.toml","rb")).get("project",{}).get("dependencies",[])))' >/tmp/requirements.txt`

//go:embed split.py
var splitScript string

const (
	splitFile = "/opt/tool/split.py"
	// split goes on after a manager's export.
	split = " -o /tmp/packages.txt && python3 " + splitFile
)

const (
	uvExport     = "uv export --frozen --no-dev --no-emit-project --quiet"
	poetryExport = "poetry export --no-interaction --only main -f requirements.txt"
)

// folders installs the packages that are folders of the repository, if there are any.
func folders(install string) string {
	return "if [ -s /tmp/local.txt ]; then " + install + " -r /tmp/local.txt; fi"
}

const poetryCache = "--mount=type=cache,id=slipway-poetry,target=/root/.cache/pypoetry "

// poetryProject makes the app's own package importable, where it is one.
const poetryProject = "poetry install --no-interaction --only-root"

// managers in the order in which a project with several signs is read: lock files first.
var managers = []manager{
	{name: "uv", tool: "uv==0.13.9", lock: "uv.lock", files: []string{"pyproject.toml", "uv.toml"},
		mount:   "--mount=type=cache,id=slipway-uv,target=/root/.cache/uv ",
		install: "uv sync --frozen --no-dev --no-install-workspace --no-install-local",
		project: "uv sync --frozen --no-dev"},
	// pip installs what poetry.lock names: it honours a company's index (PIP_INDEX_URL), and needs no JSON API of it.
	{name: "poetry", tool: "poetry==2.5.1 poetry-plugin-export==1.9.0", lock: "poetry.lock", files: []string{"pyproject.toml", "poetry.toml"},
		mount:   pipCache + poetryCache,
		install: poetryExport + split + " && " + pip + " -r /tmp/requirements.txt",
		local:   folders(pip + " --no-deps"),
		project: poetryProject},
	{name: "pdm", tool: "pdm==2.26.2 hishel==0.1.3 unearth==0.17.5", lock: "pdm.lock", files: []string{"pyproject.toml", "pdm.toml"},
		mount:   "--mount=type=cache,id=slipway-pdm,target=/root/.cache/pdm ",
		install: "pdm sync --prod --no-self --no-editable",
		project: "pdm sync --prod"},
	{name: "pipenv", tool: "pipenv==2026.10.3", lock: "Pipfile.lock", files: []string{"Pipfile"}, mount: pipCache,
		install: "pipenv requirements >/tmp/requirements.txt && " + pip + " -r /tmp/requirements.txt"},
	{name: "pip", lock: "requirements.txt", mount: pipCache, install: pip + " -r requirements.txt"},
}

// Managers without a lock file, and none at all.
var (
	unlockedUV     = manager{name: "uv", tool: managers[0].tool, files: []string{"pyproject.toml", "uv.toml"}, mount: managers[0].mount, install: "uv sync --no-dev --no-install-workspace", project: "uv sync --no-dev"}
	unlockedPoetry = manager{name: "poetry", tool: managers[1].tool, files: managers[1].files, mount: poetryCache, install: "poetry install --no-interaction --only main --no-root", project: poetryProject}
	unlockedPDM    = manager{name: "pdm", tool: managers[2].tool, files: managers[2].files, mount: managers[2].mount, install: "pdm install --prod --no-self --no-lock", project: "pdm install --prod --no-lock"}
	unlockedPipenv = manager{name: "pipenv", tool: managers[3].tool, files: []string{"Pipfile"}, mount: pipCache, install: "pipenv lock && " + managers[3].install}
	pyproject      = manager{name: "pip", files: []string{"pyproject.toml"}, mount: pipCache, install: fromPyproject + " && " + pip + " -r /tmp/requirements.txt", project: pip + " ."}
	setupPy        = manager{name: "pip", mount: pipCache, project: pip + " ."}
	nothing        = manager{name: "pip"}
)

func (m manager) layer() string { return "python-" + version + "-" + m.name }

// Options that Detect leaves for Dockerfile.
const (
	optManager    = "manager"    // key of a manager, see chooseManager
	optTop        = "top"        // folder of the lock file in the repository
	optFiles      = "files"      // files that decide the packages, by line, relative to the repository
	optVirtual    = "virtual"    // "1": the app itself is no package and is not installed
	optServer     = "server"     // server that is installed besides: "gunicorn"
	optSessionKey = "sessionKey" // "1": FastHTML, which keeps a key beside the sources
	optGunicorn   = "gunicorn"   // "1": the app brings its own, of a version that is not known before it is installed
	optStatic     = "static"     // folder of manage.py when collectstatic runs
	optForced     = "forced"     // the nearest Python that the project allows, where it refuses the one that is here and is installed on it all the same
)

var byKey = map[string]manager{
	"uv": managers[0], "poetry": managers[1], "pdm": managers[2], "pipenv": managers[3], "pip": managers[4],
	"uv-unlocked": unlockedUV, "poetry-unlocked": unlockedPoetry, "pdm-unlocked": unlockedPDM, "pipenv-unlocked": unlockedPipenv,
	"pyproject": pyproject, "setup.py": setupPy, "none": nothing,
}

func managerOf(plan paas.Plan) manager {
	m := byKey[plan.Build.Options[optManager]]
	if python := plan.Build.Options[optForced]; python != "" {
		return m.forced(python)
	}
	return m
}

// forced is the manager for a project whose requires-python leaves out the one Python that is here: managers refuse it,
// but they list what is locked, and pip can be told to look away. The page has a warning of it. python is a version that it
// does not leave out.
func (m manager) forced(python string) manager {
	const packages = pip + " --ignore-requires-python --no-deps"
	list := map[string]string{"uv": uvExport, "poetry": poetryExport, "pdm": "pdm export --prod --no-hashes"}[m.name]
	switch {
	case list != "" && m.lock != "":
		m.install, m.local, m.project = list+split+" "+python+" && "+packages+" -r /tmp/requirements.txt", folders(packages), packages+" ."
	case m.name != "pipenv" && m.project != "":
		m.install, m.project = "", pip+" --ignore-requires-python ."
	}
	return m
}

// chosenManager is the manager of a tree: its key, the folder of its lock file in the repository, and what showed it.
type chosenManager struct {
	key, top, sign string
}

func chooseManager(tree runtime.Tree, p project) chosenManager {
	for _, m := range managers {
		if tree.Has(m.lock) {
			return chosenManager{m.name, tree.Root, m.lock}
		}
	}
	// A uv workspace keeps one lock file for all its members.
	if p.exists {
		for dir := tree.Root; dir != "."; {
			dir = path.Dir(dir)
			if _, ok := tree.ReadRepo(path.Join(dir, "uv.lock")); ok {
				return chosenManager{"uv", dir, path.Join(dir, "uv.lock")}
			}
		}
	}
	switch {
	case p.tool("poetry"):
		return chosenManager{"poetry-unlocked", tree.Root, "pyproject.toml"}
	case p.tool("pdm"):
		return chosenManager{"pdm-unlocked", tree.Root, "pyproject.toml"}
	case p.tool("uv"):
		return chosenManager{"uv-unlocked", tree.Root, "pyproject.toml"}
	case tree.Has("Pipfile"):
		return chosenManager{"pipenv-unlocked", tree.Root, "Pipfile"}
	case p.exists && (p.builds || len(p.dependencies) > 0):
		return chosenManager{"pyproject", tree.Root, "pyproject.toml"}
	case tree.Has("setup.py"):
		return chosenManager{"setup.py", tree.Root, "setup.py"}
	}
	return chosenManager{"none", tree.Root, ""}
}

var (
	included = regexp.MustCompile(`(?m)^\s*(?:-r|--requirement|-c|--constraint)[ =]*(\S+)`)
	local    = regexp.MustCompile(`(?m)^\s*(?:-e\s|--editable|\.|/|file:)|@\s*file:|^\s*[\w-]+\.(?:whl|tar\.gz)`)
)

// files are those that decide the packages, relative to the repository; none when a requirement is part of the sources,
// which then come first.
func (c chosenManager) files(tree runtime.Tree) []string {
	m := byKey[c.key]
	if m.lock == "requirements.txt" {
		return requirementFiles(tree, "requirements.txt", nil)
	}
	var files []string
	for _, name := range slices.Concat([]string{m.lock}, m.files, []string{".python-version"}) {
		if file := path.Join(c.top, name); name != "" && hasRepo(tree, file) {
			files = append(files, file)
		}
	}
	if c.top != tree.Root {
		files = append(files, members(tree, c.top)...)
	}
	return files
}

// members are the pyproject.toml of a workspace's other projects: uv wants to read them all.
func members(tree runtime.Tree, top string) []string {
	var files []string
	for _, level := range []string{"*/", "*/*/"} {
		for _, f := range (runtime.Tree{Repo: tree.Repo, Root: top}).Glob(level + "pyproject.toml") {
			files = append(files, path.Join(top, f))
		}
	}
	return files
}

// maxRequirementFiles ends a circle of files that include each other.
const maxRequirementFiles = 20

func requirementFiles(tree runtime.Tree, name string, seen []string) []string {
	file := path.Join(tree.Root, name)
	data, ok := tree.Read(name)
	if !ok || slices.Contains(seen, file) || len(seen) > maxRequirementFiles {
		return seen
	}
	if local.Match(data) {
		return nil
	}
	seen = append(seen, file)
	for _, m := range included.FindAllSubmatch(data, -1) {
		next := path.Join(path.Dir(name), strings.Trim(string(m[1]), `"'`))
		if !tree.Has(next) {
			return nil
		}
		if seen = requirementFiles(tree, next, seen); seen == nil {
			return nil
		}
	}
	return seen
}

func hasRepo(tree runtime.Tree, name string) bool {
	_, ok := tree.ReadRepo(name)
	return ok
}
