package system_test

import (
	"encoding/json"
	"strings"
	"testing"
)

type failedDeployment struct {
	deployment
	Diagnosis *struct {
		Code     string   `json:"code"`
		Cause    string   `json:"cause"`
		Evidence []string `json:"evidence"`
		Next     string   `json:"next"`
	} `json:"diagnosis"`
}

// fails deploys and expects a failure with the code; the CLI must exit with 1.
func (s *slipway) fails(app, code string) failedDeployment {
	s.t.Helper()
	c := s.command("deploy", app, "--follow", "--json")
	out, err := c.Output()
	if err == nil || c.ProcessState.ExitCode() != 1 {
		s.t.Fatalf("deploy %s exits with %d, want 1", app, c.ProcessState.ExitCode())
	}
	var d failedDeployment
	if err := json.Unmarshal(out, &d); err != nil {
		s.t.Fatalf("deploy printed %q: %v", out, err)
	}
	if d.State != "failed" || d.Diagnosis == nil || d.Diagnosis.Code != code {
		s.t.Fatalf("deployment of %s is %s with %+v, want failed with %s", app, d.State, d.Diagnosis, code)
	}
	if d.Diagnosis.Cause == "" || d.Diagnosis.Next == "" {
		s.t.Errorf("the diagnosis %+v leaves out cause or next action", d.Diagnosis)
	}
	return d
}

// TestEveryBadAppHasItsDiagnosis deploys apps that misbehave in every way, beside one that works all the time.
func TestEveryBadAppHasItsDiagnosis(t *testing.T) {
	s := install(t)
	good := newRepository(t)
	good.commit("good", "")
	s.run(nil, "app", "create", "good", "--repo", good.dir)
	s.deployed("good", "live")
	tests := map[string]struct {
		flags, code, cause string
	}{
		"crashes":              {"-exit 3", "SLP-3003", "3"},
		"exits-zero":           {"-exit 0", "SLP-3007", ""},
		"eats-memory":          {"-eat 2000000000", "SLP-3004", ""},
		"other-port":           {"-port 9999", "SLP-3005", "9999"},
		"loopback-only":        {"-loopback", "SLP-3005", "127.0.0.1"},
		"answers-500":          {"-status 503", "SLP-3006", "503"},
		"crashes-with-a-shout": {"-long-line 10000000 -exit 4", "SLP-3003", "4"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			s.t = t
			repo := newRepository(t)
			repo.commit(name, tt.flags)
			s.run(nil, "app", "create", name, "--repo", repo.dir, "--start-timeout", "4s")
			d := s.fails(name, tt.code)
			if !strings.Contains(d.Diagnosis.Cause, tt.cause) {
				t.Errorf("the cause %q does not say %q", d.Diagnosis.Cause, tt.cause)
			}
			s.answers("good", "good")
		})
	}
	s.t = t
	t.Run("no-such-branch", func(t *testing.T) {
		s.t = t
		s.run(nil, "app", "create", "nobranch", "--repo", good.dir, "--branch", "nowhere")
		s.fails("nobranch", "SLP-1003")
	})
	t.Run("no-runtime", func(t *testing.T) {
		s.t = t
		empty := newRepository(t)
		empty.git("commit", "--quiet", "--allow-empty", "--message", "nothing")
		s.run(nil, "app", "create", "nothing", "--repo", empty.dir)
		s.fails("nothing", "SLP-1007")
	})
	s.t = t
}
