package web

import (
	"maps"
	"net/url"
	"slices"
	"strconv"
	"time"

	"github.com/labstack/echo/v4"

	"github.com/slipway-paas/slipway/server/control"
	"github.com/slipway-paas/slipway/server/paas"
	"github.com/slipway-paas/slipway/web/components"
	"github.com/slipway-paas/slipway/web/entry"
	"github.com/slipway-paas/slipway/web/pages"
	"github.com/slipway-paas/slipway/web/render"
)

func (s *Server) appSettings(c echo.Context) error {
	return s.settingsPage(c, "", components.Form{}, 0)
}

// settingsPage shows all sections; form is what was entered into one of them and refused.
func (s *Server) settingsPage(c echo.Context, section string, form components.Form, status int) error {
	ctx, actor := c.Request().Context(), render.Actor(c)
	d, err := s.Control.App(ctx, actor, c.Param("app"))
	if err != nil {
		return err
	}
	credentials, err := s.Control.Credentials(ctx, actor, d.App.TeamName)
	if err != nil {
		return err
	}
	m := pages.Settings{
		Head: pages.HeadOf(d, "settings"), App: d.App, Processes: processesOf(d), Credentials: credentials, Runtimes: s.Runtimes,
		Form: form, Section: section, Stops: d.Running,
	}
	if d.Release != nil {
		m.Plan = &d.Release.Plan
	}
	return s.Show(c, render.Page{Title: "Settings of " + d.App.Name, Section: "apps", Status: status, Body: pages.SettingsPage(m)})
}

// processesOf are the process types that the live release has, or web before the first one, with what was asked for.
func processesOf(d control.AppDetail) (list []pages.ProcessSettings) {
	processes := []paas.Process{{Name: paas.WebProcess}}
	if d.Release != nil && len(d.Release.Plan.Processes) > 0 {
		processes = d.Release.Plan.Processes
	}
	for _, p := range processes {
		scale, set := d.App.Settings.Scale[p.Name]
		if !set {
			scale = 1
		}
		preset := p.Command.String()
		if preset == "" {
			preset = "as detected"
		}
		list = append(list, pages.ProcessSettings{
			Name: p.Name, Command: d.App.Settings.Commands[p.Name], Default: preset, Scale: scale, Asked: d.App.Settings.Resources[p.Name],
		})
	}
	return list
}

func (s *Server) appUpdateSource(c echo.Context) error {
	return s.appUpdate(c, "source", func(values url.Values, d control.AppDetail) (control.AppUpdate, error) {
		repo, branch, root, runtime := entry.Trimmed(values, "repo"), entry.Trimmed(values, "branch"), entry.Trimmed(values, "root"), values.Get("runtime")
		credential, _ := strconv.ParseInt(values.Get("credential"), 10, 64) // the choice "none" is 0
		settings := d.App.Settings
		settings.Build.Install, settings.Build.Command = entry.Trimmed(values, "install"), entry.Trimmed(values, "build")
		return control.AppUpdate{Repo: &repo, Branch: &branch, Root: &root, Runtime: &runtime, Credential: &credential, Settings: &settings}, nil
	})
}

func (s *Server) appUpdateRun(c echo.Context) error {
	return s.appUpdate(c, "run", func(values url.Values, d control.AppDetail) (control.AppUpdate, error) {
		var w entry.Wrongs
		settings := d.App.Settings
		settings.Commands, settings.Resources = map[string]string{}, map[string]paas.Resources{}
		for _, p := range processesOf(d) {
			if line := entry.Trimmed(values, "commands."+p.Name); line != "" {
				settings.Commands[p.Name] = line
			}
			memory, err := entry.Mebibytes(values, "resources."+p.Name+".memory")
			w.Note(err)
			cpu, err := entry.Cores(values, "resources."+p.Name+".cpu")
			w.Note(err)
			settings.Resources[p.Name] = paas.Resources{MemoryBytes: memory, CPUMillis: cpu, DiskBytes: p.Asked.DiskBytes}
		}
		port, err := entry.Whole(values, "port", "The port", 1, 65535)
		w.Note(err)
		seconds, err := entry.Whole(values, "startTimeout", "The start timeout", 1, 3600)
		w.Note(err)
		writable := values.Get("writable") != ""
		settings.Port, settings.HealthPath, settings.StartTimeout = port, entry.Trimmed(values, "healthPath"), time.Duration(seconds)*time.Second
		settings.WritableRoot = &writable
		return control.AppUpdate{Settings: &settings}, w.Err()
	})
}

