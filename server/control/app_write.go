package control

import (
	"context"
	"maps"
	"slices"
	"strings"

	"github.com/slipway-paas/slipway/server/paas"
)

// AppCreate makes an app, and deploys it at once when asked to.
func (c *Control) AppCreate(ctx context.Context, actor paas.Actor, in AppCreate) (paas.App, *paas.Deployment, error) {
	var errs paas.FieldErrors
	name, err := paas.ParseName("name", strings.TrimSpace(in.Name))
	if err := gather(&errs, err); err != nil {
		return paas.App{}, nil, err
	}
	if name != "" && name+"."+c.edge.Hostname() == c.portalHost {
		errs = append(errs, paas.FieldErrorf("name", "The name %q is kept for Slipway itself. Choose another.", name))
	}
	src, err := c.parseSource(&errs, in.Repo, in.Branch, in.Root, in.Runtime)
	if err != nil {
		return paas.App{}, nil, err
	}
	if err := validateSettings(&errs, in.Settings); err != nil {
		return paas.App{}, nil, err
	}
	if err := validateVariables(&errs, "variables", in.Variables); err != nil {
		return paas.App{}, nil, err
	}
	type made struct {
		app        paas.App
		deployment *paas.Deployment
	}
	m, err := result(ctx, c, func(tx Tx) (m made, err error) {
		errs := slices.Clone(errs)
		t, err := team(tx, actor, in.Team)
		if err := gather(&errs, err); err != nil {
			return m, err
		}
		if _, taken := tx.AppNamed(name); name != "" && taken == nil {
			errs = append(errs, paas.FieldErrorf("name", "The name %q is taken. Choose another.", name))
		}
		if err := gather(&errs, usable(tx, t.ID, in.Credential)); err != nil {
			return m, err
		}
		if err := errs.Or(); err != nil {
			return m, err
		}
		m.app, err = tx.InsertApp(paas.App{
			TeamID: t.ID, TeamName: t.Name, Name: name, Repo: src.repo, Branch: src.branch, Root: src.root, Runtime: src.runtime,
			Credential: in.Credential, Settings: in.Settings,
		})
		if err != nil {
			return m, err
		}
		if _, err := tx.SetVariables(m.app, actor.Name, in.Variables, nil); err != nil {
			return m, err
		}
		note(tx, actor, m.app, "app.created", "Created %s.", m.app.Name)
		if in.Deploy {
			d, err := deploy(tx, actor, m.app, paas.Deployment{Kind: paas.KindDeploy}, paas.Build{Ref: m.app.Branch})
			if err != nil {
				return m, err
			}
			m.deployment = &d
		}
		return m, nil
	})
	return m.app, m.deployment, err
}

// usable checks that a credential (0: none) is the team's.
func usable(tx Tx, team, id int64) error {
	if id == 0 {
		return nil
	}
	_, err := credential(tx, team, id)
	if paas.KindOf(err) == paas.NotFound {
		return paas.FieldErrorf("credential", "There is no such credential.")
	}
	return err
}

// AppUpdate changes where an app's code is and how it runs. What runs keeps running as it is until the next deploy.
func (c *Control) AppUpdate(ctx context.Context, actor paas.Actor, name string, in AppUpdate) (paas.App, error) {
	return result(ctx, c, func(tx Tx) (paas.App, error) {
		a, err := lockApp(tx, actor, name)
		if err != nil {
			return a, err
		}
		if in.Version != 0 && in.Version != a.Version {
			return a, paas.Errorf(paas.Conflict, "%s was changed meanwhile. Look at it again, then save your change.", a.Name)
		}
		was := a
		text := func(change *string, is string) string {
			if change != nil {
				return *change
			}
			return is
		}
		var errs paas.FieldErrors
		src, err := c.parseSource(&errs, text(in.Repo, a.Repo.String()), text(in.Branch, string(a.Branch)), text(in.Root, string(a.Root)), text(in.Runtime, a.Runtime))
		if err != nil {
			return a, err
		}
		a.Repo, a.Branch, a.Root, a.Runtime = src.repo, src.branch, src.root, src.runtime
		if in.Credential != nil {
			a.Credential = *in.Credential
			if err := gather(&errs, usable(tx, a.TeamID, a.Credential)); err != nil {
				return a, err
			}
		}
		if in.Settings != nil {
			a.Settings = *in.Settings
			if err := validateSettings(&errs, a.Settings); err != nil {
				return a, err
			}
		}
		if err := errs.Or(); err != nil {
			return was, err
		}
		changed := changedFields(was, a)
		if len(changed) == 0 {
			return a, nil
		}
		note(tx, actor, a, "app.changed", "Changed %s.", strings.Join(changed, ", "))
		if a, err = tx.SaveApp(a); err != nil || a.LiveID == 0 || a.Stopped || maps.Equal(was.Settings.Scale, a.Settings.Scale) {
			return a, err
		}
		return a, resize(tx, actor, a, nil) // the number of tasks never waits for a deploy
	})
}

