package flow

import (
	"context"
	"sync"

	"github.com/slipway-paas/slipway/server/paas"
)

// progress brings what a bake reports into its build's row and its deployment's ladder. The bake never waits for the
// database: one goroutine writes whatever is new since its last write, so a hurried build is written a few times and a
// slow one step by step. A write that fails is logged and left: the build's end is what counts, and settle writes it.
type progress struct {
	flows *Flows
	build bakeInput
	fence int64

	mu   sync.Mutex
	news news
	wake chan struct{} // holds a token while there is news
	done chan struct{}
}

// news is what was reported and not written yet.
type news struct {
	state      paas.State
	commit     *paas.Commit
	plan       *paas.Plan
	dockerfile string
	steps      []paas.Step
}

// follow starts writing; close must be called.
func (f *Flows) follow(ctx context.Context, in bakeInput, fence int64) *progress {
	p := &progress{flows: f, build: in, fence: fence, wake: make(chan struct{}, 1), done: make(chan struct{})}
	go func() {
		defer close(p.done)
		for range p.wake {
			p.write(ctx)
		}
	}()
	return p
}

// close writes the rest. Nothing may be reported after it.
func (p *progress) close(ctx context.Context) {
	close(p.wake)
	<-p.done
	p.write(ctx)
}

// report is what the bakery calls; lines go to the build's log.
func (p *progress) report(lines *buildLog) Report {
	return Report{
		State: func(s paas.State) { p.add(func(n *news) { n.state = s }) },
		Found: func(c paas.Commit) { p.add(func(n *news) { n.commit = &c }) },
		Plan: func(plan paas.Plan, dockerfile string) {
			p.add(func(n *news) { n.plan, n.dockerfile = &plan, dockerfile })
		},
		Steps: func(steps []paas.Step) { p.add(func(n *news) { n.steps = steps }) },
		Line:  lines.add,
	}
}

func (p *progress) add(change func(*news)) {
	p.mu.Lock()
	change(&p.news)
	p.mu.Unlock()
	select {
	case p.wake <- struct{}{}:
	default: // not written yet since the last one
	}
}

func (p *progress) take() news {
	p.mu.Lock()
	defer p.mu.Unlock()
	n := p.news
	p.news = news{}
	return n
}

func (p *progress) write(ctx context.Context) {
	n, f := p.take(), p.flows
	if n.state != "" || n.commit != nil || n.plan != nil {
		_, err := f.Store.ChangeBuild(ctx, p.build.Build, func(b *paas.Build) (string, error) {
			if b.Fence == p.fence && !paas.Builds.Final(b.State) {
				n.into(b)
			}
			return "", nil
		})
		f.complain(ctx, "build progress", err)
	}
	if n.state == paas.BuildBuilding {
		_, err := f.Store.ChangeDeployment(ctx, p.build.Deployment, func(d *paas.Deployment) (string, error) {
			if d.State == paas.DeploymentBuilding {
				begin(d, phaseBuild, "", f.Now())
			}
			return "", nil
		})
		f.complain(ctx, "deployment progress", err)
	}
	if n.steps != nil {
		f.complain(ctx, "build steps", f.Store.SaveSteps(ctx, p.build.Build, n.steps))
	}
}

func (n news) into(b *paas.Build) {
	if paas.Builds.Can(b.State, n.state) {
		b.State = n.state
	}
	if n.commit != nil {
		b.Commit = *n.commit
	}
	if n.plan != nil {
		b.Plan, b.Dockerfile = n.plan, n.dockerfile
	}
}

func (f *Flows) complain(ctx context.Context, what string, err error) {
	if err != nil && ctx.Err() == nil {
		f.Log.ErrorContext(ctx, what, "error", err)
	}
}
