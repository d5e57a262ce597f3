package web

import (
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/labstack/echo/v4"

	"github.com/slipway-paas/slipway/server/control"
	"github.com/slipway-paas/slipway/server/paas"
	"github.com/slipway-paas/slipway/web/components"
	"github.com/slipway-paas/slipway/web/entry"
	"github.com/slipway-paas/slipway/web/pages"
	"github.com/slipway-paas/slipway/web/render"
)

func (s *Server) appNew(c echo.Context) error { return s.appNewPage(c, components.Form{}, 0) }

func (s *Server) appNewPage(c echo.Context, form components.Form, status int) error {
	teams, err := s.Control.Teams(c.Request().Context(), render.Actor(c))
	if err != nil {
		return err
	}
	m := pages.NewApp{Form: form, Samples: s.Samples, Teams: teams, Runtimes: s.Runtimes}
	for _, t := range teams {
		credentials, err := s.Control.Credentials(c.Request().Context(), render.Actor(c), t.Name)
		if err != nil {
			return err
		}
		m.Credentials = append(m.Credentials, credentials...)
	}
	return s.Show(c, render.Page{Title: "New app", Section: "apps", Status: status, Body: pages.NewAppPage(m)})
}

func (s *Server) appInspect(c echo.Context) error {
	values, err := entry.Read(c)
	if err != nil {
		return err
	}
	credential, _ := strconv.ParseInt(values.Get("credential"), 10, 64) // the choice "none" is 0
	inspection, err := s.Control.Inspect(c.Request().Context(), render.Actor(c), control.InspectRequest{
		Team: values.Get("team"), Repo: entry.Trimmed(values, "repo"), Branch: entry.Trimmed(values, "branch"), Root: entry.Trimmed(values, "root"),
		Runtime: values.Get("runtime"), Credential: credential,
	})
	if err != nil {
		if e := new(paas.Error); entry.Names(err, &e, "ref") {
			err = paas.FieldErrorf("branch", "%s", e.Message)
		}
		if form, ok := entry.Refused(err, values, "repo", "branch", "root", "runtime", "credential", "team"); ok {
			return s.appNewPage(c, form, entry.Status(err))
		}
		return err
	}
	return c.Redirect(http.StatusSeeOther, "/apps/new/"+strconv.FormatInt(inspection.ID, 10))
}

func (s *Server) inspection(c echo.Context) (paas.Inspection, error) {
	id, err := strconv.ParseInt(c.Param("inspection"), 10, 64)
	if err != nil {
		return paas.Inspection{}, paas.Errorf(paas.NotFound, "There is no inspection %q.", c.Param("inspection"))
	}
	return s.Control.Inspection(c.Request().Context(), render.Actor(c), id)
}

func (s *Server) appReview(c echo.Context) error {
	inspection, err := s.inspection(c)
	if err != nil {
		return err
	}
	return s.appReviewPage(c, inspection, components.Form{}, 0)
}

func (s *Server) appReviewPage(c echo.Context, inspection paas.Inspection, form components.Form, status int) error {
	teams, err := s.Control.Teams(c.Request().Context(), render.Actor(c))
	if err != nil {
		return err
	}
	m := pages.NewAppReview{Form: form, Inspection: inspection, Teams: teams, Runtimes: s.Runtimes, Name: suggestName(inspection)}
	if inspection.Plan != nil {
		if i := slices.IndexFunc(inspection.Plan.Processes, isWeb); i >= 0 {
			m.Web = &inspection.Plan.Processes[i]
		}
	}
	v := render.Page{Title: "New app", Section: "apps", Status: status, Body: pages.NewAppReviewPage(m)}
	if inspection.State == paas.InspectionRunning {
		v.Topics = []paas.Topic{topicOf("inspection", inspection.ID)}
	}
	return s.Show(c, v)
}

func isWeb(p paas.Process) bool { return p.Name == paas.WebProcess }

