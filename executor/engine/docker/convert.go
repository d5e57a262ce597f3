package docker

import (
	"cmp"
	"fmt"
	"maps"
	"net/netip"
	"path"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/docker/docker/api/types/container"
	"github.com/docker/docker/api/types/filters"
	"github.com/docker/docker/api/types/network"

	"github.com/slipway-paas/slipway/executor/engine"
)

// The labels of everything Slipway makes. Only what carries labelInstall with this install's id is ever touched.
const (
	labelInstall = "slipway.install"
	labelTeam    = "slipway.team"
	labelApp     = "slipway.app"
	labelRelease = "slipway.release"
	labelTask    = "slipway.task"
	labelFence   = "slipway.fence"
	labelProcess = "slipway.process"
	labelEnv     = "slipway.environment"
	labelAddress = "slipway.address" // of a task whose network is a sandbox's
	labelSandbox = "slipway.sandbox" // of a sandbox: its network
)

const noNewPrivileges = "no-new-privileges:true"

// request is all that ContainerCreate takes.
type request struct {
	Name       string
	Config     *container.Config
	HostConfig *container.HostConfig
	Networking *network.NetworkingConfig
}

// containerName is the same for every placement of a task, so that the engine itself refuses a second container.
func containerName(install string, task int64) string {
	return fmt.Sprintf("slipway-%s-task-%d", install, task)
}

func networkName(install string, n engine.Network) string {
	return fmt.Sprintf("slipway-%s-team-%d-%s", install, n.Team, n.Environment)
}

// toRequest translates a spec. volumes are the paths the image declares as volumes: each gets a tmpfs, for otherwise
// Docker would make a volume of unlimited size on the machine's disk. cores is how many the machine has.
func toRequest(install string, s engine.Spec, volumes []string, cores int64) request {
	p, disk := engine.Tasks, engine.SplitDisk(s.Resources, engine.Tasks.LogFiles)
	user := s.User
	if user == "" {
		user = p.User
	}
	yes := p.Init
	config := &container.Config{
		User:         user,
		Env:          environ(s),
		Image:        s.Image,
		Entrypoint:   slices.Clone(s.Args), // one list: setting the entry point also drops the image's command
		AttachStdout: true,
		AttachStderr: true,
		StopSignal:   p.StopSignal,
		Healthcheck:  &container.HealthConfig{Test: []string{"NONE"}}, // Slipway asks from outside, as the edge does
		Labels:       labels(install, s),
	}
	pids := p.PidsLimit
	host := &container.HostConfig{
		NetworkMode:    container.NetworkMode(networkName(install, s.Network)),
		RestartPolicy:  container.RestartPolicy{Name: container.RestartPolicyDisabled},
		CapAdd:         p.CapAdd,
		CapDrop:        p.CapDrop,
		IpcMode:        container.IPCModePrivate,
		OomScoreAdj:    p.OOMScoreAdj,
		ReadonlyRootfs: p.ReadOnlyRoot && !s.Writable,
		ShmSize:        p.ShmBytes,
		Tmpfs:          tmpfs(p, disk, user, volumes),
		Init:           &yes,
		LogConfig: container.LogConfig{Type: "json-file", Config: map[string]string{
			"max-size": strconv.FormatInt(disk.LogFile, 10),
			"max-file": strconv.Itoa(p.LogFiles),
		}},
		Resources: container.Resources{
			NanoCPUs:   nanoCPUs(cmp.Or(s.StartCPU, s.Resources.CPUMillis), cores),
			CPUShares:  cpuShares(s.Resources.CPUMillis),
			Memory:     s.Resources.MemoryBytes,
			MemorySwap: s.Resources.MemoryBytes, // memory and swap together: no swap
			PidsLimit:  &pids,
			Ulimits: []*container.Ulimit{
				{Name: "nofile", Soft: p.OpenFilesSoft, Hard: p.OpenFilesHard},
				{Name: "core", Soft: p.CoreBytes, Hard: p.CoreBytes},
			},
		},
	}
	if p.NoNewPrivileges {
		host.SecurityOpt = []string{noNewPrivileges} // nothing about seccomp: Docker's default profile stays
	}
	return request{Name: containerName(install, s.Task), Config: config, HostConfig: host}
}

// nanoCPUs is a CPU limit in Docker's unit. Docker refuses one beyond the machine's cores (0: not known).
func nanoCPUs(millis, cores int64) int64 {
	if cores > 0 {
		millis = min(millis, cores*1000)
	}
	return millis * 1e6
}

// cpuShares is a task's part of the CPU while tasks compete for it: what it has booked counts, not what it may use for a
// while. 1024 a core is Docker's own default for a container, 2 the kernel's least.
func cpuShares(millis int64) int64 {
	if millis == 0 {
		return 0
	}
	return max(2, millis*1024/1000)
}

