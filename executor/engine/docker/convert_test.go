package docker

import (
	"bytes"
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"testing"

	"github.com/slipway-paas/slipway/executor/engine"
	"github.com/slipway-paas/slipway/server/paas"
)

var update = flag.Bool("update", false, "write the golden files")

// TestProfile shows the whole of what Docker is asked for. Read a change of these files as a change of how well apps
// are kept apart.
func TestProfile(t *testing.T) {
	t.Parallel()
	usual := engine.Spec{
		Task: 17, Fence: 2, Team: "crew", App: "hello", Release: 3, Process: "web",
		Network: engine.Network{Team: 4, Environment: "production"},
		Image:   "slipway/hello:1", Args: []string{"node", "server.js"}, Port: 8080,
		Env:       map[string]string{"GREETING": "hello", "PORT": "1", "HOME": "/root"},
		Resources: paas.Resources{CPUMillis: 250, MemoryBytes: 512 << 20, DiskBytes: 256 << 20},
	}
	weak := usual
	weak.User, weak.Writable, weak.Args, weak.Port = "1000", true, nil, 0
	usual.StartCPU = 1000
	volumes := []string{"/data"}
	for name, r := range map[string]request{
		"usual":    toRequest("abc", usual, volumes, 2),
		"weakened": toRequest("abc", weak, volumes, 2),
		"joined":   toRequest("abc", usual, volumes, 2).join(sandbox{"4f2a", "10.208.0.2"}),
		"sandbox":  sandboxRequest("abc", networkName("abc", usual.Network)),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, err := json.MarshalIndent(r, "", "\t")
			if err != nil {
				t.Fatal(err)
			}
			path := filepath.Join("testdata", "profile-"+name+".json")
			if *update {
				if err := os.WriteFile(path, append(got, '\n'), 0o600); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			if !bytes.Equal(append(got, '\n'), want) {
				t.Errorf("the request differs from %s; if that is meant, run with -update and read the diff:\n%s", path, got)
			}
		})
	}
}

// TestSecretsStayInTheEnvironment looks for a variable's value everywhere else.
func TestSecretsStayInTheEnvironment(t *testing.T) {
	t.Parallel()
	const secret = "hush-4711"
	r := toRequest("abc", engine.Spec{Task: 1, Env: map[string]string{"TOKEN": secret}}, nil, 0)
	r.Config.Env = nil
	rest, err := json.Marshal(r)
	if err != nil || bytes.Contains(rest, []byte(secret)) {
		t.Errorf("the value is in %s, %v", rest, err)
	}
}
