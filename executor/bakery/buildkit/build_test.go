package buildkit_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/slipway-paas/slipway/executor/bakery/buildkit"
	"github.com/slipway-paas/slipway/server/paas"
)

func TestABuildIsToldStepByStepAndFoundAgain(t *testing.T) {
	t.Parallel()
	b := builder(t, buildkit.Options{})
	r := request(t, "--mount=type=secret,id=ca,target=/run/slipway/ca.crt,mode=0444 cat /run/slipway/ca.crt", "env FLAVOUR", "write /bread warm")
	r.Dockerfile = strings.Replace(r.Dockerfile, "COPY trouble", "ARG FLAVOUR\nCOPY trouble", 1)
	r.Args = map[string]string{"FLAVOUR": "rye"}
	r.Secrets = map[string][]byte{"ca": []byte("a certificate\n")}
	var h heard
	first, err := b.Build(t.Context(), r, h.tell)
	if err != nil {
		t.Fatal(err)
	}
	if !h.said("a certificate") || !h.said("rye") {
		t.Errorf("the secret or the argument did not reach its step: %q", h.lines)
	}
	s := h.step(t, "write")
	if s.Started.IsZero() || s.Finished.Before(s.Started) || s.Cached || s.Error != "" {
		t.Errorf("the step has no clock of its own: %+v", s)
	}
	if cat := h.step(t, "cat"); strings.Contains(cat.Name, "--mount") {
		t.Errorf("the step's name shows Slipway's own mounts: %s", cat.Name)
	}
	found, err := docker(t).ImageInspect(t.Context(), r.Image)
	if err != nil {
		t.Fatal(err)
	}
	if found.ID != first.ImageID || found.Config.Labels[testLabel] != "1" {
		t.Errorf("got image %s with labels %v, want %s", found.ID, found.Config.Labels, first.ImageID)
	}

	var again heard
	second, err := b.Build(t.Context(), r, again.tell)
	if err != nil {
		t.Fatal(err)
	}
	if s := again.step(t, "write"); !s.Cached {
		t.Errorf("the same build ran again: %+v", s)
	}
	if second.ImageID != first.ImageID {
		t.Errorf("the same build gave another image: %s, then %s", first.ImageID, second.ImageID)
	}

	r.NoCache = true
	var anew heard
	if _, err := b.Build(t.Context(), r, anew.tell); err != nil {
		t.Fatal(err)
	}
	if s := anew.step(t, "write"); s.Cached {
		t.Errorf("a build without cache took a cached step: %+v", s)
	}
}

func TestADockerfileAsLongAsTheLastOneIsNotTakenForIt(t *testing.T) {
	t.Parallel()
	b := builder(t, buildkit.Options{})
	for _, word := range []string{"rye", "oat"} {
		r := request(t)
		r.Dockerfile = steps("say " + word)
		r.SharedKey, r.NoCache = "slipway-"+t.Name(), true
		var h heard
		if _, err := b.Build(t.Context(), r, h.tell); err != nil {
			t.Fatal(err)
		}
		if !h.said(word) {
			t.Errorf("asked for %s, got %q", word, h.lines)
		}
	}
}