func changedFields(was, is paas.App) (changed []string) {
	for _, f := range []struct {
		what    string
		differs bool
	}{
		{"the repository", was.Repo.String() != is.Repo.String()},
		{"the branch", was.Branch != is.Branch},
		{"the folder", was.Root.Path() != is.Root.Path()},
		{"the runtime", was.Runtime != is.Runtime},
		{"the credential", was.Credential != is.Credential},
	} {
		if f.differs {
			changed = append(changed, f.what)
		}
	}
	for _, c := range settingsDiff(was.Settings, is.Settings) {
		changed = append(changed, strings.ToLower(c.What[:1])+c.What[1:])
	}
	return changed
}

// AppDestroy ends an app for good: its tasks stop, its secrets are forgotten, its name is free. confirm is the name.
func (c *Control) AppDestroy(ctx context.Context, actor paas.Actor, name, confirm string) error {
	return c.write(ctx, func(tx Tx) error {
		a, err := lockApp(tx, actor, name)
		if err != nil {
			return err
		}
		if err := owner(actor, a.TeamID, "destroy apps"); err != nil {
			return err
		}
		if confirm != a.Name {
			return paas.FieldErrorf("confirm", "Type the app's name, %s, to destroy it.", a.Name)
		}
		pending, err := tx.Pending(a.ID)
		if err != nil {
			return err
		}
		for _, d := range pending {
			if _, err := cancel(tx, actor, d, "The app was destroyed."); err != nil {
				return err
			}
		}
		if err := tx.RetireGroups(a.ID, 0); err != nil {
			return err
		}
		if err := tx.ForgetVariables(a.ID); err != nil {
			return err
		}
		note(tx, actor, a, "app.destroyed", "Destroyed %s.", a.Name)
		a.DeletedAt, a.LiveID = tx.Time(), 0
		_, err = tx.SaveApp(a)
		return err
	})
}

// AppStop takes all tasks of an app away and keeps its release. A stopped app stays as it is.
func (c *Control) AppStop(ctx context.Context, actor paas.Actor, name string) error {
	return c.write(ctx, func(tx Tx) error {
		a, err := lockApp(tx, actor, name)
		if err != nil || a.Stopped {
			return err
		}
		if err := idle(tx, a); err != nil {
			return err
		}
		groups, err := tx.ActiveGroups(a.ID)
		if err != nil {
			return err
		}
		for _, g := range groups {
			if err := tx.SetWanted(g, 0); err != nil {
				return err
			}
		}
		a.Stopped = true
		note(tx, actor, a, "app.stopped", "Stopped %s.", a.Name)
		_, err = tx.SaveApp(a)
		return err
	})
}

// idle refuses while a deployment is on its way, which would start what is being stopped.
func idle(tx Tx, a paas.App) error {
	pending, err := tx.Pending(a.ID)
	if err == nil && len(pending) > 0 {
		err = paas.Errorf(paas.Conflict, "Deployment %d of %s is on its way. Wait for it or cancel it first.", pending[0].Number, a.Name)
	}
	return err
}

// AppStart brings a stopped app's tasks back.
func (c *Control) AppStart(ctx context.Context, actor paas.Actor, name string) error {
	return c.write(ctx, func(tx Tx) error {
		a, err := lockApp(tx, actor, name)
		if err != nil || !a.Stopped {
			return err
		}
		a.Stopped = false
		note(tx, actor, a, "app.started", "Started %s.", a.Name)
		if a, err = tx.SaveApp(a); err != nil || a.LiveID == 0 {
			return err
		}
		return resize(tx, actor, a, nil)
	})
}

