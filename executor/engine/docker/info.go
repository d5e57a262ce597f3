package docker

import (
	"context"
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"syscall"

	"github.com/docker/docker/api/types/system"

	"github.com/slipway-paas/slipway/executor/engine"
	"github.com/slipway-paas/slipway/server/paas"
)

// Info implements engine.Engine.
func (e *Engine) Info(ctx context.Context) (engine.Info, error) {
	found, err := e.api.info(ctx)
	if err != nil {
		return engine.Info{}, err
	}
	containers, err := e.List(ctx)
	if err != nil {
		return engine.Info{}, err
	}
	info := toInfo(found)
	if w := e.guard.ensure(ctx, strings.HasPrefix(e.api.docker.DaemonHost(), "unix:")); w != "" {
		info.Warnings = append(info.Warnings, w)
	}
	info.Capacity.DiskBytes, info.Disk = disk(found.DockerRootDir)
	if info.DiskLow() {
		info.Problems = append(info.Problems, fmt.Sprintf("The disk is nearly full: %s of %s are free. Old images and the build cache are removed "+
			"early; make room, or builds and apps will fail.", paas.Bytes(info.Capacity.DiskBytes), paas.Bytes(info.Disk)))
	}
	for _, c := range containers {
		if c.Status == engine.Running {
			info.Running++
		}
	}
	return info, nil
}

func toInfo(found system.Info) engine.Info {
	info := engine.Info{
		Name:     found.Name,
		Engine:   "Docker " + cleanVersion(found.ServerVersion),
		Capacity: paas.Resources{CPUMillis: int64(found.NCPU) * 1000, MemoryBytes: found.MemTotal},
	}
	if found.OSType != "linux" {
		info.Problems = append(info.Problems, fmt.Sprintf("The engine runs %s containers; Slipway needs Linux.", found.OSType))
	}
	if !found.MemoryLimit {
		info.Problems = append(info.Problems, "The kernel cannot limit memory: boot it with cgroup_enable=memory.")
	}
	if !found.PidsLimit {
		info.Warnings = append(info.Warnings, "The kernel cannot limit the number of processes: a fork bomb would take the machine down.")
	}
	if !found.SwapLimit {
		info.Warnings = append(info.Warnings, "The kernel cannot limit swap: boot it with swapaccount=1, or switch swap off.")
	}
	if !hasSeccomp(found.SecurityOptions) {
		info.Warnings = append(info.Warnings, "The engine runs without seccomp: install a build that has it.")
	}
	if w := runcWarning(found.RuncCommit.ID); w != "" {
		info.Warnings = append(info.Warnings, w)
	}
	return info
}

func hasSeccomp(options []string) bool {
	for _, o := range options {
		if strings.HasPrefix(o, "name=seccomp") && !strings.Contains(o, "profile=unconfined") {
			return true
		}
	}
	return false
}

var versionForm = regexp.MustCompile(`^v?(\d+)\.(\d+)\.(\d+)`)

// runcFloor closed three ways out of a container (CVE-2025-31133, 52565 and 52881), as 1.3.3 did for the next line.
var runcFloor = [3]int{1, 2, 8}

// runcWarning judges by the version number. Distributions mend old versions without changing the first three numbers, so
// that this is a warning with the thing to check, never a reason not to run. Engines that report a commit instead of a
// version are not judged.
func runcWarning(runc string) string {
	m := versionForm.FindStringSubmatch(runc)
	if m == nil {
		return ""
	}
	var v [3]int
	for i := range v {
		v[i], _ = strconv.Atoi(m[i+1]) // the form allows digits only
	}
	old := false
	for i := range v {
		if v[i] != runcFloor[i] {
			old = v[i] < runcFloor[i]
			break
		}
	}
	if !old {
		return ""
	}
	return fmt.Sprintf("runc %s is older than %d.%d.%d, which closed ways out of a container. Update it, or make sure that your distribution has mended it.",
		runc, runcFloor[0], runcFloor[1], runcFloor[2])
}

// cleanVersion drops what a distribution adds: "20.10.24+dfsg1".
func cleanVersion(v string) string {
	v, _, _ = strings.Cut(v, "+")
	return v
}

// disk is how much is free where the engine keeps containers, and how large that disk is; 0 when it is not on this machine.
func disk(root string) (free, all int64) {
	var s syscall.Statfs_t
	if root == "" || syscall.Statfs(root, &s) != nil {
		return 0, 0
	}
	return int64(s.Bavail) * s.Bsize, int64(s.Blocks) * s.Bsize
}