// TestBadBuilds is the list of what a build can do wrong, each with its code.
func TestBadBuilds(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		runs   []string
		limits paas.Limits
		want   paas.Code
		step   string // part of the failing step's name
		shows  string // part of the evidence or cause
	}{
		"a step that fails is named with its last words": {
			runs: []string{"exit 7"}, want: paas.CodeBuildFailed, step: `"exit"`, shows: "last words",
		},
		"a step that eats memory is stopped": {
			runs: []string{"eat"}, limits: paas.Limits{MemoryBytes: 128 << 20}, want: paas.CodeBuildMemory, step: `"eat"`, shows: "128 MiB",
		},
		"a child that eats memory is seen though its parent goes on": {
			runs: []string{"eat-child"}, limits: paas.Limits{MemoryBytes: 128 << 20}, want: paas.CodeBuildMemory, step: `"eat-child"`, shows: "a child eats",
		},
		"a step that never ends is stopped at its time": {
			runs: []string{"hang " + strconv.FormatInt(time.Now().UnixNano(), 10)}, limits: paas.Limits{Time: 10 * time.Second}, want: paas.CodeBuildTime, step: `"hang"`, shows: "hanging",
		},
		"a step that forks without end runs out of processes": {
			runs: []string{"fork"}, limits: paas.Limits{MemoryBytes: 2 << 30, Time: 2 * time.Minute}, want: paas.CodeBuildFailed, step: `"fork"`, shows: "no more children",
		},
		"a step that fills the disk is stopped": {
			runs: []string{"fill"}, limits: paas.Limits{DiskBytes: 256 << 20, Time: time.Minute}, want: paas.CodeBuildDisk, shows: "256 MiB",
		},
	}
	b := builder(t, buildkit.Options{AtOnce: 2, MaxProcesses: 300})
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := request(t, tt.runs...)
			r.Limits = tt.limits
			var h heard
			_, err := b.Build(t.Context(), r, h.tell)
			var d *paas.Diagnosis
			if !errors.As(err, &d) {
				t.Fatalf("got %v, want a diagnosis; it printed %q", err, h.lines)
			}
			if d.Code != tt.want || !strings.Contains(d.Step, tt.step) {
				t.Errorf("got %s at step %q (%s), want %s at %q", d.Code, d.Step, d.Cause, tt.want, tt.step)
			}
			if all := d.Cause + strings.Join(d.Evidence, "\n"); !strings.Contains(all, tt.shows) {
				t.Errorf("the diagnosis does not show %q: %s", tt.shows, all)
			}
		})
	}
}

func TestABuildThatPrintsWithoutEndIsClippedAndGoesOn(t *testing.T) {
	t.Parallel()
	b := builder(t, buildkit.Options{})
	r := request(t, "print 100000000", "say done")
	r.Limits.LogBytes = 100_000
	var h heard
	res, err := b.Build(t.Context(), r, h.tell)
	if err != nil {
		t.Fatal(err)
	}
	if !res.Clipped {
		t.Error("nobody is told that output was left out")
	}
	var bytes int
	for _, l := range h.lines {
		bytes += len(l) + 1
	}
	if bytes > 110_000 {
		t.Errorf("%d bytes of log were handed on, over the cap of 100,000", bytes)
	}
	if res.ImageID == "" {
		t.Error("the build did not go on")
	}
}

func TestACanceledBuildIsReallyStopped(t *testing.T) {
	t.Parallel()
	b := builder(t, buildkit.Options{})
	word := "cancel-" + strconv.FormatInt(time.Now().UnixNano(), 10)
	r := request(t, "hang-children "+word)
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	h := heard{onLine: func(l string) {
		if l == "hanging "+word {
			cancel()
		}
	}}
	start := time.Now()
	_, err := b.Build(ctx, r, h.tell)
	if !errors.Is(err, context.Canceled) {
		t.Fatalf("got %v, want canceled", err)
	}
	if left := alive(t, word); len(left) > 0 {
		t.Errorf("still running after the cancel: %q", left)
	}
	t.Logf("stopped after %s in all", time.Since(start))
}

// TestAKilledSlipwayLeavesNoBuildRunning kills a process in the middle of a build, as a crash would.
func TestAKilledSlipwayLeavesNoBuildRunning(t *testing.T) {
	t.Parallel()
	word := os.Getenv("SLIPWAY_TEST_HANG")
	if word != "" { // we are the one to be killed
		_, err := builder(t, buildkit.Options{}).Build(t.Context(), request(t, "hang "+word), func(p buildkit.Progress) {
			if p.Line != nil {
				fmt.Println(p.Line.Text)
			}
		})
		t.Fatal(err)
	}
	word = "killed-" + strconv.FormatInt(time.Now().UnixNano(), 10)
	cmd := exec.Command(os.Args[0], "-test.run=^TestAKilledSlipwayLeavesNoBuildRunning$")
	cmd.Env = append(os.Environ(), "SLIPWAY_TEST_HANG="+word)
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	said := bufio.NewScanner(out)
	for said.Scan() && said.Text() != "hanging "+word {
	}
	if len(alive(t, word)) == 0 {
		t.Fatal("the build does not run")
	}
	if err := cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = cmd.Wait() // killed
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	deadline := time.After(30 * time.Second)
	for len(alive(t, word)) > 0 {
		select {
		case <-tick.C:
		case <-deadline:
			t.Fatalf("still running: %q", alive(t, word))
		}
	}
}

