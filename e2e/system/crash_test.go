package system_test

import (
	"fmt"
	"testing"
)

type deployment struct {
	Number int    `json:"number"`
	State  string `json:"state"`
	Reason string `json:"reason"`
}

// failpoints are the moments at which Slipway is killed, in the order in which a deploy meets them.
var failpoints = []string{
	"deployment:building",
	"build:fetching",
	"build:building",
	"build:succeeded",
	"deployment:releasing",
	"after:CreateRelease",
	"after:EnsureGroup",
	"deployment:placing",
	"before:ApplyPlanCreate",
	"after:ApplyPlanCreate",
	"before:Report-starting",
	"before:Report-running",
	"after:Report-running",
	"deployment:starting",
	"deployment:switching",
	"before:SwitchTraffic",
	"after:SwitchTraffic",
	"deployment:draining",
	"before:RetireGroups",
	"after:RetireGroups",
	"after:ApplyPlanStop",
	"before:Report-finished",
	"before:FinishDeployment",
	"after:FinishDeployment",
}

// TestADeploySurvivesSIGKILLAnywhere kills Slipway at each failpoint of a second deploy and starts it again: the deploy
// goes on to its end, one container runs for the one task that is wanted, and nothing of the old version is left.
func TestADeploySurvivesSIGKILLAnywhere(t *testing.T) {
	s := install(t)
	for i, failpoint := range failpoints {
		t.Run(failpoint, func(t *testing.T) {
			s.t = t
			app := fmt.Sprintf("crash-%d", i)
			repo := newRepository(t)
			repo.commit("one", "")
			s.run(nil, "app", "create", app, "--repo", repo.dir)
			s.deployed(app, "live")
			s.answers(app, "one")

			repo.commit("two", "")
			s.kill()
			s.start(failpoint)
			s.run(nil, "deploy", app)
			s.died(2 * wait)
			s.start("")
			s.settled(app, 2, "live")
			s.answers(app, "two")
			s.oneContainer(app)
			s.run(nil, "destroy", app, "--yes")
		})
	}
	s.t = t
}

// TestARollbackSurvivesSIGKILL does the same for a rollback, which has no build.
func TestARollbackSurvivesSIGKILL(t *testing.T) {
	s := install(t)
	repo := newRepository(t)
	repo.commit("one", "")
	s.run(nil, "app", "create", "shop", "--repo", repo.dir)
	s.deployed("shop", "live")
	repo.commit("two", "")
	s.deployed("shop", "live")
	number := 2
	for _, failpoint := range []string{"after:CreateRelease", "after:EnsureGroup", "after:SwitchTraffic", "after:RetireGroups"} {
		t.Run(failpoint, func(t *testing.T) {
			s.t = t
			s.kill()
			s.start(failpoint)
			number++
			want := "one"
			if number%2 == 0 {
				want = "two"
			}
			s.run(nil, "rollback", "shop")
			s.died(2 * wait)
			s.start("")
			s.settled("shop", number, "live")
			s.answers("shop", want)
			s.oneContainer("shop")
		})
	}
	s.t = t
}

// deployed deploys and waits for the end, which must be as wanted.
func (s *slipway) deployed(app, want string) deployment {
	s.t.Helper()
	var d deployment
	s.run(&d, "deploy", app, "--follow")
	if d.State != want {
		s.t.Fatalf("deployment %d of %s is %s (%s), want %s", d.Number, app, d.State, d.Reason, want)
	}
	return d
}

// settled waits until a deployment has ended, which must be as wanted.
func (s *slipway) settled(app string, number int, want string) {
	s.t.Helper()
	s.eventually(2*wait, fmt.Sprintf("deployment %d of %s ends", number, app), func() error {
		var d deployment
		s.run(&d, "deployment", app, fmt.Sprint(number))
		switch d.State {
		case want:
			return nil
		case "failed", "canceled", "live", "superseded":
			s.t.Fatalf("deployment %d of %s is %s (%s), want %s", number, app, d.State, d.Reason, want)
		}
		return fmt.Errorf("it is %s (%s)", d.State, d.Reason)
	})
}

// oneContainer waits until exactly one container of the app is there, and it runs.
func (s *slipway) oneContainer(app string) {
	s.t.Helper()
	s.eventually(wait, "one container of "+app, func() error {
		running, all := 0, 0
		for _, c := range s.containers() {
			if c.Labels["slipway.app"] != app {
				continue
			}
			all++
			if c.State == "running" {
				running++
			}
		}
		if running != 1 || all != 1 {
			return fmt.Errorf("%d run of %d there", running, all)
		}
		return nil
	})
}
