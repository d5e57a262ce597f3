package web_test

import (
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/slipway-paas/slipway/server/control"
	"github.com/slipway-paas/slipway/server/paas"
	"github.com/slipway-paas/slipway/web"
	"github.com/slipway-paas/slipway/web/fake"
	"github.com/slipway-paas/slipway/web/pages"
)

// The real control is what the portal is composed with.
var _ web.Control = (*control.Control)(nil)

// portal is a portal over a fake platform.
type portal struct {
	t        *testing.T
	platform *fake.Control
	server   *web.Server
}

const publicURL = "http://127.0.0.1:8080"

// noon is when the fake platform lives.
var noon = time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)

func newPortal(t *testing.T) *portal {
	t.Helper()
	platform := fake.New(func() time.Time { return noon })
	platform.World(0)
	server, err := web.New(web.Config{
		Control: platform, Bus: platform.Bus, Requests: fake.NewRequests(), Drafts: fake.Sealer{}, Assets: noAssets{}, PublicURL: publicURL,
		Log: slog.New(slog.DiscardHandler), Samples: []pages.Sample{{Title: "Node.js", Name: "node", Repo: "https://git.example.com/samples.git"}},
	})
	if err != nil {
		t.Fatal(err)
	}
	return &portal{t, platform, server}
}

// noAssets stands for the files of browsers, which these tests do not load.
type noAssets struct{}

func (noAssets) Path(name string) string                          { return "/assets/" + name }
func (noAssets) ServeHTTP(w http.ResponseWriter, r *http.Request) { http.NotFound(w, r) }

// request is one request by a person ("" is nobody).
type request struct {
	method, path, person string
	form                 url.Values
	body                 string
	header               http.Header
}

type answer struct {
	status int
	header http.Header
	body   string
}

func (p *portal) send(r request) answer {
	p.t.Helper()
	body := r.body
	if r.form != nil {
		body = r.form.Encode()
	}
	if r.method == "" {
		r.method = http.MethodGet
	}
	req := httptest.NewRequestWithContext(p.t.Context(), r.method, r.path, strings.NewReader(body))
	if r.form != nil {
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	for k, v := range r.header {
		req.Header[k] = v
	}
	switch {
	case r.person == "":
	case strings.HasPrefix(r.path, "/api/"):
		req.Header.Set("Authorization", "Bearer slp_"+r.person)
	default:
		req.AddCookie(&http.Cookie{Name: "slipway", Value: r.person})
	}
	w := httptest.NewRecorder()
	p.server.ServeHTTP(w, req)
	got := w.Result()
	defer got.Body.Close()
	text, err := io.ReadAll(got.Body)
	if err != nil {
		p.t.Fatal(err)
	}
	return answer{got.StatusCode, got.Header, string(text)}
}

func (p *portal) get(person, path string) answer {
	p.t.Helper()
	return p.send(request{path: path, person: person})
}

func (p *portal) post(person, path string, form url.Values) answer {
	p.t.Helper()
	if form == nil {
		form = url.Values{}
	}
	return p.send(request{method: http.MethodPost, path: path, person: person, form: form})
}

func (a answer) mustHave(t *testing.T, status int, parts ...string) {
	t.Helper()
	if a.status != status {
		t.Errorf("status %d, want %d", a.status, status)
	}
	for _, part := range parts {
		if !strings.Contains(a.body, part) {
			t.Errorf("the answer does not contain %q:\n%s", part, clip(a.body))
		}
	}
}

func (a answer) mustNotHave(t *testing.T, part string) {
	t.Helper()
	if strings.Contains(a.body, part) {
		t.Errorf("the answer contains %q", part)
	}
}

func clip(s string) string { return s[:min(len(s), 4000)] }

func TestInternalErrorsShowOnlyAReference(t *testing.T) {
	t.Parallel()
	p := newPortal(t)
	p.platform.Fail = errors.New("dial tcp 10.0.0.7:5432: connection refused")
	for _, path := range []string{"/", "/api/v1/apps"} {
		got := p.get(fake.Ada, path)
		got.mustHave(t, http.StatusInternalServerError, got.header.Get("X-Request-Id"))
		got.mustNotHave(t, "10.0.0.7")
	}
}

func TestErrorsHaveTheirStatusAndSentence(t *testing.T) {
	t.Parallel()
	p := newPortal(t)
	tests := map[string]struct {
		person, path string
		status       int
		want         string
	}{
		"an app that does not exist":          {fake.Ada, "/apps/nothing", 404, "There is no app called &#34;nothing&#34;."},
		"an app of another team":              {fake.Eve, "/apps/harbor-shop", 404, "There is no app called"},
		"a page that does not exist":          {fake.Ada, "/nowhere", 404, "There is nothing at this address."},
		"the fleet for who does not run it":   {fake.Ben, "/nodes", 403, "Only an operator"},
		"a deployment that is not a number":   {fake.Ada, "/apps/harbor-shop/deployments/first", 404, "There is no deployment"},
		"the log of another team":             {fake.Eve, "/logs/task/1001/lines", 404, "There is no such log."},
		"a kind of log that does not exist":   {fake.Ada, "/logs/node/1/lines", 404, "There is no such log."},
		"an API address that does not exist":  {fake.Ada, "/api/v1/nowhere", 404, `"kind":"not_found"`},
		"an API request by nobody":            {"", "/api/v1/apps", 401, `"kind":"unauthorized"`},
		"an API request with a wrong list":    {fake.Ada, "/api/v1/apps?limit=900", 400, `"fields":{"limit":`},
		"a page for who belongs to no team":   {fake.Lone, "/apps/new", 403, "You belong to no team yet."},
		"the home page for who has no team":   {fake.Lone, "/", 200, "No apps yet."},
		"a rollback to a release not there":   {fake.Ada, "/apps/harbor-shop/rollback?to=99", 404, "There is no release v99"},
		"a rollback to one without its image": {fake.Ada, "/apps/harbor-shop/rollback?to=7", 200, "It is built again from commit"},
		"a team that the person is not in":    {fake.Ada, "/members?team=quarry", 404, "There is no team called"},
		"an inspection of nobody's":           {fake.Ada, "/apps/new/99", 404, "There is no inspection"},
		"the home page in the right language": {fake.Ada, "/", 200, `<html lang="en"`},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got := p.get(tt.person, tt.path)
			got.mustHave(t, tt.status, tt.want)
		})
	}
}

