package bakery

import (
	"time"

	"github.com/slipway-paas/slipway/executor/bakery/buildkit"
	"github.com/slipway-paas/slipway/server/paas"
)

// journal tells the parts of a bake as one list of steps.
type journal struct {
	tell     func(Progress)
	sequence buildkit.Sequence
}

// step tells do as one step with its clock.
func (j *journal) step(name string, do func() error) error {
	step := paas.Step{Number: j.sequence.Next(), Name: name, Started: time.Now().UTC()}
	started := step
	j.tell(Progress{Step: &started})
	err := do()
	step.Finished = time.Now().UTC()
	if err != nil {
		step.Error = "failed"
	}
	j.tell(Progress{Step: &step})
	return err
}

// relay tells what a part reports.
func (j *journal) relay() func(buildkit.Progress) {
	return j.sequence.Relay(func(p buildkit.Progress) { j.tell(Progress{Step: p.Step, Line: p.Line, Note: p.Note}) })
}
