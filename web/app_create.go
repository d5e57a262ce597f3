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
	"github.com/slipway-paas/slipway/web/pages"
)

func (s *Server) appNew(c echo.Context) error { return s.appNewPage(c, components.Form{}, 0) }

func (s *Server) appNewPage(c echo.Context, form components.Form, status int) error {
	teams, err := s.Control.Teams(c.Request().Context(), actorOf(c))
	if err != nil {
		return err
	}
	m := pages.NewApp{Form: form, Samples: s.Samples, Teams: teams, Runtimes: s.Runtimes}
	for _, t := range teams {
		credentials, err := s.Control.Credentials(c.Request().Context(), actorOf(c), t.Name)
		if err != nil {
			return err
		}
		m.Credentials = append(m.Credentials, credentials...)
	}
	return s.show(c, view{title: "New app", section: "apps", status: status, body: pages.NewAppPage(m)})
}

func (s *Server) appInspect(c echo.Context) error {
	values, err := sent(c)
	if err != nil {
		return err
	}
	credential, _ := strconv.ParseInt(values.Get("credential"), 10, 64) // the choice "none" is 0
	inspection, err := s.Control.Inspect(c.Request().Context(), actorOf(c), control.InspectRequest{
		Team: values.Get("team"), Repo: trimmed(values, "repo"), Branch: trimmed(values, "branch"), Root: trimmed(values, "root"),
		Runtime: values.Get("runtime"), Credential: credential,
	})
	if err != nil {
		if e := new(paas.Error); asField(err, &e, "ref") {
			err = paas.FieldErrorf("branch", "%s", e.Message)
		}
		if form, ok := refused(err, values, "repo", "branch", "root", "runtime", "credential", "team"); ok {
			return s.appNewPage(c, form, status(err))
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
	return s.Control.Inspection(c.Request().Context(), actorOf(c), id)
}

func (s *Server) appReview(c echo.Context) error {
	inspection, err := s.inspection(c)
	if err != nil {
		return err
	}
	return s.appReviewPage(c, inspection, components.Form{}, 0)
}

func (s *Server) appReviewPage(c echo.Context, inspection paas.Inspection, form components.Form, status int) error {
	teams, err := s.Control.Teams(c.Request().Context(), actorOf(c))
	if err != nil {
		return err
	}
	m := pages.NewAppReview{Form: form, Inspection: inspection, Teams: teams, Runtimes: s.Runtimes, Name: suggestName(inspection)}
	if inspection.Plan != nil {
		if i := slices.IndexFunc(inspection.Plan.Processes, isWeb); i >= 0 {
			m.Web = &inspection.Plan.Processes[i]
		}
	}
	v := view{title: "New app", section: "apps", status: status, body: pages.NewAppReviewPage(m)}
	if inspection.State == paas.InspectionRunning {
		v.topics = []paas.Topic{topicOf("inspection", inspection.ID)}
	}
	return s.show(c, v)
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
	values, err := sent(c)
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
		app, d, err = s.Control.AppCreate(c.Request().Context(), actorOf(c), in)
	}
	if err != nil {
		if form, ok := refused(err, values, fieldsOf(values)...); ok {
			return s.appReviewPage(c, inspection, form, status(err))
		}
		return err
	}
	if d == nil {
		return s.done(c, "created", "/apps/"+app.Name)
	}
	return c.Redirect(http.StatusSeeOther, deploymentPath(*d))
}

// appFromForm reads what the person made of the defaults; what she left alone stays the runtime's to decide.
func appFromForm(values url.Values, i paas.Inspection) (control.AppCreate, error) {
	var w wrongs
	in := control.AppCreate{
		Team: values.Get("team"), Name: trimmed(values, "name"), Repo: i.Repo.String(), Branch: trimmed(values, "branch"),
		Root: string(i.Root), Runtime: i.Runtime, Credential: i.Credential, Deploy: values.Get("later") == "",
	}
	settings := paas.AppSettings{Commands: map[string]string{}, Scale: map[string]int{}, Resources: map[string]paas.Resources{}}
	settings.Build.Install = changed(values, "install", i.Plan.Build.Install)
	settings.Build.Command = changed(values, "build", i.Plan.Build.Command)
	memory, err := mebibytes(values, "memory")
	w.note(err)
	cpu, err := cores(values, "cpu")
	w.note(err)
	for _, p := range i.Plan.Processes {
		if line := changed(values, "commands."+p.Name, p.Command.String()); line != "" {
			settings.Commands[p.Name] = line
		}
		settings.Resources[p.Name] = paas.Resources{MemoryBytes: memory, CPUMillis: cpu}
		if isWeb(p) {
			settings.Port, err = whole(values, "port", "The port", 1, 65535)
			w.note(err)
			settings.Scale[p.Name], err = whole(values, "scale.web", "The number of tasks", 0, 1000)
			w.note(err)
			settings.HealthPath = trimmed(values, "healthPath")
		}
	}
	in.Variables, err = parseVariables(values.Get("variables"))
	w.note(err)
	// A name the source asks for may be left empty; it is then asked for again when it is missing.
	for name, value := range in.Variables {
		if value == "" && slices.Contains(i.Plan.Needs, name) {
			delete(in.Variables, name)
		}
	}
	_, err = paas.ParseName("name", in.Name)
	w.note(err)
	in.Settings = settings
	return in, w.errs.Or()
}

// changed is what was entered where the default stood, "" when that was left.
func changed(values url.Values, field, preset string) string {
	if entered := trimmed(values, field); entered != preset {
		return entered
	}
	return ""
}
