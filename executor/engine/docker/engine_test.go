package docker_test

import (
	"context"
	"testing"
	"time"

	"github.com/slipway-paas/slipway/executor/engine/docker"
	"github.com/slipway-paas/slipway/executor/engine/enginetest"
)

// subject makes an install of its own on the machine's engine and takes it away after the test.
func subject(t *testing.T) enginetest.Subject {
	t.Helper()
	e, err := docker.New(docker.Options{Install: enginetest.Install()})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(t.Context()), time.Minute)
		defer cancel()
		if err := e.Purge(ctx); err != nil {
			t.Errorf("clean up: %v", err)
		}
		if err := e.Close(); err != nil {
			t.Errorf("close: %v", err)
		}
	})
	return enginetest.Subject{Engine: e, Image: enginetest.Image(t)}
}

func TestEngine(t *testing.T) { enginetest.Exercise(t, subject) }
