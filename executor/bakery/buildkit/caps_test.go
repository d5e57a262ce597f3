package buildkit

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/docker/docker/api/types/system"

	"github.com/slipway-paas/slipway/server/paas"
)

const (
	stepID      = "dwr0ywtqaan4gnuih4l1vtm4g"
	containerID = "4f1f5c3e2d1b0a99887766554433221100ffeeddccbbaa998877665544332211"
)

// TestCapsOfEveryKindOfMachine lays out each version and driver of cgroups in a folder and looks at what is written.
func TestCapsOfEveryKindOfMachine(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		info    system.Info
		options Options
		dirs    []string // cgroups that exist
		steps   []string // those that are build steps
		files   map[string]string
		total   map[string]string
	}{
		"version 1, the engine's own driver": {
			info:  system.Info{CgroupVersion: "1", CgroupDriver: "cgroupfs"},
			dirs:  []string{"memory/docker/" + containerID, "memory/docker/buildkit/" + stepID, "cpu/docker/buildkit/" + stepID, "pids/docker/buildkit/" + stepID},
			steps: []string{stepID},
			files: map[string]string{
				"memory/docker/buildkit/" + stepID + "/memory.limit_in_bytes":       "1073741824",
				"memory/docker/buildkit/" + stepID + "/memory.memsw.limit_in_bytes": "1073741824",
				"cpu/docker/buildkit/" + stepID + "/cpu.cfs_quota_us":               "150000",
				"cpu/docker/buildkit/" + stepID + "/cpu.cfs_period_us":              "100000",
				"pids/docker/buildkit/" + stepID + "/pids.max":                      "4096",
			},
			total: map[string]string{"memory/docker/buildkit/memory.limit_in_bytes": "1073741824", "cpu/docker/buildkit/cpu.cfs_quota_us": "150000"},
		},
		"version 2, the engine's own driver": {
			info:    system.Info{CgroupVersion: "2", CgroupDriver: "cgroupfs"},
			options: Options{CgroupParent: "company", MaxProcesses: 99},
			dirs:    []string{"company/buildkit/" + stepID},
			steps:   []string{stepID},
			files: map[string]string{
				"company/buildkit/" + stepID + "/memory.max":      "1073741824",
				"company/buildkit/" + stepID + "/memory.swap.max": "0",
				"company/buildkit/" + stepID + "/cpu.max":         "150000 100000",
				"company/buildkit/" + stepID + "/pids.max":        "99",
			},
			total: map[string]string{"company/buildkit/memory.max": "1073741824"},
		},
		"version 2 under systemd, where containers lie beside the steps": {
			info:  system.Info{CgroupVersion: "2", CgroupDriver: "systemd"},
			dirs:  []string{"system.slice/docker-" + containerID + ".scope", "system.slice/docker-" + stepID + ".scope", "system.slice/docker.service", "system.slice/sshd.service"},
			steps: []string{"docker-" + stepID + ".scope"},
			files: map[string]string{"system.slice/docker-" + stepID + ".scope/memory.max": "1073741824"},
			total: map[string]string{"system.slice/memory.max": ""}, // it is not the builds' alone
		},
		"another machine's engine": {
			info: system.Info{CgroupVersion: "1", CgroupDriver: "cgroupfs"},
		},
	}
	limits := paas.Limits{MemoryBytes: 1 << 30, CPUMillis: 1500}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			root := t.TempDir()
			for _, d := range tt.dirs {
				if err := os.MkdirAll(filepath.Join(root, d), 0o755); err != nil {
					t.Fatal(err)
				}
			}
			tt.options.CgroupRoot, tt.options.Total = root, limits
			c := newCaps(tt.info, tt.options)
			if got := c.steps(); !slices.Equal(got, tt.steps) {
				t.Errorf("steps %q, want %q", got, tt.steps)
			}
			for _, s := range tt.steps {
				c.limit(s, limits)
			}
			for _, files := range []map[string]string{tt.files, tt.total} {
				for file, want := range files {
					text, err := os.ReadFile(filepath.Join(root, file))
					if got := strings.TrimSpace(string(text)); got != want || (err != nil) != (want == "") {
						t.Errorf("%s is %q, %v; want %q", file, got, err, want)
					}
				}
			}
		})
	}
}

func TestKillsForMemoryAreCounted(t *testing.T) {
	t.Parallel()
	for version, file := range map[string]string{"1": "memory/docker/buildkit/" + stepID + "/memory.oom_control", "2": "docker/buildkit/" + stepID + "/memory.events"} {
		root := t.TempDir()
		if err := os.MkdirAll(filepath.Dir(filepath.Join(root, file)), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(root, file), []byte("oom_kill_disable 0\nunder_oom 0\nmax 4\noom_kill 2\n"), 0o644); err != nil {
			t.Fatal(err)
		}
		c := newCaps(system.Info{CgroupVersion: version, CgroupDriver: "cgroupfs"}, Options{CgroupRoot: root})
		if got := c.oomKills(stepID); got != 2 {
			t.Errorf("version %s: %d kills, want 2", version, got)
		}
		if got := c.oomKills("gone"); got != 0 {
			t.Errorf("version %s: %d kills of a step that is gone", version, got)
		}
	}
}
