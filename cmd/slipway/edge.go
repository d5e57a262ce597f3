package main

import (
	"context"
	"strings"

	"github.com/slipway-paas/slipway/executor/edge"
	"github.com/slipway-paas/slipway/server/bus"
	"github.com/slipway-paas/slipway/server/paas"
	"github.com/slipway-paas/slipway/server/store"
	"github.com/slipway-paas/slipway/web"
)

func compare(a, b string) int { return strings.Compare(strings.ToLower(a), strings.ToLower(b)) }

// routes gives the edge its table from the records.
type routes struct {
	store   *store.Store
	changed <-chan struct{}
}

// edgeName is this process's edge in the books; a deploy waits until every edge has its routes.
const edgeName = "local"

func (r routes) Routes(ctx context.Context) (edge.Routes, error) {
	known, version, err := r.store.Routes(ctx)
	if err != nil {
		return edge.Routes{}, err
	}
	states := map[paas.RouteState]edge.State{
		paas.RouteServing: edge.Starting, paas.RouteStarting: edge.Starting, paas.RouteStopped: edge.Stopped,
		paas.RouteFailing: edge.Failing, paas.RouteNew: edge.Unknown,
	}
	table := edge.Routes{Version: version, Apps: make([]edge.App, 0, len(known))}
	for _, k := range known {
		table.Apps = append(table.Apps, edge.App{ID: k.AppID, Name: k.App, State: states[k.State], Upstreams: k.Addresses})
	}
	return table, nil
}

func (r routes) Changed() <-chan struct{} { return r.changed }

func (r routes) Report(ctx context.Context, version int64) error {
	return r.store.ReportRoutes(ctx, edgeName, version)
}

// portalBus narrows the bus to what the portal asks of it.
type portalBus struct{ *bus.Bus }

func (b portalBus) Subscribe(topics ...paas.Topic) web.Hints { return b.Bus.Subscribe(topics...) }
