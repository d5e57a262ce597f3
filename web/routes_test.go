package web_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/slipway-paas/slipway/web"
	"github.com/slipway-paas/slipway/web/fake"
)

// fill makes a real address of a pattern: things of team harbor.
var fill = strings.NewReplacer(":file", "app.css", ":inspection", "1", ":app", "harbor-shop", ":number", "14", ":kind", "task", ":id", "1001",
	":node", "quay-1", ":team", "harbor", ":user", "2", ":credential", "1", ":token", "1")

// actors are who tries each route, with the policies that let them in.
var actors = map[string]struct {
	person string
	passes string
}{
	"nobody":                {"", "public"},
	"a person without team": {fake.Lone, "public signed-in"},
	"a member":              {fake.Ben, "public signed-in member"},
	"an owner of another":   {fake.Eve, "public signed-in member owner"},
	"an owner and operator": {fake.Ada, "public signed-in member owner operator"},
}

func TestEveryRouteLetsInWhoItsPolicySays(t *testing.T) {
	t.Parallel()
	for name, actor := range actors {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			reads := newPortal(t)
			for _, route := range reads.server.Table() {
				if route.Path == "/live" || strings.HasSuffix(route.Path, "/follow") {
					continue // tested with their connections, in live_test.go and api_test.go
				}
				p := reads
				if route.Method != http.MethodGet {
					p = newPortal(t) // its own platform: some routes destroy what others need
				}
				got := p.send(request{method: route.Method, path: fill.Replace(route.Path), person: actor.person, form: formOf(route)})
				checkAccess(t, route, actor.person, strings.Contains(actor.passes+" ", route.Policy+" "), got)
			}
		})
	}
}

func formOf(route web.Line) map[string][]string {
	if route.Method == http.MethodGet || strings.HasPrefix(route.Path, "/api/") {
		return nil
	}
	return map[string][]string{}
}

func checkAccess(t *testing.T, route web.Line, person string, passes bool, got answer) {
	t.Helper()
	line := route.Method + " " + route.Path
	api := strings.HasPrefix(route.Path, "/api/")
	ofHarbor := strings.Contains(route.Path, ":app") || strings.Contains(route.Path, ":id") || strings.Contains(route.Path, ":inspection") || strings.Contains(route.Path, ":team")
	switch {
	case !passes && person == "" && api:
		if got.status != http.StatusUnauthorized {
			t.Errorf("%s: nobody got %d, want 401", line, got.status)
		}
	case !passes && person == "" && route.Method == http.MethodPost:
		if got.status != http.StatusUnauthorized || !strings.Contains(got.body, `action="/sign-in"`) {
			t.Errorf("%s: nobody got %d, want the sign-in page", line, got.status)
		}
	case !passes && person == "":
		if got.status != http.StatusSeeOther || !strings.HasPrefix(got.header.Get("Location"), "/sign-in?back=") {
			t.Errorf("%s: nobody got %d to %q, want the way to sign-in", line, got.status, got.header.Get("Location"))
		}
	case !passes:
		if got.status != http.StatusForbidden {
			t.Errorf("%s: got %d, want 403", line, got.status)
		}
	case person == fake.Eve && ofHarbor:
		// What belongs to another team is not found; a form that is wrong anyway may be refused before.
		if got.status != http.StatusNotFound && got.status != http.StatusBadRequest {
			t.Errorf("%s: another team's got %d, want 404", line, got.status)
		}
	case route.Path == "/sign-in" || route.Path == "/setup":
		// They answer 401 and 403 themselves when the password or the link is wrong.
		if got.status >= http.StatusInternalServerError {
			t.Errorf("%s: got %d", line, got.status)
		}
	case got.status == http.StatusUnauthorized || got.status == http.StatusForbidden || got.status >= http.StatusInternalServerError:
		t.Errorf("%s: got %d, must be let in", line, got.status)
	}
}

func TestARouteWithoutPolicyStopsTheStart(t *testing.T) {
	t.Parallel()
	if err := newPortal(t).server.RegisterUnguarded(); err == nil {
		t.Error("a route without a policy was registered")
	}
}

func TestEveryLivePageHasFragmentsWithHashes(t *testing.T) {
	t.Parallel()
	p := newPortal(t)
	for _, route := range p.server.Table() {
		if !route.Live {
			continue
		}
		path := fill.Replace(route.Path)
		if route.Path == "/apps/new/:inspection" {
			path = "/apps/new/2" // one that runs; a finished one has nothing to wait for
		}
		got := p.get(fake.Ada, path)
		got.mustHave(t, http.StatusOK, `data-view="`+path+`"`, `data-live="`)
	}
}
