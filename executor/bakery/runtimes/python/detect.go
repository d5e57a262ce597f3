package python

import (
	"fmt"
	"path"
	"slices"
	"strings"

	"github.com/slipway-paas/slipway/executor/bakery/manifest"
	"github.com/slipway-paas/slipway/executor/bakery/runtime"
	"github.com/slipway-paas/slipway/server/paas"
)

// The servers that are installed when an app brings none. Its own version wins.
var serverVersions = map[string]string{"gunicorn": "gunicorn==27.0.1", "uvicorn": "uvicorn==0.54.0"}

// Detect implements runtime.Runtime.
func (Runtime) Detect(tree runtime.Tree) (runtime.Verdict, error) {
	sign := tree.First("requirements.txt", "pyproject.toml", "Pipfile", "setup.py", "manage.py", "uv.lock", "poetry.lock", "pdm.lock")
	sources := readSources(tree)
	if sign == "" && len(tree.Glob("*.py")) == 0 && !(tree.Chosen && len(sources) > 0) {
		return runtime.Verdict{Note: noteFor(tree, sources)}, nil
	}
	p, err := readProject(tree)
	if err != nil {
		return runtime.Verdict{}, err
	}
	plan := paas.Plan{Build: paas.BuildSettings{Options: map[string]string{}}, Run: paas.RunSettings{}}
	score := 50
	if sign == "" {
		sign, score = sources[0].name, 20
	}
	plan.Saw = []string{sign + " is in the app's folder."}
	plan.Why = "It is a Python app, and Python " + version + " is the one that is here."
	settleVersion(&plan, askedVersion(tree, p))
	settleManager(&plan, tree, p)
	settleSystem(&plan, p, sources)
	settleStart(&plan, tree, p, sources)
	if p.uses("python-fasthtml") {
		plan.Build.Options[optSessionKey] = "1"
	}
	return runtime.Verdict{Score: score, Plan: plan}, nil
}

func noteFor(tree runtime.Tree, sources []source) string {
	if len(sources) == 0 || tree.Chosen {
		return ""
	}
	return fmt.Sprintf("There is Python (%s), but no requirements.txt or pyproject.toml beside it in the app's folder.", sources[0].name)
}

func settleManager(plan *paas.Plan, tree runtime.Tree, p project) {
	c := chooseManager(tree, p)
	m := byKey[c.key]
	o := plan.Build.Options
	o[optManager], o[optTop], o[optFiles] = c.key, c.top, strings.Join(c.files(tree), "\n")
	if !allows(p.requires) {
		o[optForced] = nearest(p.requires)
	}
	// uv and pdm know by themselves what is no package; pip, which takes their place, does not.
	if p.virtual || c.key == "poetry" && !p.isPackage(tree) || o[optForced] != "" && m.lock != "" && !(p.builds && p.isPackage(tree)) {
		o[optVirtual] = "1"
	}
	if c.key == "none" {
		return
	}
	if p.uses("gunicorn") {
		o[optGunicorn] = "1"
	}
	if c.sign != "" {
		plan.Saw = append(plan.Saw, fmt.Sprintf("%s says what to install, with %s.", c.sign, m.name))
	}
	if m.lock == "" {
		plan.Warnings = append(plan.Warnings, paas.Warning{Code: runtime.WarnUnlocked,
			Message: fmt.Sprintf("There is no lock file beside %s, so two builds of the same commit may install different versions.", c.sign)})
	}
	install := m.install
	if install == "" {
		install = m.project
	}
	v := tree.Manifest.Build.Install.Or(manifest.Value[string]{Value: shown(install), Source: c.sign})
	plan.Settings = append(plan.Settings, paas.Setting{Name: runtime.SettingInstall, Value: v.Value, Source: v.Source})
}

// shown is an install command as a person would type it.
func shown(command string) string {
	command = strings.Replace(command, fromPyproject+" && "+pip+" -r /tmp/requirements.txt", "pip install .", 1)
	return strings.ReplaceAll(command, pip, "pip install")
}

// start is how an app is started and why.
type start struct {
	framework string
	saw       string
	command   paas.Command
	source    string
	server    string // installed besides when the app does not ask for it; "" when none is needed
	finishes  bool
}

func settleStart(plan *paas.Plan, tree runtime.Tree, p project, sources []source) {
	s := findStart(plan, tree, p, sources)
	plan.Framework = s.framework
	plan.Run.Finishes = s.finishes
	if s.saw != "" {
		plan.Saw = append(plan.Saw, s.saw)
	}
	if s.finishes {
		plan.Saw = append(plan.Saw, "Nothing in it listens on a port, so it is run as a program that finishes.")
	}
	if s.command.IsZero() {
		plan.Warnings = append(plan.Warnings, paas.Warning{Code: runtime.WarnNoStart,
			Message: "Nothing says what to start. Name the command in a Procfile: web: python my_program.py"})
	} else {
		plan.Processes = []paas.Process{{Name: paas.WebProcess, Command: s.command, Source: s.source}}
		plan.Settings = append(plan.Settings, paas.Setting{Name: "Start command", Value: s.command.String(), Source: s.source})
	}
	if s.server != "" && !p.uses(s.server) && len(tree.Manifest.Processes) == 0 {
		plan.Build.Options[optServer] = s.server
		plan.Settings = append(plan.Settings, paas.Setting{Name: "Server", Value: serverVersions[s.server],
			Source: "added, because the app asks for no server of its own"})
	}
}

