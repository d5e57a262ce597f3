package flow

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/slipway-paas/slipway/server/paas"
)

// releaseProcess is the process type of the release command, as Heroku's Procfile names it.
const releaseProcess = "release"

// runReleaseCommand runs the release command in the new image, with the new config, before anything of the old version
// is touched. An app without one passes at once.
func (f *Flows) runReleaseCommand(ctx context.Context, id int64) (outcome, error) {
	d, r, err := f.deploymentAndRelease(ctx, id)
	if err != nil || r.Plan.Release.IsZero() {
		return outcome{}, err
	}
	g := f.group(d, r, paas.Process{Name: releaseProcess, Command: r.Plan.Release}, 1)
	g.Once, g.Spec.Once, g.Spec.Port = true, true, 0
	if g, err = f.Store.EnsureGroup(ctx, g); err != nil {
		return outcome{}, err
	}
	if _, err := f.Store.ChangeDeployment(ctx, id, func(d *paas.Deployment) (string, error) {
		begin(d, phaseRelease, r.Plan.Release.String(), f.Now())
		return "", nil
	}); err != nil {
		return outcome{}, err
	}
	deadline := f.Now().Add(f.Times.Release)
	var o outcome
	err = f.until(ctx, func(ctx context.Context) (bool, error) {
		if canceled, err := f.canceled(ctx, id); err != nil || canceled {
			o = outcome{Canceled: canceled}
			return true, err
		}
		tasks, err := f.Store.GroupTasks(ctx, g.ID)
		if err != nil {
			return false, err
		}
		for _, t := range tasks {
			switch {
			case t.State == paas.TaskFinished && t.Reason == paas.ReasonNormal:
				return true, nil
			case t.State == paas.TaskFinished && t.Reason.Fault() == paas.FaultUser:
				o = failed(releaseFailure(t))
				return true, nil
			case t.State == paas.TaskFinished && t.Reason == paas.ReasonImageMissing && t.Diagnosis != nil:
				o = failed(t.Diagnosis)
				return true, nil //nolint:nilerr // a diagnosis is data here
			}
		}
		if f.Now().After(deadline) {
			o = failed(paas.Diagnose(paas.CodeReleaseFailed, fmt.Sprintf("The release command did not end within %s.", f.Times.Release)))
		}
		return !o.ok(), nil
	}, topic("deployment", id), topic("app", d.AppID))
	return o, err
}

func releaseFailure(t paas.Task) *paas.Diagnosis {
	d := paas.Diagnose(paas.CodeReleaseFailed, fmt.Sprintf("The release command ended with exit code %d.", t.ExitCode))
	if t.Diagnosis != nil {
		d.Cause, d.Evidence = t.Diagnosis.Cause, t.Diagnosis.Evidence
	}
	return d
}

// createGroups writes one server group for each process type that is wanted at all. The scheduler fills them.
func (f *Flows) createGroups(ctx context.Context, id int64) (outcome, error) {
	d, r, err := f.deploymentAndRelease(ctx, id)
	if err != nil {
		return outcome{}, err
	}
	app, err := f.Store.App(ctx, d.AppID)
	if err != nil {
		return outcome{}, err
	}
	replaces, err := f.replacesServer(ctx, d)
	if err != nil {
		return outcome{}, err
	}
	for _, p := range r.Plan.Processes {
		wanted := scale(r.Settings, p.Name)
		if wanted == 0 || app.Stopped {
			continue
		}
		g := f.group(d, r, p, wanted)
		g.Spec.MayFinish = g.Spec.MayFinish && !replaces
		if _, err := f.Store.EnsureGroup(ctx, g); err != nil {
			return outcome{}, err
		}
	}
	var o outcome
	_, err = f.Store.ChangeDeployment(ctx, id, func(d *paas.Deployment) (string, error) {
		o = outcome{Canceled: !d.CancelAsked.IsZero()}
		if d.State == paas.DeploymentReleasing && o.ok() {
			d.State = paas.DeploymentPlacing
			begin(d, phasePlace, "", f.Now())
		}
		return "", nil
	})
	return o, err
}

