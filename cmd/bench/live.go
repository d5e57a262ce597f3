package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/docker/docker/api/types/container"
	"github.com/gorilla/websocket"

	"github.com/slipway-paas/slipway/server/paas"
	"github.com/slipway-paas/slipway/web/api"
)

// liveRate is how many lines a second are followed. Source: issue 3.
const liveRate = 20_000

// heard is what came of a paced talk.
type heard struct {
	lines   int
	wrong   int // not the number that was due
	delays  []time.Duration
	arrived time.Time // the last line
}

// take notes one of the talker's lines.
func (h *heard) take(text string, at time.Time) {
	number, rest, _ := strings.Cut(text, " ")
	n, err := strconv.Atoi(number)
	nanos, _, _ := strings.Cut(rest, " ")
	printed, stampErr := strconv.ParseInt(nanos, 10, 64)
	if err != nil || stampErr != nil {
		return // not the talker's: the platform's own line
	}
	h.lines++
	if n != h.lines {
		h.wrong++
	}
	h.delays, h.arrived = append(h.delays, at.Sub(time.Unix(0, printed))), at
}

// measureLive follows a log by websocket, as the page does, while lines come at a steady rate.
func (b *bench) measureLive(ctx context.Context, s *installation) error {
	task, err := s.talking(ctx)
	if err != nil {
		return err
	}
	log, err := read[api.Logs](ctx, s, strings.TrimPrefix(task.Log, api.Prefix)+"?limit=1")
	if err != nil {
		return err
	}
	header := http.Header{"Origin": {"http://" + s.portal}, "Authorization": {"Bearer " + s.token}}
	ws, answer, err := websocket.DefaultDialer.DialContext(ctx, "ws://"+s.portal+"/live", header) //nolint:bodyclose // gorilla: nothing needs closing
	if err != nil {
		return errors.Join(err, fmt.Errorf("the websocket was answered %v", answer))
	}
	defer ws.Close()
	ask := map[string]any{"sub": []any{map[string]any{"topic": fmt.Sprintf("logs:task:%d", task.ID), "cursor": log.Last + 1}}}
	if err := ws.WriteJSON(ask); err != nil {
		return err
	}
	lines := int(b.live.Seconds() * liveRate)
	began, said := time.Now(), make(chan error, 1)
	go func() { said <- say(ctx, "http://"+s.edge, "talker.localhost", lines, liveRate) }()
	var h heard
	for h.lines < lines {
		if err := ws.SetReadDeadline(time.Now().Add(20 * time.Second)); err != nil {
			return err
		}
		_, message, err := ws.ReadMessage()
		if err != nil {
			return fmt.Errorf("after %d of %d lines: %w", h.lines, lines, err)
		}
		at := time.Now()
		var m struct {
			Topic paas.Topic          `json:"topic"`
			Lines [][]json.RawMessage `json:"lines"`
		}
		if err := json.Unmarshal(message, &m); err != nil {
			return err
		}
		for _, l := range m.Lines {
			var text string
			if err := json.Unmarshal(l[3], &text); err != nil {
				return err
			}
			h.take(text, at)
		}
	}
	took := h.arrived.Sub(began)
	if err := <-said; err != nil {
		return err
	}
	peer, err := b.liveByHand(ctx)
	if err != nil {
		return fmt.Errorf("by hand: %w", err)
	}
	rate := float64(h.lines) / took.Seconds()
	b.add(
		figure{Name: "container to websocket, p99 delay", Value: quantile(h.delays, 0.99), Unit: "ms"}.atMost(250).
			against(quantile(peer.delays, 0.99), "docker logs --follow").
			and(h.wrong == 0 && rate > 0.99*liveRate, fmt.Sprintf("%d lines at %.0f/s, %d out of order; median %s ms", h.lines, rate, h.wrong, number(quantile(h.delays, 0.5)))),
	)
	return nil
}

// liveByHand follows the same talk with `docker logs --follow`.
func (b *bench) liveByHand(ctx context.Context) (h heard, err error) {
	lines := int(min(b.live, 10*time.Second).Seconds() * liveRate)
	err = b.withTalker(ctx, func(id, address string) error {
		said := make(chan error, 1)
		go func() { said <- say(ctx, "http://"+address, "", lines, liveRate) }()
		following, cancel := context.WithTimeout(ctx, 2*time.Minute)
		defer cancel()
		err := b.dockerLogs(following, id, container.LogsOptions{ShowStdout: true, Follow: true}, func(text string) bool {
			h.take(text, time.Now())
			return h.lines < lines
		})
		return errors.Join(err, <-said)
	})
	return h, err
}
