package web_test

import (
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"github.com/slipway-paas/slipway/web/draft"
	"github.com/slipway-paas/slipway/web/fake"
)

// hidden is the value of a hidden field.
func (a answer) hidden(t *testing.T, field string) string {
	t.Helper()
	m := regexp.MustCompile(`name="` + field + `" value="([^"]*)"`).FindStringSubmatch(a.body)
	if m == nil {
		t.Fatalf("there is no hidden field %s:\n%s", field, clip(a.body))
	}
	return m[1]
}

func TestAFormOutlivesItsSession(t *testing.T) {
	t.Parallel()
	p := newPortal(t)
	entered := url.Values{"team": {"harbor"}, "name": {"forge-write"}, "kind": {"ssh_key"}, "username": {"robot-seven"}, "secret": {"ghp_not-to-be-kept"}}
	page := p.post("", "/credentials", entered)
	page.mustHave(t, http.StatusUnauthorized, "Your session had ended before this was sent, so nothing was changed.", `action="/sign-in"`)
	page.mustNotHave(t, "ghp_not-to-be-kept")

	signIn := url.Values{"email": {fake.Ada}, "password": {"a wrong one"}, "pending": {page.hidden(t, "pending")}}
	wrong := p.post("", "/sign-in", signIn)
	if wrong.hidden(t, "pending") != signIn.Get("pending") {
		t.Fatal("a wrong password lost the form")
	}
	signIn.Set("password", fake.Password)
	back := p.post("", "/sign-in", signIn)
	back.mustHave(t, http.StatusOK, "You are signed in again.", `value="forge-write"`, `value="robot-seven"`, `<option value="ssh_key" selected`, `data-address="/credentials"`, `action="/credentials"`)
	back.mustNotHave(t, "ghp_not-to-be-kept")
	if !strings.HasPrefix(back.header.Get("Set-Cookie"), "slipway="+fake.Ada) {
		t.Errorf("no session came with the page: %q", back.header.Get("Set-Cookie"))
	}
	if len(p.platform.Calls) != 0 {
		t.Errorf("signing in carried out %q", p.platform.Calls)
	}
}

func TestACheckboxComesBackAsItWas(t *testing.T) {
	t.Parallel()
	p := newPortal(t)
	page := p.post("", "/apps/harbor-shop/deployments", url.Values{"ref": {"release-9"}, "no-cache": {"1"}})
	back := p.post("", "/sign-in", url.Values{"email": {fake.Ada}, "password": {fake.Password}, "pending": {page.hidden(t, "pending")}})
	back.mustHave(t, http.StatusOK, `data-address="/apps/harbor-shop"`, `value="release-9"`)
	if !regexp.MustCompile(`name="no-cache"[^>]* checked`).MatchString(back.body) {
		t.Error("the checkbox is off")
	}
}

func TestTheFormOfEveryPostIsFoundAgain(t *testing.T) {
	t.Parallel()
	p := newPortal(t)
	for _, route := range p.server.Table() {
		if route.Method != http.MethodPost || route.Policy == "public" || strings.HasPrefix(route.Path, "/api/") {
			continue
		}
		path := fill.Replace(route.Path)
		back := p.post("", path, nil).hidden(t, "back")
		if back == "/" {
			t.Errorf("POST %s leads back to the list of apps", path)
		}
		got := p.get(fake.Ada, back)
		if got.status != http.StatusOK && !strings.HasSuffix(back, "/rollback") { // which needs the release, see below
			t.Errorf("POST %s leads back to %s, which answers %d", path, back, got.status)
		}
	}
	from := request{method: http.MethodPost, path: "/apps/harbor-shop/rollback", form: url.Values{"to": {"11"}}}
	for referer, want := range map[string]string{
		"http://example.com/apps/harbor-shop/rollback?to=11":         "/apps/harbor-shop/rollback?to=11",
		"http://example.com/apps/other/rollback?to=11":               "/apps/harbor-shop/rollback",
		"http://evil.example.net/apps/harbor-shop/rollback?to=11":    "/apps/harbor-shop/rollback",
		"http://example.com//evil.example.net/harbor-shop/rollback?": "/apps/harbor-shop/rollback",
	} {
		from.header = http.Header{"Referer": {referer}}
		if back := p.send(from).hidden(t, "back"); back != want {
			t.Errorf("from %s the way back is %s, want %s", referer, back, want)
		}
	}
}

func TestNobodyElseSaysWhereSigningInLeads(t *testing.T) {
	t.Parallel()
	p := newPortal(t)
	elsewhere, err := draft.Draft{Page: "//evil.example.net/", Values: url.Values{}, At: noon}.Seal(fake.Sealer{})
	if err != nil {
		t.Fatal(err)
	}
	for name, pending := range map[string]string{"a forged form": "AAAA", "none": "", "an old one that leads elsewhere": elsewhere} {
		got := p.post("", "/sign-in", url.Values{"email": {fake.Ada}, "password": {fake.Password}, "pending": {pending}, "back": {"//evil.example.net/"}})
		if got.status != http.StatusSeeOther || got.header.Get("Location") != "/" {
			t.Errorf("%s: got %d to %q", name, got.status, got.header.Get("Location"))
		}
	}
}
