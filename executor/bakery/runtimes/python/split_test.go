package python

import (
	"os"
	"os/exec"
	"strings"
	"testing"
)

func TestWhatAManagerListsIsSplit(t *testing.T) {
	t.Parallel()
	if out, err := exec.Command("python3", "-c", "import pip._vendor.packaging.markers").CombinedOutput(); err != nil {
		t.Fatalf("a Python with pip is needed; `go run ./cmd/setup -tests` installs it: %v: %s", err, out)
	}
	const listed = "# made by a manager\n-e ./libs/words ; python_version == \"3.12\"\nnums @ file:///app/nums\n" +
		"six==1.17.0 ; python_version == \"3.12\" \\\n    --hash=sha256:aa\ntomli==2.0 ; python_version < \"3.11\" \\\n    --hash=sha256:bb\nidna==3.20 \\\n    --hash=sha256:cc\n"
	tests := map[string]struct{ python, local, remote string }{
		"conditions stay for the Python that is here": {"", "-e ./libs/words ; python_version == \"3.12\"\nnums @ file:///app/nums\n",
			"# made by a manager\nsix==1.17.0 ; python_version == \"3.12\" \\\n    --hash=sha256:aa\ntomli==2.0 ; python_version < \"3.11\" \\\n    --hash=sha256:bb\nidna==3.20 \\\n    --hash=sha256:cc\n"},
		"conditions are decided for another": {"3.12", "-e ./libs/words\nnums @ file:///app/nums\n",
			"# made by a manager\nsix==1.17.0 \\\n    --hash=sha256:aa\nidna==3.20 \\\n    --hash=sha256:cc\n"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir() + "/"
			if err := os.WriteFile(dir+"packages.txt", []byte(listed), 0o600); err != nil {
				t.Fatal(err)
			}
			args := []string{"-c", strings.ReplaceAll(splitScript, "/tmp/", dir)}
			if tt.python != "" {
				args = append(args, tt.python)
			}
			if out, err := exec.Command("python3", args...).CombinedOutput(); err != nil {
				t.Fatalf("%v: %s", err, out)
			}
			for file, want := range map[string]string{"local.txt": tt.local, "requirements.txt": tt.remote} {
				if got, err := os.ReadFile(dir + file); err != nil || string(got) != want {
					t.Errorf("%s is %q, %v; want %q", file, got, err, want)
				}
			}
		})
	}
}