// suggestName makes a name for the app out of its folder or its repository.
func suggestName(i paas.Inspection) string {
	name := i.Repo.Name()
	if root := i.Root.Path(); root != "." {
		name = root[strings.LastIndex(root, "/")+1:]
	}
	name = strings.Map(func(r rune) rune {
		switch {
		case r >= 'a' && r <= 'z', r >= '0' && r <= '9', r == '-':
			return r
		case r >= 'A' && r <= 'Z':
			return r + 'a' - 'A'
		default:
			return '-'
		}
	}, name)
	name = strings.Trim(strings.TrimLeft(name, "0123456789-"), "-")
	name = strings.TrimRight(name[:min(len(name), 39)], "-")
	if name == "" {
		return "app"
	}
	return name
}

func (s *Server) appCreate(c echo.Context) error {
	values, err := entry.Read(c)
	if err != nil {
		return err
	}
	inspection, err := s.inspection(c)
	if err != nil {
		return err
	}
	if inspection.Plan == nil {
		return paas.Errorf(paas.Conflict, "The repository is not looked through yet.")
	}
	in, err := appFromForm(values, inspection)
	var app paas.App
	var d *paas.Deployment
	if err == nil {
		app, d, err = s.Control.AppCreate(c.Request().Context(), render.Actor(c), in)
	}
	if err != nil {
		if form, ok := entry.Refused(err, values, fieldsOf(values)...); ok {
			return s.appReviewPage(c, inspection, form, entry.Status(err))
		}
		return err
	}
	if d == nil {
		return s.Done(c, "created", "/apps/"+app.Name)
	}
	return c.Redirect(http.StatusSeeOther, deploymentPath(*d))
}

// appFromForm reads what the person made of the defaults; what she left alone stays the runtime's to decide.
func appFromForm(values url.Values, i paas.Inspection) (control.AppCreate, error) {
	var w entry.Wrongs
	in := control.AppCreate{
		Team: values.Get("team"), Name: entry.Trimmed(values, "name"), Repo: i.Repo.String(), Branch: entry.Trimmed(values, "branch"),
		Root: string(i.Root), Runtime: i.Runtime, Credential: i.Credential, Deploy: values.Get("later") == "",
	}
	settings := paas.AppSettings{Commands: map[string]string{}, Scale: map[string]int{}, Resources: map[string]paas.Resources{}}
	settings.Build.Install = changed(values, "install", i.Plan.Build.Install)
	settings.Build.Command = changed(values, "build", i.Plan.Build.Command)
	memory, err := entry.Mebibytes(values, "memory")
	w.Note(err)
	cpu, err := entry.Cores(values, "cpu")
	w.Note(err)
	for _, p := range i.Plan.Processes {
		if line := changed(values, "commands."+p.Name, p.Command.String()); line != "" {
			settings.Commands[p.Name] = line
		}
		settings.Resources[p.Name] = paas.Resources{MemoryBytes: memory, CPUMillis: cpu}
		if isWeb(p) {
			settings.Port, err = entry.Whole(values, "port", "The port", 1, 65535)
			w.Note(err)
			settings.Scale[p.Name], err = entry.Whole(values, "scale.web", "The number of tasks", 0, 1000)
			w.Note(err)
			settings.HealthPath = entry.Trimmed(values, "healthPath")
		}
	}
	in.Variables, err = entry.ParseVariables(values.Get("variables"))
	w.Note(err)
	// A name the source asks for may be left empty; it is then asked for again when it is missing.
	for name, value := range in.Variables {
		if value == "" && slices.Contains(i.Plan.Needs, name) {
			delete(in.Variables, name)
		}
	}
	_, err = paas.ParseName("name", in.Name)
	w.Note(err)
	in.Settings = settings
	return in, w.Err()
}

// changed is what was entered where the default stood, "" when that was left.
func changed(values url.Values, field, preset string) string {
	if entered := entry.Trimmed(values, field); entered != preset {
		return entered
	}
	return ""
}
