package store_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"testing"
	"time"

	"github.com/dbos-inc/dbos-transact-golang/dbos"
	_ "github.com/dbos-inc/dbos-transact-golang/dbos/driver/sqlite"

	"github.com/slipway-paas/slipway/server/paas"
	"github.com/slipway-paas/slipway/server/store"
	"github.com/slipway-paas/slipway/server/store/storetest"
)

// queue enqueues a workflow in the transaction that writes its row, as flow does.
type queue struct{ dbos dbos.Context }

func (q queue) EnqueueDeployment(_ context.Context, tx any, id, _ int64) error {
	_, err := dbos.Enqueue[string](q.dbos, "deployments", "deploy", id, dbos.WithEnqueueWorkflowID(fmt.Sprintf("deployment-%d", id)), dbos.WithEnqueueTransaction(tx))
	return err
}

func (q queue) EnqueueInspection(context.Context, any, int64) error {
	return errors.New("not used here")
}

func TestARowAndItsWorkflowCommitTogether(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		sqlite, pool := s.SystemDB()
		d, err := dbos.NewContext(context.WithoutCancel(t.Context()), dbos.Config{
			AppName: "slipway", ApplicationVersion: "1", ExecutorID: "test", SQLiteSystemDB: sqlite, SystemDBPool: pool, Logger: slog.New(slog.DiscardHandler),
		})
		if err != nil {
			t.Fatal(err)
		}
		ran := make(chan int64, 10)
		dbos.RegisterWorkflow(d, func(ctx dbos.Context, id int64) (string, error) {
			return dbos.RunAsStep(ctx, func(ctx context.Context) (string, error) {
				// The step reads and writes through the store, on the connection that the engine shares.
				_, err := s.ChangeDeployment(ctx, id, func(d *paas.Deployment) (string, error) {
					d.State = paas.DeploymentBuilding
					return "started building", nil
				})
				if err == nil {
					ran <- id
				}
				return "done", err
			})
		}, dbos.WithWorkflowName("deploy"))
		if err := dbos.Launch(d); err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { dbos.Shutdown(d, 10*time.Second) })
		if _, err := dbos.RegisterQueue(d, "deployments", dbos.WithQueueBasePollingInterval(20*time.Millisecond)); err != nil {
			t.Fatal(err)
		}
		s.Use(store.Hooks{Enqueue: queue{d}})

		w := storetest.NewWorld(t, s)
		refused, kept := w.App("refused"), w.App("kept")
		deploy := func(app paas.App, fail error) (id int64, err error) {
			err = s.Write(t.Context(), func(tx *store.Tx) error {
				b, err := tx.InsertBuild(paas.Build{AppID: app.ID})
				if err != nil {
					return err
				}
				d, err := tx.InsertDeployment(paas.Deployment{AppID: app.ID, Kind: paas.KindDeploy, BuildID: b.ID, Actor: "Ada"})
				id = d.ID
				if fail != nil {
					// What comes last in a transaction fails after the workflow was enqueued.
					tx.Event(paas.Event{Kind: "", Text: fail.Error()})
				}
				return err
			})
			return id, err
		}
		if _, err := deploy(refused, errors.New("the events cannot be written")); err == nil {
			t.Fatal("the transaction with a wrong event was committed")
		}
		id, err := deploy(kept, nil)
		if err != nil {
			t.Fatal(err)
		}
		select {
		case got := <-ran:
			if got != id {
				t.Errorf("the workflow of deployment %d ran, want %d", got, id)
			}
		case <-time.After(20 * time.Second):
			t.Fatal("the workflow did not run")
		}
		all, err := dbos.ListWorkflows(d)
		if err != nil || len(all) != 1 {
			t.Errorf("%d workflows, %v; want the one whose row was committed", len(all), err)
		}
	})
}
