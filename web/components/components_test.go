package components_test

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"github.com/a-h/templ"

	"github.com/slipway-paas/slipway/server/paas"
	"github.com/slipway-paas/slipway/web/components"
)

var noon = time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)

func TestAgo(t *testing.T) {
	t.Parallel()
	for before, want := range map[time.Duration]string{
		0: "just now", 9 * time.Second: "just now", 59 * time.Second: "59 s ago", time.Minute: "1 min ago", 59*time.Minute + 59*time.Second: "59 min ago",
		time.Hour: "1 h ago", 35 * time.Hour: "35 h ago", 36 * time.Hour: "2 days ago", 240 * time.Hour: "10 days ago", -90 * time.Second: "in 1 min",
	} {
		if got := components.Ago(noon.Add(-before), noon); got != want {
			t.Errorf("Ago(%s before) = %q, want %q", before, got, want)
		}
	}
}

func TestClock(t *testing.T) {
	t.Parallel()
	for d, want := range map[time.Duration]string{
		-time.Second: "0 s", 840 * time.Millisecond: "0.8 s", 42 * time.Second: "42 s", 185 * time.Second: "3 m 05 s", 62 * time.Minute: "1 h 02 m",
	} {
		if got := components.Clock(d); got != want {
			t.Errorf("Clock(%s) = %q, want %q", d, got, want)
		}
	}
}

// fragment renders a text as a live fragment and gives what a collector got.
func fragment(t *testing.T, inner string) components.Fragment {
	t.Helper()
	var got []components.Fragment
	ctx := components.Collect(t.Context(), func(f components.Fragment) { got = append(got, f) })
	var page bytes.Buffer
	if err := components.Live("x").Render(templ.WithChildren(ctx, templ.Raw(inner)), &page); err != nil {
		t.Fatal(err)
	}
	if len(got) != 1 || got[0].HTML != page.String() {
		t.Fatalf("collected %v, rendered %q", got, page.String())
	}
	return got[0]
}

func TestAFragmentChangesWhenItReadsDifferently(t *testing.T) {
	t.Parallel()
	const before = `<p>Live</p><time datetime="2026" data-ago>3 min ago</time><b>x</b>`
	tests := map[string]struct {
		after string
		same  bool
	}{
		"nothing changed":             {before, true},
		"only a clock went on":        {strings.Replace(before, "3 min", "4 min", 1), true},
		"a word changed":              {strings.Replace(before, "Live", "Failed", 1), false},
		"a word after a clock":        {strings.Replace(before, "<b>x", "<b>y", 1), false},
		"the time itself changed":     {strings.Replace(before, "2026", "2027", 1), false},
		"a time that is never closed": {`<p>Live</p><time datetime="2026" data-ago>3 min`, false},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if got := fragment(t, before).Hash == fragment(t, tt.after).Hash; got != tt.same {
				t.Errorf("same hash: %t, want %t", got, tt.same)
			}
		})
	}
}

func TestEveryStateHasIconToneAndWord(t *testing.T) {
	t.Parallel()
	looks := map[string]components.Look{}
	for _, s := range paas.Deployments.States() {
		looks["deployment "+string(s)] = components.Deployment(s)
	}
	for _, s := range paas.Tasks.States() {
		looks["task "+string(s)] = components.Task(paas.Task{State: s, Process: paas.WebProcess})
	}
	for _, r := range []paas.TaskReason{
		paas.ReasonNormal, paas.ReasonFailed, paas.ReasonKilled, paas.ReasonScaledDown, paas.ReasonStuck, paas.ReasonUnready, paas.ReasonOutOfMemory,
		paas.ReasonTimeLimit, paas.ReasonNoCommand, paas.ReasonNodeLost, paas.ReasonImageMissing, paas.ReasonEngineFault,
	} {
		looks["task that ended: "+string(r)] = components.Task(paas.Task{State: paas.TaskFinished, Reason: r})
	}
	for _, s := range paas.Nodes.States() {
		looks["node "+string(s)] = components.Node(paas.Node{State: s})
	}
	for _, h := range []string{"new", "deploying", "running", "degraded", "failing", "stopped", "finished"} {
		looks["app "+h] = components.Health(h)
	}
	for _, s := range []paas.PhaseState{paas.PhaseNotStarted, paas.PhaseRunning, paas.PhaseSucceeded, paas.PhaseFailed, paas.PhaseCanceled, paas.PhaseSkipped} {
		looks["phase "+string(s)] = components.Phase(s)
	}
	for name, l := range looks {
		var icon bytes.Buffer
		if err := components.Icon(l.Icon).Render(t.Context(), &icon); err != nil {
			t.Fatal(err)
		}
		if l.Word == "" || !strings.Contains("good warn bad busy idle", l.Tone) || l.Tone == "" || strings.Count(icon.String(), "<") < 3 {
			t.Errorf("%s looks like %+v", name, l)
		}
	}
}