// replacesServer reports whether another release of the app has a web process that serves, or tries to. A new version that
// ends at once must not take the requests from it, however well it ends.
func (f *Flows) replacesServer(ctx context.Context, d paas.Deployment) (bool, error) {
	tasks, err := f.Store.AppTasks(ctx, d.AppID)
	return slices.ContainsFunc(tasks, func(t paas.Task) bool {
		return t.ReleaseID != d.ReleaseID && t.Process == paas.WebProcess && t.Spec.Port > 0
	}), err
}

// group is the server group of one process type of a release.
func (f *Flows) group(d paas.Deployment, r paas.Release, p paas.Process, wanted int) paas.ServerGroup {
	g := paas.ServerGroup{
		AppID: d.AppID, AppName: d.AppName, TeamID: d.TeamID, ReleaseID: r.ID, Release: r.Number, Deployment: d.ID,
		Process: p.Name, Name: groupName(d.AppName, p.Name, r.Number), Image: r.Image, Wanted: wanted,
		Resources: resources(r, p.Name),
		Spec: paas.TaskSpec{
			Args: p.Command.ExecArgs(), WritableRoot: r.Plan.Run.WritableRoot, User: r.Plan.Run.User,
		},
	}
	if w := r.Settings.WritableRoot; w != nil {
		g.Spec.WritableRoot = *w
	}
	if line := r.Settings.Commands[p.Name]; line != "" {
		g.Spec.Args = paas.Command{Line: line}.ExecArgs()
	}
	switch {
	case p.Name == paas.WebProcess && r.Plan.Run.Finishes:
		g.Once, g.Spec.Once = true, true
	case p.Name == paas.WebProcess:
		g.Spec.Port = cmp.Or(r.Settings.Port, r.Plan.Run.Port, paas.DefaultPort)
		g.Spec.HealthPath = cmp.Or(r.Settings.HealthPath, r.Plan.Run.HealthPath, "/")
		g.Spec.StartTimeout = cmp.Or(r.Settings.StartTimeout, r.Plan.Run.StartTimeout, paas.DefaultStartTimeout)
		g.Spec.MayFinish = r.Plan.Run.MayFinish
	}
	return g
}

// groupName follows Frigga: app[-stack]-vNNN, the sequence from 000 to 999 and around. web is the plain name.
func groupName(app, process string, release int) string {
	if process != paas.WebProcess {
		app += "-" + process
	}
	return fmt.Sprintf("%s-v%03d", app, release%1000)
}

// scale is how many tasks of a process type are wanted: what the owner said, else one.
func scale(s paas.AppSettings, process string) int {
	if n, said := s.Scale[process]; said {
		return n
	}
	return 1
}

func resources(r paas.Release, process string) paas.Resources {
	asked := r.Settings.Resources[process]
	return asked.Or(paas.Resources{MemoryBytes: r.Plan.Run.MemoryBytes}).Or(paas.DefaultResources)
}

func missingVariables(r paas.Release) []string {
	have := slices.Concat(r.Variables, slices.Collect(maps.Keys(r.Plan.Env)))
	return slices.DeleteFunc(slices.Clone(r.Plan.Needs), func(n string) bool { return slices.Contains(have, n) })
}

func list(names []string) string { return strings.Join(names, ", ") }

func (f *Flows) deploymentAndRelease(ctx context.Context, id int64) (paas.Deployment, paas.Release, error) {
	d, err := f.Store.Deployment(ctx, id)
	if err != nil {
		return d, paas.Release{}, err
	}
	r, err := f.Store.Release(ctx, d.ReleaseID)
	return d, r, err
}

func (f *Flows) canceled(ctx context.Context, id int64) (bool, error) {
	d, err := f.Store.Deployment(ctx, id)
	return !d.CancelAsked.IsZero(), err
}