func TestOnlySoManyBuildsRunAtOnce(t *testing.T) {
	t.Parallel()
	b := builder(t, buildkit.Options{AtOnce: 1})
	word := "slot-" + strconv.FormatInt(time.Now().UnixNano(), 10)
	first, cancelFirst := context.WithCancel(t.Context())
	defer cancelFirst()
	running, ended := make(chan struct{}), make(chan error, 1)
	holder := heard{onLine: func(l string) {
		if l == "hanging "+word {
			close(running)
		}
	}}
	go func() {
		_, err := b.Build(first, request(t, "hang "+word), holder.tell)
		ended <- err
	}()
	<-running
	second, cancelSecond := context.WithCancel(t.Context())
	_, err := b.Build(second, request(t, "say hello"), func(p buildkit.Progress) {
		if p.Note == "" {
			t.Errorf("the second build began: %+v", p)
		}
		cancelSecond() // it waits and says so
	})
	if !errors.Is(err, context.Canceled) {
		t.Errorf("got %v, want canceled while it waited", err)
	}
	cancelFirst()
	if err := <-ended; !errors.Is(err, context.Canceled) {
		t.Errorf("the first build ended with %v", err)
	}
	if _, err := b.Build(t.Context(), request(t, "say hello"), func(buildkit.Progress) {}); err != nil {
		t.Errorf("the slot was not free again: %v", err)
	}
}

func TestAllBuildsTogetherStayUnderTheirTotal(t *testing.T) {
	t.Parallel()
	limits := paas.Limits{MemoryBytes: 16 << 30} // far from what others on this engine need
	info, err := docker(t).Info(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if info.CgroupDriver == "systemd" {
		t.Log("under systemd the steps have no parent of their own; TestCapsOfEveryKindOfMachine holds that nothing else is capped")
		return
	}
	root, none := "/sys/fs/cgroup/memory/docker/buildkit/memory.limit_in_bytes", "-1"
	if info.CgroupVersion == "2" {
		root, none = "/sys/fs/cgroup/docker/buildkit/memory.max", "max"
	}
	t.Cleanup(func() {
		with := strings.Replace(root, "memory.limit", "memory.memsw.limit", 1) // the greater of the two goes first
		if err := errors.Join(os.WriteFile(with, []byte(none), 0o600), os.WriteFile(root, []byte(none), 0o600)); err != nil {
			t.Error(err)
		}
	})
	b := builder(t, buildkit.Options{Total: limits})
	word := "total-" + strconv.FormatInt(time.Now().UnixNano(), 10)
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	want := strconv.FormatInt(limits.MemoryBytes, 10)
	hanging, ended := make(chan struct{}), make(chan struct{})
	h := heard{onLine: func(l string) {
		if l == "hanging "+word {
			close(hanging)
		}
	}}
	var last string
	go func() { // the guard looks a few times a second: the step hangs until it has
		defer close(ended)
		defer cancel()
		<-hanging
		look := time.NewTicker(20 * time.Millisecond)
		defer look.Stop()
		deadline := time.After(30 * time.Second)
		for last != want {
			select {
			case <-deadline:
				return
			case <-look.C:
				text, err := os.ReadFile(root)
				last = fmt.Sprint(strings.TrimSpace(string(text)), errText(err))
			}
		}
	}()
	if _, err := b.Build(ctx, request(t, "hang "+word), h.tell); !errors.Is(err, context.Canceled) {
		t.Fatal(err)
	}
	<-ended
	if last != want {
		t.Errorf("the cap of all builds is %s, want %s", last, want)
	}
}

func errText(err error) string {
	if err == nil {
		return ""
	}
	return err.Error()
}
