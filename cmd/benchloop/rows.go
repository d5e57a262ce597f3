package main

import (
	"context"
	"fmt"
	"time"

	"github.com/slipway-paas/slipway/server/paas"
	"github.com/slipway-paas/slipway/server/store"
)

// shape is what one task reserves: 638 of them fit on one of the nodes.
var shape = paas.Resources{CPUMillis: 400, MemoryBytes: 64 << 20, DiskBytes: 64 << 20}

// makeGroups makes the apps, each with one server group that wants nothing yet.
func (f *fleet) makeGroups(ctx context.Context) error {
	var team paas.Team
	err := f.store.Write(ctx, func(tx *store.Tx) (err error) {
		team, err = tx.InsertTeam("crew")
		return err
	})
	if err != nil {
		return err
	}
	repo, err := paas.ParseRepoURL("https://git.example.com/crew/app.git")
	if err != nil {
		return err
	}
	for i := range f.size.groups {
		var d paas.Deployment
		err := f.store.Write(ctx, func(tx *store.Tx) error {
			app, err := tx.InsertApp(paas.App{TeamID: team.ID, TeamName: team.Name, Name: fmt.Sprintf("app-%d", i+1), Repo: repo})
			if err != nil {
				return err
			}
			b, err := tx.InsertBuild(paas.Build{AppID: app.ID})
			if err != nil {
				return err
			}
			d, err = tx.InsertDeployment(paas.Deployment{AppID: app.ID, AppName: app.Name, TeamID: team.ID, Kind: paas.KindDeploy, BuildID: b.ID, Actor: "bench"})
			return err
		})
		if err != nil {
			return err
		}
		plan := paas.Plan{Runtime: "node", Title: "Node.js", Processes: []paas.Process{{Name: paas.WebProcess, Command: paas.Command{Line: "node server.js"}}}}
		r, err := f.store.CreateRelease(ctx, d.ID, "image:1", plan, paas.Commit{SHA: "0123456789abcdef"})
		if err != nil {
			return err
		}
		g, err := f.store.EnsureGroup(ctx, paas.ServerGroup{
			AppID: d.AppID, ReleaseID: r.ID, Deployment: d.ID, Process: paas.WebProcess, Name: d.AppName + "-v001", Image: r.Image,
			Spec: paas.TaskSpec{Port: paas.DefaultPort, HealthPath: "/"}, Resources: shape,
		})
		if err != nil {
			return err
		}
		f.groups = append(f.groups, g)
	}
	return nil
}

func (f *fleet) nodes(ctx context.Context) (nodes []paas.Node, err error) {
	err = f.store.Read(ctx, func(tx *store.Tx) error {
		nodes, err = tx.Nodes()
		return err
	})
	return nodes, err
}

// scale wants so many tasks of a group from now on.
func (f *fleet) scale(ctx context.Context, g paas.ServerGroup, wanted int) error {
	f.passes.rows.Add(1)
	return f.store.Write(ctx, func(tx *store.Tx) error { return tx.SetWanted(g, wanted) })
}

// fill wants all tasks at once and waits until they run and are known to be ready.
func (f *fleet) fill(ctx context.Context) (time.Duration, error) {
	began := time.Now()
	for i := range f.groups {
		f.groups[i].Wanted = f.tasks / len(f.groups)
		if i < f.tasks%len(f.groups) {
			f.groups[i].Wanted++
		}
		if err := f.scale(ctx, f.groups[i], f.groups[i].Wanted); err != nil {
			return 0, err
		}
	}
	if err := f.await(ctx, "the fleet to fill", func() (bool, error) {
		n, err := f.running(ctx)
		return n == f.tasks, err
	}); err != nil {
		return 0, err
	}
	took := time.Since(began)
	quiet := f.passes.reports.Load()
	calm := time.Now()
	return took, f.await(ctx, "all reports", func() (bool, error) {
		if now := f.passes.reports.Load(); now != quiet {
			quiet, calm = now, time.Now()
		}
		return time.Since(calm) > 3*time.Second, nil
	})
}
