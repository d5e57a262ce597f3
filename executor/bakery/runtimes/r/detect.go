package r

import (
	"fmt"
	"path"
	"regexp"
	"slices"
	"strings"

	"github.com/slipway-paas/slipway/executor/bakery/manifest"
	"github.com/slipway-paas/slipway/executor/bakery/runtime"
	"github.com/slipway-paas/slipway/server/paas"
)

// What the runtime remembers in Build.Options between Detect and Dockerfile.
const (
	optPackages = "packages" // R packages, by space
	optScripts  = "scripts"  // the app's own install scripts, by line
	optSystem   = "system"   // further Debian packages, by space

	// OptionCRANMirror is the repository packages without a prebuilt one come from; the bakery sets it from
	// SLIPWAY_CRAN_MIRROR. Without it R's own default is used.
	OptionCRANMirror = "cranMirror"
)

// Detect implements runtime.Runtime.
func (Runtime) Detect(tree runtime.Tree) (runtime.Verdict, error) {
	sign := tree.First("plumber.R", "entrypoint.R", "app.R", "run.R", "init.R", "server.R", "install.R", "renv.lock", "packrat/packrat.lock", "api.R", "init.r", "r.yml")
	score := 50
	if sign == "" && tree.Has("DESCRIPTION") {
		sign = "DESCRIPTION"
	}
	scripts := readScripts(tree)
	if sign == "" {
		i := slices.IndexFunc(scripts, func(s script) bool { return !strings.Contains(s.name, "/") })
		if i < 0 && !(tree.Chosen && len(scripts) > 0) {
			return runtime.Verdict{}, nil
		}
		sign, score = scripts[max(i, 0)].name, 20
	}
	n, err := readNeeds(tree, scripts)
	if err != nil {
		return runtime.Verdict{}, err
	}
	plan := paas.Plan{Version: version, Asked: n.r, Build: paas.BuildSettings{Options: map[string]string{}}}
	plan.Saw = []string{sign + " is in the app's folder."}
	plan.Why = "It is an R app, and R " + version + " is the one that is here."
	settleVersion(&plan, tree, n)
	settlePackages(&plan, tree, n)
	settleStart(&plan, tree, scripts)
	return runtime.Verdict{Score: score, Plan: plan}, nil
}

func settleVersion(plan *paas.Plan, tree runtime.Tree, n needs) {
	asked, source := n.r, n.rFrom
	if v := tree.Manifest.Version; v.Set() {
		asked, source = v.Value, v.Source
	}
	plan.Asked = asked
	if asked == "" {
		plan.Settings = append(plan.Settings, paas.Setting{Name: runtime.SettingVersion, Value: version, Source: "default"})
		return
	}
	plan.Settings = append(plan.Settings, paas.Setting{Name: runtime.SettingVersion, Value: version, Source: source})
	// DESCRIPTION names the oldest R that will do, a lock file the one it was made with.
	if asked != version && !strings.HasPrefix(asked, version+".") && source != "DESCRIPTION" {
		plan.Warnings = append(plan.Warnings, paas.Warning{Code: runtime.WarnVersion,
			Message: fmt.Sprintf("%s asks for R %s; R %s is the one that is here and is used.", source, asked, version)})
	}
}

func settlePackages(plan *paas.Plan, tree runtime.Tree, n needs) {
	names := n.names
	if plainPlumber(tree) && !slices.Contains(names, "plumber") {
		names = append(names, "plumber")
	}
	if tree.Has("server.R") && !slices.Contains(names, "shiny") {
		names = append(names, "shiny")
	}
	plan.Build.Options[optPackages] = strings.Join(names, " ")
	if len(names) > 0 {
		plan.Saw = append(plan.Saw, fmt.Sprintf("%s in %s.", packagesText(len(names)), n.from))
		plan.Settings = append(plan.Settings, paas.Setting{Name: "R packages", Value: strings.Join(names, ", "), Source: n.from})
	}
	if n.locked {
		plan.Warnings = append(plan.Warnings, paas.Warning{Code: runtime.WarnUnlocked,
			Message: n.from + " names exact versions. Packages that Debian has prebuilt are used in Debian's version, which may be another one."})
	}
	var scripts []string
	for _, s := range installScripts {
		if name := tree.First(s, lower(s)); name != "" {
			scripts = append(scripts, name)
		}
	}
	plan.Build.Options[optScripts] = strings.Join(scripts, "\n")
	install := "Debian's r-cran-* packages, else CRAN"
	if len(scripts) > 0 {
		install = "Rscript " + strings.Join(scripts, ", Rscript ")
	}
	v := tree.Manifest.Build.Install.Or(manifest.Value[string]{Value: install, Source: n.from})
	plan.Settings = append(plan.Settings, paas.Setting{Name: runtime.SettingInstall, Value: v.Value, Source: v.Source})
}

// installScripts are the names of what an app runs to install its packages.
var installScripts = []string{"init.R", "install.R", "packages.R", "requirements.R"}

// setUp are scripts of a developer's machine, which start nothing.
var setUp = []string{"setup.R", "renv.R", "deploy.R", "helpers.R", "utils.R"}

// lower is the script's name with the other ending R knows: "init.r".
func lower(name string) string { return strings.TrimSuffix(name, ".R") + ".r" }

func packagesText(n int) string {
	if n == 1 {
		return "There is 1 package"
	}
	return fmt.Sprintf("There are %d packages", n)
}