func findStart(plan *paas.Plan, tree runtime.Tree, p project, sources []source) start {
	if s, ok := django(plan, tree, p, sources); ok {
		return s
	}
	if s, ok := tooling(p, sources); ok {
		return s
	}
	for _, async := range []bool{true, false} {
		wanted := p.uses("flask", "apiflask", "falcon", "dash")
		if async {
			wanted = p.uses("fastapi", "starlette", "quart", "litestar", "blacksheep", "python-fasthtml")
		}
		if !wanted {
			continue
		}
		if w, ok := findWeb(sources, async); ok {
			return w.start()
		}
	}
	return plain(tree, p, sources)
}

// start is the server's command for an application object.
func (w web) start() start {
	s := start{framework: w.kind, source: w.file, saw: fmt.Sprintf("%s holds the %s app %s.", strings.Fields(w.file)[0], w.kind, w.target)}
	if w.async {
		line := "uvicorn " + w.target + " --host 0.0.0.0 --port $PORT --proxy-headers --forwarded-allow-ips '*'"
		if w.isFactory() {
			line += " --factory"
		}
		if w.from != "." {
			line += " --app-dir " + w.from
		}
		s.command, s.server = paas.Command{Line: line}, "uvicorn"
		return s
	}
	target := w.target
	if w.isFactory() {
		target += "()"
	}
	s.command, s.server = paas.Command{Args: gunicorn(w.from, target)}, "gunicorn"
	return s
}

// gunicorn's command line: it binds to 0.0.0.0:$PORT by itself when PORT is set. Threads keep one slow request from
// holding up the others; WEB_CONCURRENCY adds workers.
func gunicorn(from, target string) []string {
	args := []string{"gunicorn", "--threads", "4", "--access-logfile", "-"}
	if from != "." {
		args = append(args, "--chdir", from)
	}
	return append(args, target)
}

// tooling recognises pages that bring their own server.
func tooling(p project, sources []source) (start, bool) {
	find := func(sign string) string {
		for _, s := range sources {
			if strings.Contains(s.text, sign) {
				return s.name
			}
		}
		return ""
	}
	if file := find("import streamlit"); file != "" && p.uses("streamlit") {
		return start{framework: "Streamlit", source: file, saw: file + " is a Streamlit page.", command: paas.Command{
			Line: "streamlit run " + runtime.Quote(file) + " --server.address 0.0.0.0 --server.port $PORT --server.headless true --browser.gatherUsageStats false"}}, true
	}
	if file := find("import gradio"); file != "" && p.uses("gradio") {
		return start{framework: "Gradio", source: file, saw: file + " is a Gradio page.", command: paas.Command{
			Line: "GRADIO_SERVER_NAME=0.0.0.0 GRADIO_SERVER_PORT=$PORT GRADIO_ANALYTICS_ENABLED=False exec python " + runtime.Quote(file)}}, true
	}
	if p.uses("dash") {
		for _, s := range sources {
			if m := dashServer.FindStringSubmatch(s.text); m != nil {
				module, from := s.module(sources)
				return start{framework: "Dash", source: s.name, server: "gunicorn", saw: s.name + " holds a Dash app.",
					command: paas.Command{Args: gunicorn(from, module+":"+m[1])}}, true
			}
		}
	}
	for _, s := range sources {
		if m := constructor.FindStringSubmatch(s.text); m != nil && m[2] == "Sanic" && p.uses("sanic") {
			module, _ := s.module(sources)
			return start{framework: "Sanic", source: s.name, saw: s.name + " holds a Sanic app.",
				command: paas.Command{Line: "sanic " + module + ":" + m[1] + " --host 0.0.0.0 --port $PORT"}}, true
		}
	}
	return start{}, false
}

// noStart are scripts that tools call, not what starts an app.
var noStart = []string{"setup.py", "manage.py", "conftest.py", "noxfile.py", "fabfile.py", "tasks.py", "gunicorn.conf.py", "__init__.py"}

// plain starts a script: the app's own command, or the file whose name says so.
func plain(tree runtime.Tree, p project, sources []source) start {
	finishes := !listens(sources)
	script := tree.First("main.py", "app.py", "server.py", "run.py", "bot.py", "script.py", "index.py", "__main__.py")
	if script == "" {
		all := slices.DeleteFunc(tree.Glob("*.py"), func(name string) bool { return slices.Contains(noStart, name) })
		if len(all) == 1 {
			script = all[0]
		}
	}
	if script == "" && len(p.scripts) > 0 {
		return start{command: paas.Command{Args: []string{p.scripts[0]}}, source: "pyproject.toml scripts", finishes: finishes,
			saw: "pyproject.toml has the command " + p.scripts[0] + "."}
	}
	if script == "" {
		i := slices.IndexFunc(sources, func(s source) bool { return path.Base(s.name) == "__main__.py" && s.name != "__main__.py" })
		if i < 0 {
			return start{}
		}
		module, _ := source{name: path.Dir(sources[i].name) + ".py"}.module(sources)
		return start{command: paas.Command{Args: []string{"python", "-m", module}}, source: sources[i].name, finishes: finishes}
	}
	return start{command: paas.Command{Args: []string{"python", script}}, source: script, finishes: finishes}
}