// environ is the program's environment, sorted. PORT and HOME are Slipway's word.
func environ(s engine.Spec) []string {
	env := maps.Clone(s.Env)
	if env == nil {
		env = map[string]string{}
	}
	env["HOME"] = engine.Tasks.Home
	if s.Port > 0 {
		env["PORT"] = strconv.Itoa(s.Port)
	}
	list := make([]string, 0, len(env))
	for _, name := range slices.Sorted(maps.Keys(env)) {
		list = append(list, name+"="+env[name])
	}
	return list
}

func labels(install string, s engine.Spec) map[string]string {
	return map[string]string{
		labelInstall: install,
		labelTeam:    s.Team,
		labelApp:     s.App,
		labelRelease: strconv.Itoa(s.Release),
		labelTask:    strconv.FormatInt(s.Task, 10),
		labelFence:   strconv.FormatInt(s.Fence, 10),
		labelProcess: s.Process,
		labelEnv:     s.Network.Environment,
	}
}

// tmpfs is every writable place. Home is a mount of its own since a tmpfs starts empty and nothing could make the
// folder before the program starts.
func tmpfs(p engine.Profile, disk engine.Disk, user string, volumes []string) map[string]string {
	mounts := map[string]string{
		p.Tmp:  fmt.Sprintf("rw,exec,nosuid,nodev,size=%d,mode=1777", disk.Tmp),
		p.Home: fmt.Sprintf("rw,exec,nosuid,nodev,size=%d,%s", disk.Home, owner(user)),
	}
	for _, v := range volumes {
		if v = path.Clean(v); v != p.Tmp && v != p.Home {
			mounts[v] = fmt.Sprintf("rw,nosuid,nodev,size=%d,mode=0777", disk.Tmp)
		}
	}
	return mounts
}

// owner is the mount options that give a folder to the user; one known by name only gets it by everyone being let in.
func owner(user string) string {
	uid, gid, both := strings.Cut(user, ":")
	if _, err := strconv.ParseUint(uid, 10, 32); err != nil {
		return "mode=1777"
	}
	option := "mode=0755,uid=" + uid
	if _, err := strconv.ParseUint(gid, 10, 32); both && err == nil {
		option += ",gid=" + gid
	}
	return option
}

// ours selects what belongs to this install.
func ours(install string) filters.Args {
	return filters.NewArgs(filters.Arg("label", labelInstall+"="+install))
}

// fromSummary reads one entry of a list. ok is false for a container without a task.
func fromSummary(c container.Summary) (engine.Container, bool) {
	task, fence, ok := identity(c.Labels)
	return engine.Container{Task: task, Fence: fence, ID: c.ID, Status: status(string(c.State))}, ok
}

// fromInspect reads one container in full.
func fromInspect(c container.InspectResponse) (engine.Container, error) {
	if c.ContainerJSONBase == nil || c.State == nil || c.Config == nil {
		return engine.Container{}, fmt.Errorf("the engine described a container without its state")
	}
	task, fence, ok := identity(c.Config.Labels)
	if !ok {
		return engine.Container{}, fmt.Errorf("container %s carries no task: %w", c.ID, engine.ErrGone)
	}
	out := engine.Container{
		Task: task, Fence: fence, ID: c.ID, Status: status(string(c.State.Status)), ExitCode: c.State.ExitCode,
		OutOfMemory: c.State.OOMKilled, Error: c.State.Error, StartedAt: stamp(c.State.StartedAt), EndedAt: stamp(c.State.FinishedAt),
	}
	if out.Status != engine.Running {
		return out, nil
	}
	if c.HostConfig != nil {
		out.CPUMillis = c.HostConfig.NanoCPUs / 1e6
	}
	out.Pid, out.ExitCode, out.EndedAt = c.State.Pid, 0, time.Time{}
	out.IP = cmp.Or(address(c), c.Config.Labels[labelAddress])
	return out, nil
}

// address is the one that a container has itself, "" for none.
func address(c container.InspectResponse) (ip string) {
	if c.NetworkSettings == nil {
		return ""
	}
	for _, n := range c.NetworkSettings.Networks {
		if a, err := netip.ParseAddr(n.IPAddress); err == nil {
			ip = a.String()
		}
	}
	return ip
}

// identity reads the labels that say whose container it is.
func identity(labels map[string]string) (task, fence int64, ok bool) {
	task, errTask := strconv.ParseInt(labels[labelTask], 10, 64)
	fence, errFence := strconv.ParseInt(labels[labelFence], 10, 64)
	return task, fence, errTask == nil && errFence == nil && task > 0
}

// status folds Docker's states: a paused container still holds its memory, one that is being removed has ended.
func status(s string) engine.Status {
	switch s {
	case "created":
		return engine.Created
	case "running", "paused", "restarting":
		return engine.Running
	default:
		return engine.Ended
	}
}

// stamp reads Docker's times; its zero is the year 1.
func stamp(s string) time.Time {
	t, err := time.Parse(time.RFC3339Nano, s)
	if err != nil || t.Year() <= 1 {
		return time.Time{}
	}
	return t.UTC()
}