// Scale changes how many tasks of each process type run, at once and without a new release.
func (c *Control) Scale(ctx context.Context, actor paas.Actor, name string, scale map[string]int) error {
	var errs paas.FieldErrors
	if len(scale) == 0 {
		errs = append(errs, paas.FieldErrorf("scale", "Say how many tasks of which process type, such as web=2."))
	}
	validateScale(&errs, scale)
	if err := errs.Or(); err != nil {
		return err
	}
	return c.write(ctx, func(tx Tx) error {
		a, err := lockApp(tx, actor, name)
		if err != nil {
			return err
		}
		if a.LiveID != 0 {
			r, err := tx.Release(a.LiveID)
			if err != nil {
				return err
			}
			if err := known(r.Plan, scale); err != nil {
				return err
			}
		}
		var said []string
		a.Settings.Scale = maps.Clone(a.Settings.Scale)
		if a.Settings.Scale == nil {
			a.Settings.Scale = map[string]int{}
		}
		for _, process := range slices.Sorted(maps.Keys(scale)) {
			a.Settings.Scale[process] = scale[process]
			said = append(said, process+" to "+tasks(scale[process]))
		}
		note(tx, actor, a, "app.scaled", "Scaled %s.", strings.Join(said, ", "))
		if a, err = tx.SaveApp(a); err != nil || a.LiveID == 0 || a.Stopped {
			return err
		}
		return resize(tx, actor, a, scale)
	})
}

// known refuses process types that the plan does not have.
func known(plan paas.Plan, scale map[string]int) error {
	var errs paas.FieldErrors
	var names []string
	for _, p := range plan.Processes {
		names = append(names, p.Name)
	}
	for _, process := range slices.Sorted(maps.Keys(scale)) {
		if !slices.Contains(names, process) {
			errs = append(errs, paas.FieldErrorf("scale."+process, "There is no process type %q; the app has %s.", process, strings.Join(names, ", ")))
		}
	}
	return errs.Or()
}

// resize wants as many tasks of the live release as the settings say; only (nil: all) limits the process types. One
// that was scaled to nothing when the release was deployed has no server group yet: a deployment of the same release
// makes it.
func resize(tx Tx, actor paas.Actor, a paas.App, only map[string]int) error {
	groups, err := tx.ActiveGroups(a.ID)
	if err != nil {
		return err
	}
	r, err := tx.Release(a.LiveID)
	if err != nil {
		return err
	}
	missing := false
	for _, p := range r.Plan.Processes {
		if _, asked := only[p.Name]; only != nil && !asked {
			continue
		}
		wanted, said := a.Settings.Scale[p.Name]
		if !said {
			wanted = 1
		}
		i := slices.IndexFunc(groups, func(g paas.ServerGroup) bool { return g.ReleaseID == r.ID && g.Process == p.Name })
		switch {
		case i >= 0 && groups[i].Once: // it has had its run
		case i >= 0:
			if err := tx.SetWanted(groups[i], wanted); err != nil {
				return err
			}
		case wanted > 0:
			missing = true
		}
	}
	if missing {
		_, err = deploy(tx, actor, a, paas.Deployment{Kind: paas.KindConfig}, again(r))
	}
	return err
}

// VariablesSet sets and removes variables. They take effect with the next deploy.
func (c *Control) VariablesSet(ctx context.Context, actor paas.Actor, name string, set map[string]string, unset []string) error {
	var errs paas.FieldErrors
	if err := validateVariables(&errs, "variables", set); err != nil {
		return err
	}
	for _, n := range unset {
		if _, both := set[n]; both {
			errs = append(errs, paas.FieldErrorf("variables", "%s is both set and removed.", clip(n, 128)))
		}
	}
	if err := errs.Or(); err != nil {
		return err
	}
	return c.write(ctx, func(tx Tx) error {
		a, err := lockApp(tx, actor, name)
		if err != nil {
			return err
		}
		changed, err := tx.SetVariables(a, actor.Name, set, unset)
		if err == nil && len(changed) > 0 {
			slices.Sort(changed)
			note(tx, actor, a, "variables.changed", "Changed %s.", strings.Join(changed, ", "))
		}
		return err
	})
}
