package buildkit

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/slipway-paas/slipway/server/paas"
)

var (
	errDisk  = errors.New("the build's disk cap is met")
	errSpace = errors.New("the machine's disk is nearly full")
)

const (
	// lookEvery is how often the guard looks for new steps: the time in which one is not capped yet.
	lookEvery = 20 * time.Millisecond
	// weighEvery is how often it adds up what the steps have written, or less often where that takes long.
	weighEvery = time.Second
	// weighShare bounds the share of time spent on it: one part in so many.
	weighShare = 20
	// stopWithin is how long the engine may take to stop a canceled build's processes before the guard kills them.
	stopWithin = 10 * time.Second
	// spareBytes is the free disk space at which every build is stopped, so that apps and records can go on writing.
	spareBytes = 1 << 30
)

// guard watches over the processes of one build: caps each step, notices kills for memory, weighs what is written.
type guard struct {
	caps   caps
	mark   string
	limits paas.Limits
	stop   context.CancelCauseFunc
	kernel kernelLog
	ours   map[string]bool // every step of this build so far
	quit   chan struct{}
	done   chan sight
}

// sight is what a guard saw.
type sight struct{ outOfMemory bool }

// guard starts watching; the caller must call end, which waits for it. stop is called when a cap is met.
func (c caps) guard(id string, limits paas.Limits, stop context.CancelCauseFunc) *guard {
	g := &guard{
		caps: c, mark: mark(id), limits: limits, stop: stop,
		kernel: openKernelLog(), ours: map[string]bool{},
		quit: make(chan struct{}), done: make(chan sight, 1),
	}
	go g.watch()
	return g
}

// end waits until no process of the build is left, and kills those that outlive the engine's own stop.
func (g *guard) end() sight {
	close(g.quit)
	return <-g.done
}

type watchedStep struct {
	ours    bool
	upper   string // folder the step writes to
	written int64  // bytes when last weighed
}

func (g *guard) watch() {
	steps := map[string]*watchedStep{}
	var seen sight
	defer g.kernel.close()
	var past int64 // bytes written by steps that have ended
	look := time.NewTicker(lookEvery)
	defer look.Stop()
	weigh := time.NewTimer(weighEvery)
	defer weigh.Stop()
	var giveUp <-chan time.Time
	killed := false
	quit := g.quit
	for {
		past += g.look(steps, &seen)
		if quit == nil && !anyOurs(steps) {
			if g.kernel.killedForMemory(func(step string) bool { return g.ours[step] }) {
				seen.outOfMemory = true
			}
			g.done <- seen
			return
		}
		select {
		case <-look.C:
		case <-weigh.C:
			began := time.Now()
			g.weigh(steps, past)
			weigh.Reset(max(weighEvery, weighShare*time.Since(began)))
		case <-giveUp:
			if killed { // not even that helped: the kernel holds them
				g.done <- seen
				return
			}
			for name, s := range steps {
				if s.ours {
					g.kill(name)
				}
			}
			killed = true
			giveUp = time.After(stopWithin)
		case <-quit:
			quit = nil
			giveUp = time.After(stopWithin)
		}
	}
}

func anyOurs(steps map[string]*watchedStep) bool {
	for _, s := range steps {
		if s.ours {
			return true
		}
	}
	return false
}

// look takes up new steps, forgets ended ones and returns the bytes those had written.
func (g *guard) look(steps map[string]*watchedStep, seen *sight) (ended int64) {
	alive := map[string]bool{}
	for _, name := range g.caps.steps() {
		alive[name] = true
		s := steps[name]
		if s == nil {
			pid, ours, known := g.whose(name)
			if !known {
				continue
			}
			s = &watchedStep{ours: ours}
			steps[name] = s
			if ours {
				g.ours[name] = true
				g.caps.limit(name, g.limits)
				s.upper = upperDir(pid)
			}
		}
		if s.ours && !seen.outOfMemory && g.caps.oomKills(name) > 0 {
			seen.outOfMemory = true
		}
	}
	for name, s := range steps {
		if !alive[name] {
			ended += s.written
			delete(steps, name)
		}
	}
	return ended
}

// whose decides by the mark in its environment whether a step belongs to this build. It is not known until the
// container's own process runs: before that there is only the runtime's.
func (g *guard) whose(step string) (pid int, ours, known bool) {
	for _, pid := range g.caps.processes(step) {
		env, err := os.ReadFile(filepath.Join("/proc", strconv.Itoa(pid), "environ"))
		if err != nil || len(env) == 0 || strings.Contains(string(env), "_LIBCONTAINER_") {
			continue
		}
		return pid, strings.Contains(string(env), g.mark), true
	}
	return 0, false, false
}

// upperDir is the folder of the machine that a process's root file system writes to; "" when it is not an overlay.
func upperDir(pid int) string {
	mounts, err := os.ReadFile(filepath.Join("/proc", strconv.Itoa(pid), "mountinfo"))
	if err != nil {
		return ""
	}
	for line := range strings.Lines(string(mounts)) {
		fields := strings.Fields(line)
		if len(fields) < 5 || fields[4] != "/" {
			continue
		}
		if _, rest, ok := strings.Cut(fields[len(fields)-1], "upperdir="); ok {
			upper, _, _ := strings.Cut(rest, ",")
			return upper
		}
	}
	return ""
}

// weigh adds up what the build's steps wrote and stops the build when a cap is met or the machine runs out of space.
func (g *guard) weigh(steps map[string]*watchedStep, past int64) {
	var space syscall.Statfs_t
	if syscall.Statfs(g.caps.dockerd, &space) == nil && int64(space.Bavail)*space.Bsize < spareBytes {
		g.stop(errSpace)
		return
	}
	if g.limits.DiskBytes <= 0 {
		return
	}
	total := past
	for _, s := range steps {
		if s.ours && s.upper != "" {
			s.written = folderBytes(s.upper)
			total += s.written
		}
	}
	if total > g.limits.DiskBytes {
		g.stop(errDisk)
	}
}

// folderBytes is the space a folder takes on disk. Files come and go while it counts: those are left out.
func folderBytes(dir string) (total int64) {
	_ = filepath.WalkDir(dir, func(_ string, d fs.DirEntry, err error) error {
		if err != nil {
			return nil //nolint:nilerr // gone meanwhile
		}
		if info, err := d.Info(); err == nil {
			if st, ok := info.Sys().(*syscall.Stat_t); ok {
				total += st.Blocks * 512
			}
		}
		return nil
	})
	return total
}

// kill ends every process of a step at once.
func (g *guard) kill(step string) {
	if g.caps.v2 && os.WriteFile(filepath.Join(g.caps.dir(""), step, "cgroup.kill"), []byte("1"), 0) == nil {
		return
	}
	for _, pid := range g.caps.processes(step) {
		_ = syscall.Kill(pid, syscall.SIGKILL) // ended meanwhile
	}
}
