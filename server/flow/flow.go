// Package flow holds the long sequences of the platform as durable workflows: looking at a repository, building a
// commit, bringing a release to life. Each reads like the sentence it implements.
//
// A workflow survives the death of its process: it is recorded in the database with every finished step, and goes on
// at the step where it was. A step may therefore run twice, and each is written so that the second run finds what the
// first one did: rows are found by their id, engine objects are named from it. What a step decides (a failure, a
// cancellation) is data in the database, never an error value, because errors lose their type in the record; an error
// out of a step means that Slipway itself could not do it now, and the step is tried again.
package flow

import (
	"context"
	"database/sql"
	"fmt"
	"log/slog"
	"strconv"
	"time"

	"github.com/dbos-inc/dbos-transact-golang/dbos"
	_ "github.com/dbos-inc/dbos-transact-golang/dbos/driver/sqlite" // DBOS finds its SQLite driver by this import
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/slipway-paas/slipway/server/paas"
)

// version names the shape of the workflows. A running workflow is only resumed by a program with the same version, so
// it changes when a step is added, removed or reordered, never with a mere release of Slipway.
const version = "1"

// The queues. Deployments run one at a time per app.
const (
	deployQueue  = "deployments"
	inspectQueue = "inspections"
)

// How often the queues are looked at. A click on Deploy must start something at once; 50 looks a second take some
// 2 % of a core.
const (
	deployPoll  = 20 * time.Millisecond
	inspectPoll = 100 * time.Millisecond
)

// Config is what the workflows work with.
type Config struct {
	SQLite   *sql.DB       // the store's writer; exactly one of SQLite and Postgres is set
	Postgres *pgxpool.Pool // the store's pool
	Executor string        // this process's name; a new process with the same name takes over what the old one left
	Store    Store
	Bakery   Bakery
	Hints    Hints
	Logs     Logs
	Times    Times
	Now      func() time.Time
	Log      *slog.Logger
}

// Times are the deadlines of a deployment; zero fields take the defaults.
type Times struct {
	Place   time.Duration // waiting for room on a node; default 10 min, Nomad's progress_deadline
	Release time.Duration // the release command; default 30 min
	Start   time.Duration // all tasks ready after they were placed; default 15 min, beyond any single start timeout
	Hold    time.Duration // old and new version side by side after the switch; default 0.5 s
	Drain   time.Duration // old tasks stopping; default 60 s, beyond drain and SIGTERM grace together
}

func (t Times) orDefaults() Times {
	or := func(d *time.Duration, value time.Duration) {
		if *d == 0 {
			*d = value
		}
	}
	or(&t.Place, 10*time.Minute)
	or(&t.Release, 30*time.Minute)
	or(&t.Start, 15*time.Minute)
	or(&t.Hold, 500*time.Millisecond)
	or(&t.Drain, time.Minute)
	return t
}

// Flows runs the workflows of one process.
type Flows struct {
	Config
	dbos dbos.Context
}

// New registers the workflows; Run starts them.
func New(ctx context.Context, c Config) (*Flows, error) {
	c.Times = c.Times.orDefaults()
	// A cancelled parent context would cancel the workflows for good; they must outlive this process instead.
	d, err := dbos.NewContext(context.WithoutCancel(ctx), dbos.Config{
		AppName: "slipway", ApplicationVersion: version, ExecutorID: c.Executor,
		SQLiteSystemDB: c.SQLite, SystemDBPool: c.Postgres, Logger: c.Log,
	})
	if err != nil {
		return nil, fmt.Errorf("open durable workflows: %w", err)
	}
	f := &Flows{Config: c, dbos: d}
	// Recovery is not a failure of the workflow: a machine that is switched off every night must not use up a limit.
	forever := dbos.WithMaxRecoveryAttempts(1 << 30)
	dbos.RegisterWorkflow(d, f.deploy, dbos.WithWorkflowName("deploy"), forever)
	dbos.RegisterWorkflow(d, f.bake, dbos.WithWorkflowName("bake"), forever)
	dbos.RegisterWorkflow(d, f.inspect, dbos.WithWorkflowName("inspect"), forever)
	queues := map[string][]dbos.QueueOption{
		deployQueue:  {dbos.WithPartitionConcurrency(1), dbos.WithQueueBasePollingInterval(deployPoll)},
		inspectQueue: {dbos.WithWorkerConcurrency(4), dbos.WithQueueBasePollingInterval(inspectPoll)},
	}
	for name, options := range queues {
		if _, err := dbos.RegisterQueue(d, name, options...); err != nil {
			return nil, fmt.Errorf("register queue %s: %w", name, err)
		}
	}
	// Launching goes on with what the last process left, at once: everything a workflow uses must be there.
	if err := dbos.Launch(d); err != nil {
		return nil, fmt.Errorf("start durable workflows: %w", err)
	}
	return f, nil
}

// Close stops this process's part of the workflows; another process, or the next start, goes on with them.
func (f *Flows) Close() error { return dbos.Shutdown(f.dbos, 10*time.Second) }

// EnqueueDeployment starts the deployment's workflow when tx commits. Deployments of one app run one after another.
func (f *Flows) EnqueueDeployment(_ context.Context, tx any, deployment, app int64) error {
	_, err := dbos.Enqueue[string](f.dbos, deployQueue, "deploy", deployment,
		dbos.WithEnqueueWorkflowID("deployment-"+strconv.FormatInt(deployment, 10)),
		dbos.WithEnqueueApplicationVersion(version),
		dbos.WithEnqueueQueuePartitionKey("app-"+strconv.FormatInt(app, 10)),
		dbos.WithEnqueueTransaction(tx))
	if err != nil {
		return fmt.Errorf("enqueue deployment %d: %w", deployment, err)
	}
	return nil
}

// EnqueueInspection starts the inspection's workflow when tx commits.
func (f *Flows) EnqueueInspection(_ context.Context, tx any, inspection int64) error {
	_, err := dbos.Enqueue[string](f.dbos, inspectQueue, "inspect", inspection,
		dbos.WithEnqueueWorkflowID("inspection-"+strconv.FormatInt(inspection, 10)),
		dbos.WithEnqueueApplicationVersion(version),
		dbos.WithEnqueueTransaction(tx))
	if err != nil {
		return fmt.Errorf("enqueue inspection %d: %w", inspection, err)
	}
	return nil
}

// step runs fn once for good: its result is recorded, and a workflow that is resumed gets the record. An error means
// that it could not be done now; it is tried again with growing pauses for about ten minutes.
func step[R any](ctx dbos.Context, name string, fn func(context.Context) (R, error)) (R, error) {
	return dbos.RunAsStep(ctx, fn, dbos.WithStepName(name),
		dbos.WithStepMaxRetries(65), dbos.WithStepBaseInterval(200*time.Millisecond), dbos.WithStepMaxInterval(10*time.Second))
}

// topic names a row for followers.
func topic(kind string, id int64) paas.Topic {
	return paas.Topic(kind + ":" + strconv.FormatInt(id, 10))
}
