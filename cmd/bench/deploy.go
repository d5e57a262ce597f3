package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/slipway-paas/slipway/web/api"
)

// poll is how often an app is asked whether it answers already, here and by hand.
const poll = 10 * time.Millisecond

// measureDeploys changes the sample's source and brings it to life, by turns by Slipway and by hand with the Dockerfile
// that Slipway generated, and then deploys the same commit again and again.
func (b *bench) measureDeploys(ctx context.Context, s *installation) (err error) {
	repo, err := b.repository(ctx, "sample")
	if err != nil {
		return err
	}
	if err := errors.Join(writeExample(repo.dir, "v0"), repo.commit(ctx, "v0")); err != nil {
		return err
	}
	var made api.AppCreated
	if err := s.call(ctx, http.MethodPost, "/apps", api.AppCreate{Name: "sample", Repo: repo.dir, Deploy: true}, &made); err != nil {
		return err
	}
	if err := s.live(ctx, "sample", made.Deployment.Number, 15*time.Minute); err != nil { // bakes the runtime on a new machine
		return err
	}
	first, err := read[api.DeploymentDetail](ctx, s, "/apps/sample/deployments/1")
	if err != nil {
		return err
	}
	h, folder := b.hand("sample"), filepath.Join(b.dir, "by-hand")
	defer func() { err = errors.Join(err, h.removeImage(ctx)) }()
	byHand := func(version string) (time.Duration, error) {
		err := errors.Join(writeExample(folder, version), os.WriteFile(filepath.Join(folder, "Dockerfile"), []byte(first.Build.Dockerfile), 0o644))
		if err != nil {
			return 0, err
		}
		return h.deploy(ctx, folder, version)
	}
	if _, err := byHand("warm"); err != nil {
		return fmt.Errorf("by hand: %w", err)
	}
	var answers, lives, hands []time.Duration
	for i := range b.deploys {
		version := fmt.Sprintf("changed-%d", i)
		if err := errors.Join(writeExample(repo.dir, version), repo.commit(ctx, version)); err != nil {
			return err
		}
		answer, live, err := s.deploy(ctx, version)
		if err != nil {
			return err
		}
		took, err := byHand(version + "-by-hand")
		if err != nil {
			return fmt.Errorf("by hand: %w", err)
		}
		b.note("  deploy %s answers, %s live, %s by hand", answer, live, took)
		answers, lives, hands = append(answers, answer), append(lives, live), append(hands, took)
	}
	peer := median(hands)
	goal := held("deploy of changed source until it answers", median(answers), peer)
	last, err := read[api.DeploymentDetail](ctx, s, fmt.Sprintf("/apps/sample/deployments/%d", 1+b.deploys))
	if err != nil {
		return err
	}
	goal.Note = "the last one's phases:"
	for _, p := range last.Deployment.Phases {
		goal.Note += fmt.Sprintf(" %s %s s", p.Name, number(p.Finished.Sub(p.Started).Seconds()))
	}
	b.add(goal, figure{Name: "  until its state is live", Value: median(lives), Unit: "s", Note: "the old version has left too"}.against(peer, "by hand"))

	answers, lives = nil, nil
	for range b.deploys {
		answer, live, err := s.deploy(ctx, "")
		if err != nil {
			return err
		}
		answers, lives = append(answers, answer), append(lives, live)
	}
	b.add(figure{Name: "deploy of the same commit until it answers", Value: median(answers), Unit: "s"}.against(peer, "by hand with a build"),
		figure{Name: "  until its state is live", Value: median(lives), Unit: "s"}.atMost(3))
	return s.destroy(ctx, "sample")
}

// held is the goal: at most 1.15 times what it takes by hand.
func held(name string, value, peer float64) figure {
	f := figure{Name: name, Value: value, Unit: "s"}.against(peer, "docker build + run by hand")
	met := f.Ratio <= 1.15
	f.Goal, f.Met = "at most 1.15 x", &met
	return f
}

// deploy deploys the sample and waits until another container answers with the version ("" is any), and until the
// deployment is live.
func (s *installation) deploy(ctx context.Context, version string) (answers, live time.Duration, err error) {
	_, before, err := s.app(ctx, "sample", "/version")
	if err != nil {
		return 0, 0, err
	}
	began := time.Now()
	var d api.Deployment
	if err := s.call(ctx, http.MethodPost, "/apps/sample/deployments", api.Deploy{}, &d); err != nil {
		return 0, 0, err
	}
	err = await(ctx, 2*time.Minute, poll, "the new version answers", func(ctx context.Context) error {
		status, body, err := s.app(ctx, "sample", "/version")
		if err == nil && (status != http.StatusOK || body == before || !strings.HasPrefix(body, version)) {
			err = fmt.Errorf("the answer is %d %.80q", status, body)
		}
		return err
	})
	if err != nil {
		return 0, 0, err
	}
	answers = time.Since(began)
	err = s.live(ctx, "sample", d.Number, 2*time.Minute)
	return answers, time.Since(began), err
}

// deploy builds and runs by hand until the version answers.
func (h *hand) deploy(ctx context.Context, folder, version string) (took time.Duration, err error) {
	began := time.Now()
	if err := h.build(ctx, folder); err != nil {
		return 0, err
	}
	id, address, err := h.run(ctx)
	defer func() { err = errors.Join(err, h.removeContainer(ctx, id)) }()
	if err != nil {
		return 0, err
	}
	err = await(ctx, time.Minute, poll, "it answers", func(ctx context.Context) error {
		status, body, err := get(ctx, "http://"+address+"/version", "", "")
		if err == nil && (status != http.StatusOK || !strings.HasPrefix(body, version)) {
			err = fmt.Errorf("the answer is %d %.80q", status, body)
		}
		return err
	})
	return time.Since(began), err
}

func (s *installation) destroy(ctx context.Context, app string) error {
	return s.call(ctx, http.MethodDelete, "/apps/"+app, api.Confirm{Confirm: app}, nil)
}

// median is in seconds.
func median(all []time.Duration) float64 {
	sorted := slices.Sorted(slices.Values(all))
	return sorted[len(sorted)/2].Seconds()
}

// quantile is in milliseconds.
func quantile(all []time.Duration, q float64) float64 {
	sorted := slices.Sorted(slices.Values(all))
	return sorted[min(len(sorted)-1, int(float64(len(sorted))*q))].Seconds() * 1000
}
