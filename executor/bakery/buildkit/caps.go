package buildkit

import (
	"cmp"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/docker/docker/api/types/system"

	"github.com/slipway-paas/slipway/server/paas"
)

// caps knows where the engine puts the build steps' processes and how that version of cgroups is told a limit.
//
// BuildKit gives each running step a cgroup of its own. With the cgroupfs driver it is PARENT/buildkit/STEP ("docker" being
// the engine's default parent), with the systemd driver system.slice/docker-STEP.scope. BuildKit 0.8 takes no limits
// in a request, so the guard sets them on the step's cgroup as soon as it appears.
// Source: moby 20.10, cmd/dockerd/daemon.go (newCgroupParent) and buildkit 0.8, executor/runcexecutor.
type caps struct {
	root    string // where cgroups are mounted
	v2      bool
	systemd bool
	parent  string
	dockerd string // the engine's data folder, to see the disk it writes to

	maxProcesses int         // of one step
	total        paas.Limits // of all steps together
}

func newCaps(info system.Info, o Options) caps {
	c := caps{
		root:    o.CgroupRoot,
		v2:      info.CgroupVersion == "2",
		systemd: info.CgroupDriver == "systemd",
		parent:  o.CgroupParent,
		dockerd: info.DockerRootDir,

		maxProcesses: cmp.Or(o.MaxProcesses, 4096),
		total:        o.Total,
	}
	if c.root == "" {
		c.root = "/sys/fs/cgroup"
	}
	if c.parent == "" {
		c.parent = "docker"
		if c.systemd {
			c.parent = "system.slice"
		}
	}
	return c
}

// dir is the folder of the cgroup in one controller's hierarchy; version 2 has one for all.
func (c caps) dir(controller string) string {
	if c.v2 {
		controller = ""
	}
	if c.systemd {
		return filepath.Join(c.root, controller, c.parent)
	}
	return filepath.Join(c.root, controller, c.parent, "buildkit")
}

// steps lists the cgroups of all steps running on the engine, by name. Containers of the engine are not among them:
// their ids have 64 digits, BuildKit's have 25.
func (c caps) steps() []string {
	entries, err := os.ReadDir(c.dir("memory"))
	if err != nil {
		return nil // nothing was ever built, or these cgroups are another machine's
	}
	var names []string
	for _, e := range entries {
		id := e.Name()
		if c.systemd {
			id = strings.TrimSuffix(strings.TrimPrefix(id, "docker-"), ".scope")
			if len(id) != stepIDLen || id == e.Name() {
				continue
			}
		}
		if e.IsDir() && len(id) <= stepIDLen {
			names = append(names, e.Name())
		}
	}
	return names
}

// stepIDLen is the length of BuildKit's ids: 128 bits in base 36. Source: buildkit, identity/randomid.go.
const stepIDLen = 25

// processes are the ids of a step's processes, in the machine's numbering.
func (c caps) processes(step string) []int {
	text, err := os.ReadFile(filepath.Join(c.dir("memory"), step, "cgroup.procs"))
	if err != nil {
		return nil // the step has ended
	}
	var pids []int
	for field := range strings.FieldsSeq(string(text)) {
		if pid, err := strconv.Atoi(field); err == nil {
			pids = append(pids, pid)
		}
	}
	return pids
}

// cpuPeriod is the window a CPU quota is counted in, in microseconds. Source: the kernel's default, 100 ms.
const cpuPeriod = 100_000

// limit puts the caps on a step's cgroup, and those of all steps on the one they are in, where that is only theirs.
func (c caps) limit(step string, l paas.Limits) {
	if !c.systemd {
		c.write("", c.total)
	}
	c.write(step, l)
	c.set("pids", step, "pids.max", strconv.Itoa(c.maxProcesses))
}

func (c caps) write(step string, l paas.Limits) {
	if l.MemoryBytes > 0 {
		bytes := strconv.FormatInt(l.MemoryBytes, 10)
		if c.v2 {
			c.set("", step, "memory.max", bytes)
			c.set("", step, "memory.swap.max", "0")
		} else {
			c.set("memory", step, "memory.limit_in_bytes", bytes)
			c.set("memory", step, "memory.memsw.limit_in_bytes", bytes)
		}
	}
	if l.CPUMillis > 0 {
		quota := strconv.FormatInt(l.CPUMillis*cpuPeriod/1000, 10)
		period := strconv.Itoa(cpuPeriod)
		if c.v2 {
			c.set("", step, "cpu.max", quota+" "+period)
		} else {
			c.set("cpu", step, "cpu.cfs_period_us", period)
			c.set("cpu", step, "cpu.cfs_quota_us", quota)
		}
	}
}

// set writes one file of a cgroup. One that cannot be written means that the step has ended meanwhile or the kernel lacks
// the controller; the build is not worse off than without us.
func (c caps) set(controller, step, file, value string) {
	_ = os.WriteFile(filepath.Join(c.dir(controller), step, file), []byte(value), 0o600)
}

// oomKills is how often the kernel killed a process of the step for memory.
func (c caps) oomKills(step string) int {
	file := "memory.oom_control"
	if c.v2 {
		file = "memory.events"
	}
	text, err := os.ReadFile(filepath.Join(c.dir("memory"), step, file))
	if err != nil {
		return 0
	}
	for line := range strings.Lines(string(text)) {
		if count, ok := strings.CutPrefix(strings.TrimSpace(line), "oom_kill "); ok {
			n, _ := strconv.Atoi(count)
			return n
		}
	}
	return 0
}
