package r

import (
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/slipway-paas/slipway/executor/bakery/runtime"
)

func tree(files map[string]string) runtime.Tree {
	repo := fstest.MapFS{}
	for name, text := range files {
		repo[name] = &fstest.MapFile{Data: []byte(text)}
	}
	return runtime.Tree{Repo: repo, Root: "."}
}

const (
	plumberAPI = "library(dplyr)\n#* @get /\nfunction() jsonlite::toJSON(1)\n"
	shinyOne   = "library(shiny)\nlibrary(\"ggplot2\")\nshinyApp(ui, server)\n"
	listenOn   = "host = '0.0.0.0', port = as.integer(Sys.getenv('PORT', '8080'))"
)

func TestDetect(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		files     map[string]string
		framework string
		command   []string
		packages  string
		scripts   string
		finishes  bool
		warnings  []string
	}{
		"plumber.R is plumbed": {
			files:     map[string]string{"plumber.R": plumberAPI},
			framework: "plumber", command: []string{"Rscript", "-e", "plumber::pr_run(plumber::plumb('plumber.R'), " + listenOn + ")"}, packages: "dplyr jsonlite plumber",
		},
		"entrypoint.R makes its own router": {
			files:     map[string]string{"entrypoint.R": "library(plumber)\npr()\n", "plumber.R": plumberAPI},
			framework: "plumber", command: []string{"Rscript", "-e", "plumber::pr_run(plumber::plumb('entrypoint.R'), " + listenOn + ")"}, packages: "dplyr jsonlite plumber",
		},
		"an annotated file of any name is a plumber API": {
			files:     map[string]string{"hello.R": plumberAPI + "library(plumber)\n"},
			framework: "plumber", command: []string{"Rscript", "-e", "plumber::pr_run(plumber::plumb('hello.R'), " + listenOn + ")"}, packages: "dplyr jsonlite plumber",
		},
		"a Shiny app in one file": {
			files:     map[string]string{"app.R": shinyOne},
			framework: "Shiny", command: []string{"Rscript", "-e", "shiny::runApp('.', " + listenOn + ", launch.browser = FALSE)"}, packages: "ggplot2 shiny",
		},
		"a Shiny app in two files": {
			files:     map[string]string{"ui.R": "fluidPage()", "server.R": "function(input, output) {}"},
			framework: "Shiny", command: []string{"Rscript", "-e", "shiny::runApp('.', " + listenOn + ", launch.browser = FALSE)"}, packages: "shiny",
		},
		"Heroku's run.R starts itself": {
			files:     map[string]string{"run.R": "library(shiny)\nshiny::runApp(host='0.0.0.0', port=as.numeric(Sys.getenv('PORT')))\n", "ui.R": "", "server.R": "", "init.R": "install.packages('shiny')"},
			framework: "Shiny", command: []string{"Rscript", "run.R"}, packages: "shiny", scripts: "init.R",
		},
		"Heroku's app.R starts plumber itself": {
			files:     map[string]string{"app.R": "library(plumber)\nserver <- plumb('plumber.R')\nserver$run(host='0.0.0.0', port=1)\n", "plumber.R": plumberAPI},
			framework: "plumber", command: []string{"Rscript", "app.R"}, packages: "dplyr jsonlite plumber",
		},
		"a script that prints finishes": {
			files:   map[string]string{"report.R": "require(MASS)\nstats::sd(1)\ncat(1)\n# library(notused)\n"},
			command: []string{"Rscript", "report.R"}, packages: "MASS", finishes: true,
		},
		"an old install script ends in a small r, and a developer's setup.R starts nothing": {
			files:   map[string]string{"init.r": "helpers.installPackages('MASS')\n", "setup.R": "renv::init()\n", "test.R": "cat(1)\n"},
			command: []string{"Rscript", "test.R"}, packages: "renv", scripts: "init.r", finishes: true,
		},
		"Cloud Foundry's r.yml lists packages": {
			files: map[string]string{"r.yml": "packages:\n  - cran_mirror: https://cran.example\n    packages:\n      - name: stringr\n", "simple.r": "cat(1)\n"}, packages: "stringr",
			command: []string{"Rscript", "simple.r"}, finishes: true,
		},
		"DESCRIPTION names packages": {
			files: map[string]string{"main.R": "cat(1)", "DESCRIPTION": "Package: x\nDepends: R (>= 4.1), shiny\nImports: dplyr (>= 1.0),\n    httr2\n"}, packages: "dplyr httr2 shiny",
			command: []string{"Rscript", "main.R"}, finishes: true,
		},
		"renv.lock names every package, and its versions are warned of": {
			files:     map[string]string{"app.R": shinyOne, "renv.lock": `{"R":{"Version":"4.2.1"},"Packages":{"shiny":{"Package":"shiny","Version":"1.7"},"R6":{"Package":"R6"}}}`},
			framework: "Shiny", packages: "R6 shiny", warnings: []string{runtime.WarnVersion, runtime.WarnUnlocked},
			command: []string{"Rscript", "-e", "shiny::runApp('.', " + listenOn + ", launch.browser = FALSE)"},
		},
		"an interactive document is a Shiny app": {
			files: map[string]string{"doc.Rmd": "---\nruntime: shiny\n---\n"}, framework: "Shiny", packages: "rmarkdown shiny",
			command: []string{"Rscript", "-e", inTmp + "rmarkdown::run('doc.Rmd', shiny_args = list(" + listenOn + ", launch.browser = FALSE))"},
		},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			v, err := Runtime{}.Detect(tree(tt.files))
			if err != nil || v.Score == 0 {
				t.Fatalf("Detect: score %d, error %v", v.Score, err)
			}
			p := v.Plan
			if p.Framework != tt.framework || p.Run.Finishes != tt.finishes || p.Version != version {
				t.Errorf("framework %q finishes %v version %q, want %q %v %q", p.Framework, p.Run.Finishes, p.Version, tt.framework, tt.finishes, version)
			}
			if len(p.Processes) != 1 || !slices.Equal(p.Processes[0].Command.Args, tt.command) {
				t.Errorf("processes %v, want %v", p.Processes, tt.command)
			}
			if got := p.Build.Options[optPackages]; got != tt.packages {
				t.Errorf("packages %q, want %q", got, tt.packages)
			}
			if got := p.Build.Options[optScripts]; got != tt.scripts {
				t.Errorf("install scripts %q, want %q", got, tt.scripts)
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

func TestInstallScriptsRunAfterTheKnownPackages(t *testing.T) {
	t.Parallel()
	v, err := Runtime{}.Detect(tree(map[string]string{"app.R": shinyOne, "init.R": "install.packages('shiny')"}))
	if err != nil {
		t.Fatal(err)
	}
	v.Plan.Build.Options[OptionCRANMirror] = "https://cran.example/"
	got, err := Runtime{}.Dockerfile(v.Plan, func(layer string) string { return layer })
	if err != nil {
		t.Fatal(err)
	}
	known, own, final := strings.Index(got, "now = TRUE) "), strings.Index(got, "Rscript 'init.R'"), strings.Index(got, "FROM r-4.5\n")
	known = max(known, strings.Index(got, "now = TRUE)'"))
	if known < 0 || own < known || final < own {
		t.Errorf("known packages at %d, init.R at %d, final image at %d of:\n%s", known, own, final, got)
	}
	if !strings.Contains(got, `ENV SLIPWAY_CRAN_MIRROR="https://cran.example/"`) {
		t.Errorf("the operator's repository is not in:\n%s", got)
	}
}

func TestWrongLockFileIsSaid(t *testing.T) {
	t.Parallel()
	if _, err := (Runtime{}).Detect(tree(map[string]string{"renv.lock": "{"})); err == nil || !strings.Contains(err.Error(), "renv.lock is not valid JSON") {
		t.Errorf("error %v", err)
	}
}