func TestPagesCarryTheirHeaders(t *testing.T) {
	t.Parallel()
	p := newPortal(t)
	first, second := p.get(fake.Ada, "/"), p.get(fake.Ada, "/")
	policy := first.header.Get("Content-Security-Policy")
	for _, want := range []string{"default-src 'none'", "frame-ancestors 'none'", "base-uri 'none'", "form-action 'self'", "connect-src 'self' ws://127.0.0.1:8080"} {
		if !strings.Contains(policy, want) {
			t.Errorf("the policy %q does not say %q", policy, want)
		}
	}
	if strings.Contains(policy, "unsafe") || policy == second.header.Get("Content-Security-Policy") {
		t.Errorf("the policy must be strict and its nonce new each time: %q", policy)
	}
	_, nonce, _ := strings.Cut(policy, "'nonce-")
	nonce, _, _ = strings.Cut(nonce, "'")
	if got, scripts := strings.Count(first.body, `nonce="`+nonce+`"`), strings.Count(first.body, "<script"); scripts == 0 || got != scripts {
		t.Errorf("%d of %d scripts carry the nonce", got, scripts)
	}
	for name, want := range map[string]string{"X-Content-Type-Options": "nosniff", "Cache-Control": "no-store", "Cross-Origin-Opener-Policy": "same-origin"} {
		if got := first.header.Get(name); got != want {
			t.Errorf("%s is %q, want %q", name, got, want)
		}
	}
}

func TestRequestsFromOtherSitesAreRefused(t *testing.T) {
	t.Parallel()
	p := newPortal(t)
	for name, header := range map[string]http.Header{
		"a form on another site":         {"Sec-Fetch-Site": {"cross-site"}},
		"a form on a sibling site":       {"Sec-Fetch-Site": {"same-site"}},
		"an old browser, foreign origin": {"Origin": {"https://evil.example"}},
	} {
		t.Run(name, func(t *testing.T) {
			got := p.send(request{method: http.MethodPost, path: "/apps/harbor-shop/stop", person: fake.Ada, form: url.Values{}, header: header})
			got.mustHave(t, http.StatusForbidden, "came from another site")
		})
	}
	if len(p.platform.Calls) > 0 {
		t.Errorf("something was done: %v", p.platform.Calls)
	}
}

func TestTooLargeBodiesAreRefused(t *testing.T) {
	t.Parallel()
	p := newPortal(t)
	got := p.post(fake.Ada, "/apps/harbor-shop/variables", url.Values{"variables": {strings.Repeat("x", 3<<20)}})
	got.mustHave(t, paas.Invalid.Status(), "larger than 2 MiB")
}

func TestRedirectsStayInside(t *testing.T) {
	t.Parallel()
	for path, want := range map[string]string{
		"/apps/shop?x=1": "/apps/shop?x=1", "": "/", "//evil.example": "/", "https://evil.example": "/", `/\evil.example`: "/", "/a\r\nSet-Cookie: x": "/",
	} {
		if got := web.LocalPath(path); got != want {
			t.Errorf("LocalPath(%q) = %q, want %q", path, got, want)
		}
	}
}
