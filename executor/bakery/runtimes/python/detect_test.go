package python

import (
	"cmp"
	"errors"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/slipway-paas/slipway/executor/bakery/manifest"
	"github.com/slipway-paas/slipway/executor/bakery/runtime"
	"github.com/slipway-paas/slipway/server/paas"
)

func tree(root string, files map[string]string) runtime.Tree {
	repo := fstest.MapFS{}
	for name, text := range files {
		repo[name] = &fstest.MapFile{Data: []byte(text)}
	}
	return runtime.Tree{Repo: repo, Root: cmp.Or(root, ".")}
}

const (
	flaskApp = "from flask import Flask\napp = Flask(__name__)\n"
	fastApp  = "from fastapi import FastAPI\napi: FastAPI = FastAPI(title='x')\n"
	manage   = "os.environ.setdefault('DJANGO_SETTINGS_MODULE', 'site1.settings')\nimport django\n"
	settings = "WSGI_APPLICATION = 'site1.wsgi.application'\nSTATIC_ROOT = 'x'\n"
)

func TestDetect(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		root      string
		files     map[string]string
		said      manifest.Manifest
		framework string
		manager   string
		command   string // of web
		server    string
		packages  string // the files that decide the packages, by line
		static    string
		finishes  bool
		warnings  []string
		options   map[string]string // others that matter
	}{
		"a FastHTML app is served by uvicorn": {
			files:     map[string]string{"requirements.txt": "python-fasthtml\nuvicorn\n", "main.py": "from fasthtml.common import *\napp, rt = fast_app()\n"},
			framework: "FastHTML", manager: "pip", packages: "requirements.txt",
			command: "uvicorn main:app --host 0.0.0.0 --port $PORT --proxy-headers --forwarded-allow-ips '*'",
		},
		"a Poetry project that holds no package of its name is only its packages": {
			files:   map[string]string{"poetry.lock": "", "pyproject.toml": "[tool.poetry]\nname='shop-api'\n[tool.poetry.dependencies]\npython='^3.11'\n", "main.py": "print(1)\n"},
			manager: "poetry", packages: "poetry.lock\npyproject.toml", command: "python main.py", finishes: true, options: map[string]string{optVirtual: "1"},
		},
		"a Poetry project that holds its package installs it": {
			files:   map[string]string{"poetry.lock": "", "pyproject.toml": "[tool.poetry]\nname='shop-api'\n", "shop_api/__init__.py": "", "main.py": "print(1)\n"},
			manager: "poetry", packages: "poetry.lock\npyproject.toml", command: "python main.py", finishes: true, options: map[string]string{optVirtual: ""},
		},
		"a project that leaves out the Python that is here is installed on it all the same, with a warning": {
			files:   map[string]string{"uv.lock": "", "pyproject.toml": "[project]\nname='p'\nrequires-python='==3.12.*'\ndependencies=['requests']\n", "main.py": "print(1)\n"},
			manager: "uv", packages: "uv.lock\npyproject.toml", command: "python main.py", finishes: true, warnings: []string{runtime.WarnVersion},
			options: map[string]string{optForced: "3.12", optVirtual: "1"},
		},
		"mise.toml names a version too": {
			files: map[string]string{"mise.toml": "[tools]\npython = \"3.10\"\n", "main.py": "print(1)\n"}, manager: "none", command: "python main.py",
			finishes: true, warnings: []string{runtime.WarnVersion},
		},
		"a program that imports nothing that serves finishes, whatever is installed": {
			files: map[string]string{"requirements.txt": "flask\ngunicorn\n", "main.py": "print(1)\n"}, manager: "pip", packages: "requirements.txt",
			command: "python main.py", finishes: true,
		},
		"the latest version is the one that is here": {
			files: map[string]string{".python-version": "\ufeff# ours\nlatest\n", "main.py": "print(1)\n"}, manager: "none", packages: ".python-version", command: "python main.py", finishes: true,
		},
		"what is no version is said to be none": {
			files: map[string]string{".python-version": "our-own\n", "main.py": "print(1)\n"}, manager: "none", packages: ".python-version", command: "python main.py",
			finishes: true, warnings: []string{runtime.WarnVersion},
		},
		"packages that need programs of Debian get them": {
			files:   map[string]string{"requirements.txt": "pycairo==1.27\npydub\n", "main.py": "import cairo\n"},
			manager: "pip", packages: "requirements.txt", command: "python main.py", finishes: true,
			options: map[string]string{optSystem: "ffmpeg libcairo2", optSystemBuild: "libcairo2-dev"},
		},
		"pylibmc is compiled with memcached's library": {
			files:   map[string]string{"requirements.txt": "pylibmc==1.6.3\ngunicorn==20.1.0\n", "main.py": "import pylibmc\n"},
			manager: "pip", packages: "requirements.txt", command: "python main.py", finishes: true,
			options: map[string]string{optSystem: "libmemcached11t64", optSystemBuild: "libmemcached-dev libsasl2-dev zlib1g-dev", optGunicorn: "1"},
		},
		"manage.py alone is no program to start": {
			files: map[string]string{"requirements.txt": "typing-extensions\n", "manage.py": "print(1)\n", "report.py": "print(1)\n"}, manager: "pip",
			packages: "requirements.txt", command: "python report.py", finishes: true,
		},
		"a Flask app gets gunicorn": {
			files:     map[string]string{"requirements.txt": "Flask==3.1\n", "app.py": flaskApp},
			framework: "Flask", manager: "pip", command: "gunicorn --threads 4 --access-logfile - app:app", server: "gunicorn", packages: "requirements.txt",
		},
		"an app that brings gunicorn keeps its own": {
			files:     map[string]string{"requirements.txt": "flask\ngunicorn==21.2\n", "wsgi.py": "from shop import create_app\napplication = create_app()\n"},
			framework: "Flask", manager: "pip", command: "gunicorn --threads 4 --access-logfile - wsgi:application", packages: "requirements.txt",
		},
		"a Flask factory in a package under src is called": {
			files:     map[string]string{"requirements.txt": "flask\n", "src/shop/__init__.py": "def create_app(config=None):\n    pass\n"},
			framework: "Flask", manager: "pip", command: "gunicorn --threads 4 --access-logfile - --chdir src 'shop:create_app()'", server: "gunicorn", packages: "requirements.txt",
		},
		"a FastAPI app in a package gets uvicorn": {
			files:     map[string]string{"uv.lock": "", "pyproject.toml": "[project]\nname='a'\nrequires-python='>=3.12'\ndependencies=['fastapi>=0.1']\n", "app/main.py": fastApp},
			framework: "FastAPI", manager: "uv", server: "uvicorn", packages: "uv.lock\npyproject.toml",
			command: "uvicorn app.main:api --host 0.0.0.0 --port $PORT --proxy-headers --forwarded-allow-ips '*'",
		},
		"a Procfile needs no server besides": {
			files:     map[string]string{"requirements.txt": "flask\n", "app.py": flaskApp},
			said:      manifest.Manifest{Processes: map[string]manifest.Value[paas.Command]{"web": {Value: paas.Command{Line: "python app.py"}, Source: "Procfile line 1"}}},
			framework: "Flask", manager: "pip", packages: "requirements.txt", command: "gunicorn --threads 4 --access-logfile - app:app",
		},
		"a Django project by poetry collects its static files": {
			files: map[string]string{"poetry.lock": "", "pyproject.toml": "[tool.poetry.dependencies]\npython='^3.11'\ndjango='^5'\n",
				"manage.py": manage, "site1/settings.py": settings, "site1/wsgi.py": ""},
			framework: "Django", manager: "poetry", command: "gunicorn --threads 4 --access-logfile - site1.wsgi:application", server: "gunicorn",
			packages: "poetry.lock\npyproject.toml", static: ".",
		},
		"a Django project one folder down is started there": {
			files: map[string]string{"requirements.txt": "django\nwhitenoise\n", "backend/manage.py": manage, "backend/site1/settings/base.py": "x = 1",
				"backend/site1/wsgi.py": ""},
			framework: "Django", manager: "pip", command: "gunicorn --threads 4 --access-logfile - --chdir backend site1.wsgi:application", server: "gunicorn", packages: "requirements.txt",
		},
		"channels make a Django project asynchronous": {
			files:     map[string]string{"requirements.txt": "django\nchannels\nuvicorn\n", "manage.py": manage, "site1/settings.py": "", "site1/asgi.py": ""},
			framework: "Django", manager: "pip", command: "uvicorn site1.asgi:application --host 0.0.0.0 --port $PORT --proxy-headers --forwarded-allow-ips '*'", packages: "requirements.txt",
		},
		"an SQLite file in the app's folder is warned of": {
			files:     map[string]string{"requirements.txt": "django\n", "manage.py": manage, "site1/settings.py": "'django.db.backends.sqlite3'", "site1/wsgi.py": ""},
			framework: "Django", manager: "pip", command: "gunicorn --threads 4 --access-logfile - site1.wsgi:application", server: "gunicorn", packages: "requirements.txt",
			warnings: []string{runtime.WarnProfile},
		},
		"a Streamlit page brings its own server": {
			files:     map[string]string{"requirements.txt": "streamlit\n", "streamlit_app.py": "import streamlit as st\n"},
			framework: "Streamlit", manager: "pip", packages: "requirements.txt",
			command: "streamlit run 'streamlit_app.py' --server.address 0.0.0.0 --server.port $PORT --server.headless true --browser.gatherUsageStats false",
		},
		"requirements that name the app itself are installed with its sources": {
			files: map[string]string{"requirements.txt": "-e .\nflask\n", "setup.py": "", "app.py": flaskApp}, manager: "pip", framework: "Flask", server: "gunicorn",
			command: "gunicorn --threads 4 --access-logfile - app:app",
		},
		"included requirement files are copied too": {
			files:    map[string]string{"requirements.txt": "-r requirements/base.txt\n", "requirements/base.txt": "flask\n-c limits.txt\n", "requirements/limits.txt": "", "app.py": flaskApp},
			packages: "requirements.txt\nrequirements/base.txt\nrequirements/limits.txt", manager: "pip", framework: "Flask", server: "gunicorn",
			command: "gunicorn --threads 4 --access-logfile - app:app",
		},
		"a member of a uv workspace uses the lock file at the top": {
			root:     "api",
			files:    map[string]string{"uv.lock": "", "pyproject.toml": "[tool.uv.workspace]\nmembers=['api']\n", "api/pyproject.toml": "[project]\nname='api'\ndependencies=['fastapi']\n", "api/main.py": fastApp},
			packages: "uv.lock\npyproject.toml\napi/pyproject.toml", manager: "uv", framework: "FastAPI", server: "uvicorn",
			command: "uvicorn main:api --host 0.0.0.0 --port $PORT --proxy-headers --forwarded-allow-ips '*'",
		},
		"Python 3.11 is given as 3.13 with a warning": {
			files: map[string]string{"runtime.txt": "python-3.11.9\n", "requirements.txt": "requests\n", "main.py": "print(1)\n"}, manager: "pip", packages: "requirements.txt",
			command: "python main.py", finishes: true, warnings: []string{runtime.WarnVersion},
		},
		"a project without a lock file is warned of": {
			files: map[string]string{"pyproject.toml": "[tool.pdm]\n[project]\nname='p'\ndependencies=['bottle']\n", "main.py": "import bottle\n"}, manager: "pdm-unlocked",
			packages: "pyproject.toml", command: "python main.py", warnings: []string{runtime.WarnUnlocked},
		},
		"a plain script finishes": {
			files: map[string]string{"report.py": "print('done')\n"}, manager: "none", command: "python report.py", finishes: true,
		},
		"a script that reads PORT serves": {
			files: map[string]string{"server.py": "port = os.environ['PORT']\n"}, manager: "none", command: "python server.py",
		},
		"a project's own command is started": {
			files:   map[string]string{"pyproject.toml": "[build-system]\nrequires=[]\n[project]\nname='p'\n[project.scripts]\nshop='shop:main'\n", "shop/__init__.py": ""},
			manager: "pyproject", packages: "pyproject.toml", command: "shop", finishes: true, warnings: []string{runtime.WarnUnlocked},
		},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			in := tree(tt.root, tt.files)
			in.Manifest = tt.said
			v, err := Runtime{}.Detect(in)
			if err != nil || v.Score == 0 {
				t.Fatalf("Detect: score %d, error %v", v.Score, err)
			}
			p := v.Plan
			o := p.Build.Options
			if p.Framework != tt.framework || p.Version != version || p.Run.Finishes != tt.finishes {
				t.Errorf("framework %q version %q finishes %v, want %q %q %v", p.Framework, p.Version, p.Run.Finishes, tt.framework, version, tt.finishes)
			}
			if o[optManager] != tt.manager || o[optServer] != tt.server || o[optFiles] != tt.packages || o[optStatic] != tt.static {
				t.Errorf("options %q, want manager %q server %q files %q static %q", o, tt.manager, tt.server, tt.packages, tt.static)
			}
			for name, want := range tt.options {
				if o[name] != want {
					t.Errorf("option %s is %q, want %q", name, o[name], want)
				}
			}
			if len(p.Processes) != 1 || p.Processes[0].Command.String() != tt.command {
				t.Errorf("processes %v, want %s", p.Processes, tt.command)
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

func TestNothingToStartIsSaid(t *testing.T) {
	t.Parallel()
	v, err := Runtime{}.Detect(tree("", map[string]string{"requirements.txt": "requests\n", "lib/a.py": "x = 1", "lib/b.py": "y = 1"}))
	if err != nil || len(v.Plan.Warnings) != 1 || v.Plan.Warnings[0].Code != runtime.WarnNoStart {
		t.Errorf("warnings %v, error %v", v.Plan.Warnings, err)
	}
}

func TestTheWarningSaysWhetherTheVersionIsOlderOrNewer(t *testing.T) {
	t.Parallel()
	for asked, want := range map[string]string{
		"3.11.4":      "the nearest newer one here",
		">=3.9,<3.12": "the nearest newer one here",
		"3.14":        "newer than any here",
		"^3.14":       "newer than any here",
		"ours":        "not a version",
	} {
		plan := paas.Plan{}
		settleVersion(&plan, manifest.Value[string]{Value: asked, Source: ".python-version"})
		if len(plan.Warnings) != 1 || !strings.Contains(plan.Warnings[0].Message, want) {
			t.Errorf("for %s it says %v, want %q", asked, plan.Warnings, want)
		}
	}
}

func TestWrongTOMLNamesItsLine(t *testing.T) {
	t.Parallel()
	_, err := Runtime{}.Detect(tree("", map[string]string{"pyproject.toml": "[project]\nname = \n"}))
	var e *paas.Error
	if !errors.As(err, &e) || e.Kind != paas.Invalid || !strings.Contains(e.Message, "pyproject.toml line 2") {
		t.Errorf("error %v does not name the line", err)
	}
}

func TestTheNearestPythonThatAProjectAllows(t *testing.T) {
	t.Parallel()
	for specifier, want := range map[string]string{">=3.9,<3.13": "3.12", "~3.11": "3.11", ">=3.14": "3.14", "^2.7": "3.13"} {
		if got := nearest(specifier); got != want {
			t.Errorf("nearest(%q) = %s, want %s", specifier, got, want)
		}
	}
}

func TestAllows(t *testing.T) {
	t.Parallel()
	for specifier, want := range map[string]bool{
		">=3.9": true, ">=3.9,<4": true, ">=3.9,<3.13": false, "^3.11": true, "~3.11": false, "~=3.9": true, "~=3.9.1": false,
		"3.13": true, "3.12.4": false, "==3.13.*": true, "!=3.13": false, ">3.12": true, "<=3.12": false, ">=3.14": false,
		"3": true, "^2.7 || ^3.8": true, "pypy": true, "<4.0": true,
	} {
		if got := allows(specifier); got != want {
			t.Errorf("allows(%q) = %v, want %v", specifier, got, want)
		}
	}
}
