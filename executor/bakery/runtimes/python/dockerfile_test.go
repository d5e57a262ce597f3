package python

import (
	"flag"
	"os"
	"path/filepath"
	"testing"
)

var update = flag.Bool("update", false, "write the golden Dockerfiles anew")

func TestDockerfileIsTheGoldenOne(t *testing.T) {
	t.Parallel()
	tests := map[string]map[string]string{
		"pip":          {"requirements.txt": "Flask==3.1\n", "app.py": flaskApp},
		"uv":           {"uv.lock": "", "pyproject.toml": "[project]\nname='a'\ndependencies=['fastapi']\n", "main.py": fastApp},
		"uv-forced":    {"uv.lock": "", "pyproject.toml": "[build-system]\nrequires=[]\n[project]\nname='a'\nrequires-python='<3.13'\ndependencies=['pycairo']\n", "a/__init__.py": "", "main.py": "print(1)\n"},
		"fasthtml":     {"requirements.txt": "python-fasthtml\n", "main.py": "from fasthtml.common import *\napp, rt = fast_app()\n"},
		"poetry-local": {"poetry.lock": "", "pyproject.toml": "[tool.poetry]\npackage-mode=false\n[tool.poetry.dependencies]\npython='<3.13'\nlib={path='lib', develop=true}\n", "main.py": "print(1)\n"},
		"django":       {"requirements.txt": "django\ngunicorn\nwhitenoise\n", "manage.py": manage, "site1/settings.py": settings, "site1/wsgi.py": ""},
	}
	for name, files := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			v, err := Runtime{}.Detect(tree("", files))
			if err != nil {
				t.Fatal(err)
			}
			v.Plan.Run.WritableRoot = name == "fasthtml"
			got, err := Runtime{}.Dockerfile(v.Plan, func(layer string) string { return "slipway/" + layer })
			if err != nil {
				t.Fatal(err)
			}
			golden := filepath.Join("testdata", name+".Dockerfile")
			if *update {
				if err := os.WriteFile(golden, []byte(got), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(golden)
			if err != nil {
				t.Fatal(err)
			}
			if got != string(want) {
				t.Errorf("Dockerfile differs from %s (run with -update and look at the difference):\n%s", golden, got)
			}
		})
	}
}
