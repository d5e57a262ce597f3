package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/slipway-paas/slipway/server/paas"
	"github.com/slipway-paas/slipway/web/api"
)

// talker deploys an app that prints what it is asked for, with so many tasks.
func (s *installation) talker(ctx context.Context, name string, tasks int, each paas.Resources) error {
	repo, err := s.repository(ctx, name)
	if err != nil {
		return err
	}
	if err := errors.Join(writeTalker(ctx, repo.dir), repo.commit(ctx, "Talk")); err != nil {
		return err
	}
	return s.call(ctx, http.MethodPost, "/apps", api.AppCreate{
		Name: name, Repo: repo.dir, Deploy: true,
		Settings: paas.AppSettings{
			Scale: map[string]int{paas.WebProcess: tasks}, Resources: map[string]paas.Resources{paas.WebProcess: each}, StartTimeout: 5 * time.Minute,
		},
	}, nil)
}

// talking is the log of a talker's one task.
func (s *installation) talking(ctx context.Context) (log api.Task, err error) {
	const name = "talker"
	if _, err := read[api.App](ctx, s, "/apps/"+name); err != nil { // not there yet
		err = s.talker(ctx, name, 1, paas.Resources{CPUMillis: 1000, MemoryBytes: 128 << 20})
		if err == nil {
			err = s.live(ctx, name, 1, 5*time.Minute)
		}
		if err != nil {
			return log, err
		}
	}
	tasks, err := read[api.List[api.Task]](ctx, s, "/apps/"+name+"/tasks")
	if err != nil {
		return log, err
	}
	for _, t := range tasks.Items {
		if t.State == paas.TaskRunning {
			return t, nil
		}
	}
	return log, errors.New("the talker has no running task")
}

// say makes the talker print; it has printed everything when say returns.
func say(ctx context.Context, url, host string, lines, rate int) error {
	status, body, err := get(ctx, fmt.Sprintf("%s/talk?lines=%d&rate=%d", url, lines, rate), host, "")
	if err == nil && status != http.StatusOK {
		err = fmt.Errorf("the talker answers %d %.200q", status, body)
	}
	return err
}
