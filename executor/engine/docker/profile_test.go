package docker_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/slipway-paas/slipway/executor/engine"
	"github.com/slipway-paas/slipway/executor/engine/enginetest"
)

// lines runs a task to its end and returns what it printed.
func lines(t *testing.T, s enginetest.Subject, spec engine.Spec) []string {
	t.Helper()
	if err := s.Engine.EnsureNetwork(t.Context(), spec.Network); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Engine.Start(t.Context(), spec); err != nil {
		t.Fatal(err)
	}
	var text []string
	if err := s.Engine.Logs(t.Context(), spec.Task, engine.Position{}, func(b engine.Batch) error {
		for _, l := range b.Lines {
			text = append(text, strings.Clone(l.Text))
		}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	return text
}

// TestConfinement asks a program inside what it may do.
func TestConfinement(t *testing.T) {
	s := subject(t)
	weak := s.Spec(2, "-report", "-exit", "0")
	weak.User, weak.Writable = "1000:1000", true
	for name, tt := range map[string]struct {
		spec engine.Spec
		uid  int
		root string // the error of writing to the root, "" when it works
	}{
		"the usual profile":    {s.Spec(1, "-report", "-exit", "0"), 10001, "read-only file system"},
		"the weakened profile": {weak, 1000, "permission denied"}, // the image's root belongs to root
	} {
		t.Run(name, func(t *testing.T) {
			var got struct {
				UID, GID       int
				Env            []string
				Status         map[string]string
				Writable       map[string]string
				Limits, Mounts string
				MTU            map[string]int
			}
			if err := json.Unmarshal([]byte(strings.Join(lines(t, s, tt.spec), "")), &got); err != nil {
				t.Fatal(err)
			}
			if got.UID != tt.uid || got.GID != tt.uid {
				t.Errorf("user %d:%d", got.UID, got.GID)
			}
			for field, want := range map[string]string{"CapEff": "0000000000000000", "CapBnd": "0000000000000000", "NoNewPrivs": "1", "Seccomp": "2"} {
				if got.Status[field] != want {
					t.Errorf("%s is %q, want %q", field, got.Status[field], want)
				}
			}
			if !strings.Contains(got.Writable["/"], tt.root) || got.Writable["/"] == "" {
				t.Errorf("writing to / says %q", got.Writable["/"])
			}
			if got.Writable["/tmp"] != "" || got.Writable["/tmp/home"] != "" {
				t.Errorf("writing: %v", got.Writable)
			}
			if mtu := got.MTU["eth0"]; mtu == 0 || mtu > 1500 {
				t.Errorf("MTU %d", mtu)
			}
			if env := strings.Join(got.Env, " "); !strings.Contains(env, "PORT=8080") || !strings.Contains(env, "HOME=/tmp/home") || !strings.Contains(env, "SECRET=hush") {
				t.Errorf("environment %s", env)
			}
		})
	}
}

// TestNetworksAreApart dials another task of the own team, one of another team, and the cloud's metadata service.
func TestNetworksAreApart(t *testing.T) {
	s := subject(t)
	if _, err := s.Engine.Info(t.Context()); err != nil { // puts the firewall rule in place
		t.Fatal(err)
	}
	server := s.Spec(1)
	if err := s.Engine.EnsureNetwork(t.Context(), server.Network); err != nil {
		t.Fatal(err)
	}
	c, err := s.Engine.Start(t.Context(), server)
	if err != nil {
		t.Fatal(err)
	}
	enginetest.Await(t, "the server to listen", func() bool {
		l, err := s.Engine.Listeners(t.Context(), 1)
		return err == nil && len(l) == 1 && l[0] == engine.Listener{Port: 8080}
	})
	task := int64(1)
	dial := func(team int64, address string) string {
		task++
		spec := s.Spec(task, "-dial", address, "-exit", "0")
		spec.Network.Team = team
		return strings.Join(lines(t, s, spec), " ")
	}
	if got := dial(1, c.IP+":8080"); !strings.HasSuffix(got, "reached") {
		t.Errorf("the own team: %s", got)
	}
	if got := dial(2, c.IP+":8080"); !strings.Contains(got, "timeout") {
		t.Errorf("another team: %s", got)
	}
	if got := dial(1, "169.254.169.254:80"); !strings.Contains(got, "refused") {
		t.Errorf("the metadata service: %s", got)
	}
}
