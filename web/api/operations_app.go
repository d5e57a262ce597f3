package api

import (
	"context"

	"github.com/slipway-paas/slipway/server/control"
	"github.com/slipway-paas/slipway/server/paas"
)

func (a *API) inspectionCreate(ctx context.Context, r request, in Inspect) (Inspection, error) {
	i, err := a.Control.Inspect(ctx, r.actor, control.InspectRequest(in))
	return inspectionOf(i), err
}

func (a *API) inspectionShow(ctx context.Context, r request, _ None) (Inspection, error) {
	id, err := r.number("inspection")
	if err != nil {
		return Inspection{}, err
	}
	i, err := a.Control.Inspection(ctx, r.actor, id)
	return inspectionOf(i), err
}

func (a *API) appList(ctx context.Context, r request, _ None) (List[App], error) {
	page, err := r.page()
	if err != nil {
		return List[App]{}, err
	}
	apps, err := a.Control.Apps(ctx, r.actor, r.c.QueryParam("q"), page)
	return listOf(apps, page, appOf, func(a control.AppSummary) int64 { return a.App.ID }), err
}

func (a *API) appCreate(ctx context.Context, r request, in AppCreate) (AppCreated, error) {
	app, d, err := a.Control.AppCreate(ctx, r.actor, control.AppCreate(in))
	if err != nil {
		return AppCreated{}, err
	}
	detail, err := a.Control.App(ctx, r.actor, app.Name)
	return AppCreated{App: appDetailOf(detail), Deployment: optional(d, deploymentOf)}, err
}

func (a *API) appShow(ctx context.Context, r request, _ None) (App, error) {
	d, err := a.Control.App(ctx, r.actor, r.path("app"))
	return appDetailOf(d), err
}

func (a *API) appUpdate(ctx context.Context, r request, in AppUpdate) (App, error) {
	if _, err := a.Control.AppUpdate(ctx, r.actor, r.path("app"), control.AppUpdate(in)); err != nil {
		return App{}, err
	}
	return a.appShow(ctx, r, None{})
}

func (a *API) appDestroy(ctx context.Context, r request, in Confirm) (None, error) {
	return None{}, a.Control.AppDestroy(ctx, r.actor, r.path("app"), in.Confirm)
}

func (a *API) appStop(ctx context.Context, r request, _ None) (None, error) {
	return None{}, a.Control.AppStop(ctx, r.actor, r.path("app"))
}

func (a *API) appStart(ctx context.Context, r request, _ None) (None, error) {
	return None{}, a.Control.AppStart(ctx, r.actor, r.path("app"))
}

func (a *API) appScale(ctx context.Context, r request, in Scale) (None, error) {
	for process, n := range in.Processes {
		if n < 0 {
			return None{}, paas.FieldErrorf("processes."+process, "A process cannot have fewer than 0 tasks.")
		}
	}
	return None{}, a.Control.Scale(ctx, r.actor, r.path("app"), in.Processes)
}

func (a *API) variableList(ctx context.Context, r request, _ None) (List[Variable], error) {
	variables, err := a.Control.Variables(ctx, r.actor, r.path("app"))
	return List[Variable]{Items: each(variables, variableOf)}, err
}

func (a *API) variableSet(ctx context.Context, r request, in VariablesSet) (None, error) {
	var errs paas.FieldErrors
	for name, value := range in.Set {
		if _, err := paas.ParseVariableName("set."+name, name); err != nil {
			errs = append(errs, paas.FieldErrorf("set."+name, "%s", err))
		}
		if len(value) > paas.MaxVariableBytes {
			errs = append(errs, paas.FieldErrorf("set."+name, "The value of %s is longer than %s.", name, paas.Bytes(paas.MaxVariableBytes)))
		}
	}
	if err := errs.Or(); err != nil {
		return None{}, err
	}
	return None{}, a.Control.VariablesSet(ctx, r.actor, r.path("app"), in.Set, in.Unset)
}
