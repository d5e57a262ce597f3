package web

import (
	"maps"
	"slices"

	"github.com/labstack/echo/v4"

	"github.com/slipway-paas/slipway/server/paas"
	"github.com/slipway-paas/slipway/web/components"
	"github.com/slipway-paas/slipway/web/entry"
	"github.com/slipway-paas/slipway/web/pages"
	"github.com/slipway-paas/slipway/web/render"
)

func (s *Server) variableList(c echo.Context) error {
	return s.variablePage(c, components.Form{}, nil, 0)
}

func (s *Server) variablePage(c echo.Context, form components.Form, set map[string]string, status int) error {
	ctx, actor := c.Request().Context(), render.Actor(c)
	d, err := s.Control.App(ctx, actor, c.Param("app"))
	if err != nil {
		return err
	}
	variables, err := s.Control.Variables(ctx, actor, d.App.Name)
	if err != nil {
		return err
	}
	m := pages.Variables{Head: pages.HeadOf(d, "variables"), Variables: variables, Form: form, HasLive: d.Release != nil}
	if set != nil {
		m.Review = review(variables, set)
	}
	return s.Show(c, render.Page{Title: "Variables of " + d.App.Name, Section: "apps", Status: status, Body: pages.VariablesPage(m)})
}

// review says what applying would do, by name only.
func review(have []paas.Variable, set map[string]string) []components.Change {
	changes := []components.Change{}
	for _, name := range slices.Sorted(maps.Keys(set)) {
		change := components.Change{What: name, After: "new"}
		if slices.ContainsFunc(have, func(v paas.Variable) bool { return v.Name == name }) {
			change = components.Change{What: name, Before: "present value", After: "new value"}
		}
		changes = append(changes, change)
	}
	return changes
}

func (s *Server) variableSet(c echo.Context) error {
	values, err := entry.Read(c)
	if err != nil {
		return err
	}
	set, err := entry.ParseVariables(values.Get("variables"))
	if err == nil && len(set) == 0 {
		err = paas.FieldErrorf("variables", "Enter at least one NAME=value.")
	}
	if err == nil && values.Get("apply") != "" {
		err = s.Control.VariablesSet(c.Request().Context(), render.Actor(c), c.Param("app"), set, nil)
		if err == nil {
			return s.Done(c, "variables", "/apps/"+c.Param("app")+"/variables")
		}
	}
	if err != nil {
		if form, ok := entry.Refused(err, values, "variables"); ok {
			return s.variablePage(c, form, nil, entry.Status(err))
		}
		return err
	}
	return s.variablePage(c, components.Form{Values: values}, set, 0)
}

func (s *Server) variableUnset(c echo.Context) error {
	values, err := entry.Read(c)
	if err != nil {
		return err
	}
	if err := s.Control.VariablesSet(c.Request().Context(), render.Actor(c), c.Param("app"), nil, []string{values.Get("name")}); err != nil {
		return err
	}
	return s.Done(c, "variables", "/apps/"+c.Param("app")+"/variables")
}