var (
	serves    = regexp.MustCompile(`pr_run\s*\(|\$run\s*\(|runApp\s*\(|run_app\s*\(|startServer\s*\(|runServer\s*\(|\$start\s*\(|\$ignite\s*\(|serverSocket\s*\(|rmarkdown::run\s*\(`)
	shinyApp  = regexp.MustCompile(`\bshinyApp\s*\(|\bshinyAppDir\s*\(`)
	annotated = regexp.MustCompile(`(?m)^#[*']\s*@(?:get|post|put|delete|patch|plumber|assets|filter|apiTitle)\b`)
	shinyDoc  = regexp.MustCompile(`(?m)^\s*runtime:\s*["']?shiny`)
)

// port is R's way to the port it must listen on.
const port = "as.integer(Sys.getenv('PORT', '8080'))"

// inTmp goes on in a copy of the app's folder that can be written: rmarkdown renders beside the document.
const inTmp = "d <- tempfile('app'); dir.create(d); invisible(file.copy(list.files('.', all.files = TRUE, no.. = TRUE), d, recursive = TRUE)); setwd(d); "

// plainPlumber reports whether an app is started by plumber alone: its own starter scripts win.
func plainPlumber(tree runtime.Tree) bool {
	return tree.First("plumber.R", "entrypoint.R") != "" && !tree.Has("run.R")
}

func settleStart(plan *paas.Plan, tree runtime.Tree, scripts []script) {
	text := func(name string) string {
		data, _ := tree.Read(name)
		return string(data)
	}
	web := func(framework, source, code string) {
		plan.Framework = framework
		args := []string{"Rscript", "-e", code}
		if code == "" {
			args = []string{"Rscript", source}
		}
		plan.Processes = []paas.Process{{Name: paas.WebProcess, Command: paas.Command{Args: args}, Source: source}}
	}
	annotatedFile := annotatedScript(scripts)
	switch {
	case tree.Has("run.R"):
		web(frameworkOf(scripts), "run.R", "")
	case tree.Has("app.R") && serves.MatchString(text("app.R")):
		web(frameworkOf(scripts), "app.R", "")
	case tree.Has("app.R") && shinyApp.MatchString(text("app.R")), tree.Has("server.R") && tree.Has("ui.R"):
		source := tree.First("app.R", "server.R")
		web("Shiny", source, "shiny::runApp('.', host = '0.0.0.0', port = "+port+", launch.browser = FALSE)")
	case tree.Has("entrypoint.R"):
		web("plumber", "entrypoint.R", plumb("entrypoint.R"))
	case tree.Has("plumber.R"):
		web("plumber", "plumber.R", plumb("plumber.R"))
	case annotatedFile != "":
		web("plumber", annotatedFile, plumb(annotatedFile))
	default:
		settleScript(plan, tree, scripts, web)
	}
	if plan.Framework != "" {
		plan.Saw = append(plan.Saw, fmt.Sprintf("%s is %s.", plan.Processes[0].Source, map[string]string{"Shiny": "a Shiny app", "plumber": "a plumber API"}[plan.Framework]))
	}
	if len(plan.Processes) > 0 {
		p := plan.Processes[0]
		plan.Settings = append(plan.Settings, paas.Setting{Name: "Start command", Value: p.Command.String(), Source: p.Source})
	}
}

// annotatedScript is the file at the top with plumber's annotations, one with a usual name first; "" when there is none.
func annotatedScript(scripts []script) string {
	found := ""
	for _, s := range scripts {
		if strings.Contains(s.name, "/") || !annotated.MatchString(s.text) {
			continue
		}
		if found == "" || slices.Contains([]string{"api.R", "app.R", "server.R", "main.R"}, s.name) {
			found = s.name
		}
	}
	return found
}

// plumb runs the API in file; entrypoint.R makes its own router, which plumb understands too.
func plumb(file string) string {
	return "plumber::pr_run(plumber::plumb('" + file + "'), host = '0.0.0.0', port = " + port + ")"
}

// frameworkOf tells what an app that starts itself is made with.
func frameworkOf(scripts []script) string {
	for _, name := range []string{"plumber", "shiny"} {
		if slices.ContainsFunc(scripts, func(s script) bool { return strings.Contains(s.text, name) }) {
			return map[string]string{"plumber": "plumber", "shiny": "Shiny"}[name]
		}
	}
	return ""
}

// settleScript starts a document or a plain script.
func settleScript(plan *paas.Plan, tree runtime.Tree, scripts []script, web func(framework, source, code string)) {
	for _, s := range scripts {
		if strings.EqualFold(path.Ext(s.name), ".rmd") && shinyDoc.MatchString(s.text) {
			plan.Build.Options[optSystem] = "pandoc"
			plan.Build.Options[optPackages] = strings.TrimSpace(plan.Build.Options[optPackages] + " rmarkdown shiny")
			web("Shiny", s.name, inTmp+"rmarkdown::run('"+s.name+"', shiny_args = list(host = '0.0.0.0', port = "+port+", launch.browser = FALSE))")
			return
		}
	}
	file := tree.First("app.R", "main.R", "script.R", "server.R", "start.R", "index.R")
	for _, left := range [][]string{slices.Concat(installScripts, setUp), installScripts} {
		for _, f := range slices.Concat(tree.Glob("*.R"), tree.Glob("*.r")) {
			if file == "" && !slices.Contains(left, f) && !slices.ContainsFunc(left, func(name string) bool { return lower(name) == f }) {
				file = f
			}
		}
	}
	if file == "" {
		plan.Warnings = append(plan.Warnings, paas.Warning{Code: runtime.WarnNoStart,
			Message: "Nothing says what to start. Name the command in a Procfile: web: Rscript my_program.R"})
		return
	}
	web("", file, "")
	if !slices.ContainsFunc(scripts, func(s script) bool { return serves.MatchString(s.text) }) {
		plan.Run.Finishes = true
		plan.Saw = append(plan.Saw, "Nothing in it listens on a port, so it is run as a program that finishes.")
	}
}