// appUpdate saves one section of the settings. The version that came with the form makes a change by somebody else in
// the meantime a conflict instead of a loss.
func (s *Server) appUpdate(c echo.Context, section string, read func(url.Values, control.AppDetail) (control.AppUpdate, error)) error {
	ctx, actor := c.Request().Context(), render.Actor(c)
	values, err := entry.Read(c)
	if err != nil {
		return err
	}
	d, err := s.Control.App(ctx, actor, c.Param("app"))
	if err != nil {
		return err
	}
	in, err := read(values, d)
	if err == nil {
		in.Version, err = strconv.ParseInt(values.Get("version"), 10, 64)
		if err != nil {
			return paas.Errorf(paas.Invalid, "The form is incomplete. Load the page again.").Because(err)
		}
		_, err = s.Control.AppUpdate(ctx, actor, d.App.Name, in)
	}
	if err != nil {
		if form, ok := entry.Refused(err, values, fieldsOf(values)...); ok {
			return s.settingsPage(c, section, form, entry.Status(err))
		}
		return err
	}
	return s.Done(c, "settings", "/apps/"+d.App.Name+"/settings")
}

func (s *Server) appScale(c echo.Context) error {
	ctx, actor := c.Request().Context(), render.Actor(c)
	values, err := entry.Read(c)
	if err != nil {
		return err
	}
	d, err := s.Control.App(ctx, actor, c.Param("app"))
	if err != nil {
		return err
	}
	var w entry.Wrongs
	scale := map[string]int{}
	for _, p := range processesOf(d) {
		n, err := entry.Whole(values, "scale."+p.Name, "The number of tasks of "+p.Name, 0, 1000)
		w.Note(err)
		scale[p.Name] = n
	}
	if err = w.Err(); err == nil {
		err = s.Control.Scale(ctx, actor, d.App.Name, scale)
	}
	if err != nil {
		if form, ok := entry.Refused(err, values, fieldsOf(values)...); ok {
			return s.settingsPage(c, "scale", form, entry.Status(err))
		}
		return err
	}
	return s.Done(c, "scaled", "/apps/"+d.App.Name)
}

func (s *Server) appStop(c echo.Context) error {
	if err := s.Control.AppStop(c.Request().Context(), render.Actor(c), c.Param("app")); err != nil {
		return err
	}
	return s.Done(c, "stopped", "/apps/"+c.Param("app"))
}

func (s *Server) appStart(c echo.Context) error {
	if err := s.Control.AppStart(c.Request().Context(), render.Actor(c), c.Param("app")); err != nil {
		return err
	}
	return s.Done(c, "started", "/apps/"+c.Param("app"))
}

func (s *Server) appDestroy(c echo.Context) error {
	values, err := entry.Read(c)
	if err != nil {
		return err
	}
	err = s.Control.AppDestroy(c.Request().Context(), render.Actor(c), c.Param("app"), entry.Trimmed(values, "confirm"))
	if err != nil {
		if form, ok := entry.Refused(err, values, "confirm"); ok {
			return s.settingsPage(c, "danger", form, entry.Status(err))
		}
		return err
	}
	return s.Done(c, "destroyed", "/")
}

func fieldsOf(values url.Values) []string { return slices.Collect(maps.Keys(values)) }
