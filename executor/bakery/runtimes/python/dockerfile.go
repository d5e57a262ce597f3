package python

import (
	"path"
	"slices"
	"strings"

	"github.com/slipway-paas/slipway/executor/bakery/runtime"
	"github.com/slipway-paas/slipway/server/paas"
)

// ownVenvOf is where developers and uv have the environment: a link in the app's folder to the one that is really used,
// so that `.venv/bin/gunicorn` in a Procfile is found, without a second copy among the sources.
func ownVenvOf(plan paas.Plan) string { return path.Join(runtime.Workdir(plan), ".venv") }

// buildEnv makes every manager work on the one environment with the one Python, and none ask or download an interpreter.
const buildEnv = "ENV VIRTUAL_ENV=" + venv + " PATH=" + venv + "/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin " +
	"UV_PROJECT_ENVIRONMENT=" + venv + " UV_PYTHON=" + venv + "/bin/python UV_PYTHON_DOWNLOADS=never UV_LINK_MODE=copy UV_COMPILE_BYTECODE=1 UV_NO_PROGRESS=1 " +
	"POETRY_VIRTUALENVS_CREATE=false PDM_CHECK_UPDATE=false PDM_IGNORE_SAVED_PYTHON=1 PIPENV_VERBOSITY=-1 PYTHONUNBUFFERED=1"

// runEnv is Python's way of a service: no files written beside the sources, no output held back.
func runEnv(plan paas.Plan) string {
	own := ownVenvOf(plan)
	return "ENV VIRTUAL_ENV=" + own + " PATH=" + own + "/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin " +
		"PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1"
}

// Dockerfile implements runtime.Runtime.
func (Runtime) Dockerfile(plan paas.Plan, image func(layer string) string) (string, error) {
	env, err := runtime.Env(plan.Build.Env)
	if err != nil {
		return "", err
	}
	m, o := managerOf(plan), plan.Build.Options
	layer := buildLayer
	if m.tool != "" {
		layer = m.layer()
	}
	lines := []string{"FROM " + image(layer) + " AS build"}
	lines = append(lines, aptSteps(plan, o[optSystemBuild])...)
	lines = append(lines, runtime.RunLocal("python3 -m venv "+venv+" && mkdir -p "+runtime.Quote(runtime.Workdir(plan))+" && ln -s "+venv+" "+runtime.Quote(ownVenvOf(plan))), buildEnv)
	lines = append(lines, env...)
	lines = append(lines, "WORKDIR "+runtime.Workdir(plan))
	lines = append(lines, packageSteps(plan, m)...)
	if o[optStatic] != "" {
		lines = append(lines, staticStep(o[optStatic]))
	}
	if plan.Build.Command != "" {
		lines = append(lines, runtime.Run(m.mount, plan.Build.Command))
	}
	if o[optSessionKey] != "" {
		lines = append(lines, sessionKey)
	}
	lines = append(lines, "", "FROM "+image(runLayer))
	lines = append(lines, aptSteps(plan, o[optSystem])...)
	lines = append(lines, runtime.Copy("build", venv, venv), runtime.CopyApp(plan, "build", runtime.AppDir, runtime.AppDir), runEnv(plan))
	return strings.Join(append(lines, runtime.Finish(plan)...), "\n") + "\n", nil
}

// oldGunicorn gives a gunicorn before 21 the pkg_resources that it imports: setuptools had it until 80, Python's own
// environments until 3.11. Which gunicorn was installed is only known now.
const oldGunicorn = "if python -c 'import sys, importlib.metadata as m; sys.exit(int(m.version(\"gunicorn\").split(\".\")[0]) > 20)' && ! python -c 'import pkg_resources' 2>/dev/null; then " +
	"echo 'Slipway: this gunicorn needs pkg_resources, which the newest setuptools does not have; one that has it is installed.' && " + pip + " setuptools==80.9.0; fi"

// aptSteps install the Debian packages that one stage needs: what was recognised, and what the person asks for.
func aptSteps(plan paas.Plan, recognised string) []string {
	if apt := runtime.Apt(slices.Concat(strings.Fields(recognised), plan.Build.Packages)...); apt != "" {
		return []string{apt}
	}
	return nil
}

// packageSteps install the packages before the sources are there, wherever the files that decide them allow it.
func packageSteps(plan paas.Plan, m manager) []string {
	o := plan.Build.Options
	install := m.install
	if plan.Build.Install != "" {
		install = plan.Build.Install
	}
	// What comes after a manager's own steps: some remove what their lock file does not name.
	var last []string
	if s := o[optServer]; s != "" {
		last = append(last, runtime.Run(pipCache, pip+" "+runtime.Quote(serverVersions[s])))
	}
	switch {
	case o[optGunicorn] == "":
	case m.project == "" && plan.Build.Install == "": // pip removes nothing
		install += " && " + oldGunicorn
	default:
		last = append(last, runtime.Run(pipCache, oldGunicorn))
	}
	var steps []string
	add := func(command string) {
		if command != "" {
			steps = append(steps, runtime.Run(m.mount, command))
		}
	}
	files := strings.FieldsFunc(o[optFiles], func(r rune) bool { return r == '\n' })
	sources := runtime.Copy("", ".", runtime.AppDir+"/")
	if len(files) == 0 || plan.Build.Install != "" {
		// The packages cannot be told from the sources.
		steps = []string{sources}
		add(install)
	} else {
		for _, f := range files {
			steps = append(steps, runtime.Copy("", f, path.Join(runtime.AppDir, f)))
		}
		add(install)
		steps = append(steps, sources)
	}
	if plan.Build.Install == "" {
		if m.local != "" { // a workspace's folders are listed as seen from its top
			add("cd " + runtime.Quote(path.Join(runtime.AppDir, o[optTop])) + " && " + m.local)
		}
		if o[optVirtual] == "" {
			add(m.project)
		}
	}
	return append(steps, last...)
}

// sessionKey gives FastHTML's key a place that can be written: without a secret_key it makes a key at its first start and
// keeps it in .sesskey in the working directory. There it lasts as long as its container.
var sessionKey = runtime.RunLocal("[ -e .sesskey ] || ln -s " + runtime.HomeDir + "/.sesskey .sesskey")

// staticStep collects Django's static files. Settings often insist on secrets that no build has, so a failure is said
// and does not end the build. DISABLE_COLLECTSTATIC is Heroku's switch for it.
func staticStep(dir string) string {
	return runtime.RunLocal(`if [ "${DISABLE_COLLECTSTATIC:-0}" != 0 ]; then echo "Slipway: DISABLE_COLLECTSTATIC is set."; ` +
		`else cd ` + runtime.Quote(dir) + ` && { SECRET_KEY="${SECRET_KEY:-build}" DJANGO_SECRET_KEY="${DJANGO_SECRET_KEY:-build}" python manage.py collectstatic --noinput || ` +
		`echo "Slipway: collectstatic failed, so the app has no collected static files; variables the settings need can be set under build.env in slipway.yaml."; }; fi`)
}
