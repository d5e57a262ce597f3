package web_test

import (
	"encoding/json"
	"html"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/slipway-paas/slipway/server/paas"
	"github.com/slipway-paas/slipway/web"
	"github.com/slipway-paas/slipway/web/fake"
)

func TestARefusedFormKeepsWhatWasEntered(t *testing.T) {
	t.Parallel()
	p := newPortal(t)
	tests := map[string]struct {
		path   string
		form   url.Values
		status int
		wrong  string // the field that is named
		kept   []string
	}{
		"a repository that is none": {"/apps/inspect", url.Values{"repo": {"nonsense <b>"}, "root": {"apps/web"}}, 400, "repo", []string{"nonsense <b>", "apps/web"}},
		"a new app with wrong numbers": {
			"/apps/new/1", url.Values{"name": {"dock"}, "memory": {"lots"}, "cpu": {"0.5"}, "port": {"80"}, "scale.web": {"1"}, "install": {"npm ci --omit=dev"}, "variables": {"A=1"}},
			400, "memory", []string{"lots", "npm ci --omit=dev", "A=1"},
		},
		"a new app with wrong variables": {
			"/apps/new/1", url.Values{"name": {"dock"}, "memory": {"64"}, "cpu": {"0.5"}, "port": {"80"}, "scale.web": {"1"}, "variables": {"what is this"}}, 400, "variables", []string{"what is this"},
		},
		"a branch that cannot be":    {"/apps/harbor-shop/deployments", url.Values{"ref": {"-evil"}}, 400, "ref", []string{"-evil"}},
		"variables that cannot be":   {"/apps/harbor-shop/variables", url.Values{"variables": {"A=1\n2B=3"}}, 400, "variables", []string{"A=1\n2B=3"}},
		"too many tasks":             {"/apps/harbor-shop/scale", url.Values{"scale.web": {"51"}, "scale.worker": {"2"}}, 400, "scale.web", []string{`value="51"`}},
		"a start timeout of words":   {"/apps/harbor-shop/settings/run", url.Values{"version": {"3"}, "resources.web.memory": {"64"}, "resources.web.cpu": {"1"}, "resources.worker.memory": {"64"}, "resources.worker.cpu": {"1"}, "port": {"80"}, "startTimeout": {"soon"}}, 400, "startTimeout", []string{"soon"}},
		"another app's name":         {"/apps/harbor-shop/destroy", url.Values{"confirm": {"tide-tables"}}, 400, "confirm", []string{"tide-tables"}},
		"an e-mail that is none":     {"/members", url.Values{"team": {"harbor"}, "email": {"cy"}, "name": {"Cy"}, "role": {"member"}}, 400, "email", []string{"Cy"}},
		"a token without name":       {"/tokens", url.Values{"days": {"30"}}, 400, "name", nil},
		"a credential without name":  {"/credentials", url.Values{"team": {"harbor"}, "username": {"robot"}}, 400, "name", []string{"robot"}},
		"the wrong present password": {"/account/password", url.Values{"old": {"wrong"}, "new": {"a new long password"}}, 400, "old", nil},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got := p.post(fake.Ada, tt.path, tt.form)
			got.mustHave(t, tt.status, `data-testid="wrong-`+tt.wrong+`"`, `aria-invalid="true"`)
			for _, kept := range tt.kept {
				if !strings.Contains(html.UnescapeString(got.body), kept) {
					t.Errorf("%q was not kept", kept)
				}
			}
		})
	}
	if len(p.platform.Calls) > 0 {
		t.Errorf("a refused form did %v", p.platform.Calls)
	}
}

func TestFormsDoWhatTheySay(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		path     string
		form     url.Values
		does     string
		location string
	}{
		"deploy":             {"/apps/harbor-shop/deployments", nil, "deploy harbor-shop #15", "/apps/harbor-shop/deployments/15"},
		"apply config":       {"/apps/harbor-shop/deployments", url.Values{"config": {"1"}}, "config harbor-shop #15", "/apps/harbor-shop/deployments/15"},
		"roll back":          {"/apps/harbor-shop/rollback", url.Values{"to": {"11"}}, "rollback harbor-shop #15", "/apps/harbor-shop/deployments/15"},
		"cancel":             {"/apps/tide-tables/deployments/15/cancel", nil, "cancel tide-tables #15", "/apps/tide-tables/deployments/15"},
		"scale":              {"/apps/harbor-shop/scale", url.Values{"scale.web": {"5"}, "scale.worker": {"1"}}, "scale harbor-shop web=5", "/apps/harbor-shop"},
		"stop":               {"/apps/harbor-shop/stop", nil, "stopped harbor-shop true", "/apps/harbor-shop"},
		"start":              {"/apps/winter-store/start", nil, "stopped winter-store false", "/apps/winter-store"},
		"destroy":            {"/apps/harbor-shop/destroy", url.Values{"confirm": {"harbor-shop"}}, "destroy harbor-shop", "/"},
		"set variables":      {"/apps/harbor-shop/variables", url.Values{"variables": {"A=1\nB=2"}, "apply": {"1"}}, "variables harbor-shop +2 -0", "/apps/harbor-shop/variables"},
		"remove a variable":  {"/apps/harbor-shop/variables/unset", url.Values{"name": {"GREETING"}}, "variables harbor-shop +0 -1", "/apps/harbor-shop/variables"},
		"create":             {"/apps/new/1", url.Values{"name": {"dock"}, "memory": {"64"}, "cpu": {"0,25"}, "port": {"8080"}, "scale.web": {"1"}, "variables": {"DATABASE_URL="}}, "create dock", "/apps/dock/deployments/1"},
		"create for later":   {"/apps/new/1", url.Values{"name": {"dock"}, "memory": {"64"}, "cpu": {"1"}, "port": {"8080"}, "scale.web": {"1"}, "later": {"1"}}, "create dock", "/apps/dock"},
		"change how it runs": {"/apps/harbor-shop/settings/run", url.Values{"version": {"3"}, "resources.web.memory": {"64"}, "resources.web.cpu": {"1"}, "resources.worker.memory": {"64"}, "resources.worker.cpu": {"1"}, "port": {"80"}, "startTimeout": {"9"}}, "update harbor-shop", "/apps/harbor-shop/settings"},
		"change the source":  {"/apps/harbor-shop/settings/source", url.Values{"version": {"3"}, "repo": {"https://git.example.com/a/b.git"}}, "update harbor-shop", "/apps/harbor-shop/settings"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := newPortal(t)
			got := p.post(fake.Ada, tt.path, tt.form)
			if got.status != http.StatusSeeOther || got.header.Get("Location") != tt.location {
				t.Errorf("got %d to %q, want a redirect to %q: %s", got.status, got.header.Get("Location"), tt.location, clip(got.body))
			}
			if !slices.Contains(p.platform.Calls, tt.does) {
				t.Errorf("did %v, want %q", p.platform.Calls, tt.does)
			}
		})
	}
}

func TestAChangeByTwoIsAConflictNotALoss(t *testing.T) {
	t.Parallel()
	p := newPortal(t)
	got := p.post(fake.Ada, "/apps/harbor-shop/settings/source", url.Values{"version": {"2"}, "repo": {"https://git.example.com/mine.git"}})
	got.mustHave(t, http.StatusConflict, "Somebody else changed these settings meanwhile", "https://git.example.com/mine.git")
}

func TestVariablesAreReviewedBeforeTheyAreSet(t *testing.T) {
	t.Parallel()
	p := newPortal(t)
	got := p.post(fake.Ada, "/apps/harbor-shop/variables", url.Values{"variables": {"GREETING=hi\nNEW=1"}})
	got.mustHave(t, http.StatusOK, `data-testid="review"`, `data-testid="apply"`, "present value", "GREETING=hi")
	if len(p.platform.Calls) > 0 {
		t.Errorf("a review did %v", p.platform.Calls)
	}
}

func TestSigningIn(t *testing.T) {
	t.Parallel()
	p := newPortal(t)
	wrong := p.post("", "/sign-in", url.Values{"email": {fake.Ada}, "password": {"guess"}, "back": {"/apps/harbor-shop"}})
	wrong.mustHave(t, http.StatusUnauthorized, "E-mail or password is wrong.", fake.Ada, `value="/apps/harbor-shop"`)
	wrong.mustNotHave(t, "guess")

	right := p.post("", "/sign-in", url.Values{"email": {fake.Ada}, "password": {fake.Password}, "back": {"//evil.example"}})
	cookie := right.header.Get("Set-Cookie")
	if right.status != http.StatusSeeOther || right.header.Get("Location") != "/" {
		t.Errorf("got %d to %q", right.status, right.header.Get("Location"))
	}
	for _, want := range []string{"HttpOnly", "SameSite=Lax", "Path=/"} {
		if !strings.Contains(cookie, want) {
			t.Errorf("the cookie %q is not %s", cookie, want)
		}
	}
}

func TestSettingUp(t *testing.T) {
	t.Parallel()
	p := newPortal(t)
	if got := p.get("", "/setup"); got.header.Get("Location") != "/" {
		t.Errorf("set-up is open again: %d", got.status)
	}
	p.platform.Unset = true
	if got := p.get("", "/"); got.header.Get("Location") != "/setup" {
		t.Errorf("a new portal leads to %q", got.header.Get("Location"))
	}
	p.get("", "/setup").mustHave(t, http.StatusOK, "Open the set-up link from the terminal")
	p.get("", "/setup?token=first").mustHave(t, http.StatusOK, `value="first"`)
	form := url.Values{"token": {"guess"}, "email": {fake.Ada}, "name": {"Ada"}, "team": {"harbor"}, "password": {"long enough it is"}}
	p.post("", "/setup", form).mustHave(t, http.StatusForbidden, "not valid any more", "Ada")
	form.Set("token", "first")
	if got := p.post("", "/setup", form); got.status != http.StatusSeeOther || got.header.Get("Location") != "/apps/new" {
		t.Errorf("got %d to %q", got.status, got.header.Get("Location"))
	}
}

func TestTextOfOthersIsOnlyText(t *testing.T) {
	t.Parallel()
	p := newPortal(t)
	const evil = `<script>alert(1)</script>"><img src=x onerror=alert(1)>`
	a := p.appOf("harbor-shop")
	a.Detail.Release.Commit.Subject, a.Detail.Release.Commit.Author, a.Detail.NeedsMe = evil, evil, evil
	a.Detail.Events[0].Text, a.Detail.URL = evil, "javascript:alert(1)"
	p.platform.Bus.Append("logs:task:1001", paas.Log{At: noon, Stream: "out", Text: evil + "\x1b]8;;javascript:alert(1)\x07link\x1b]8;;\x07"})
	for _, path := range []string{"/", "/apps/harbor-shop", "/apps/harbor-shop/releases", "/apps/harbor-shop/rollback?to=11", "/logs/task/1001/plain"} {
		got := p.get(fake.Ada, path)
		got.mustHave(t, http.StatusOK)
		got.mustNotHave(t, "<script>alert")
		got.mustNotHave(t, "<img src=x")
		got.mustNotHave(t, `href="javascript:`)
	}
}

func TestVariablesAreReadAsEnvFilesAre(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		text  string
		want  map[string]string
		wrong string
	}{
		"plain lines":               {"A=1\nB = two words \n", map[string]string{"A": "1", "B": "two words"}, ""},
		"export and comments":       {"# all\n\nexport A=1 # one\nB=a#b", map[string]string{"A": "1", "B": "a#b"}, ""},
		"double quotes":             {`A="x \"y\" \n z # no comment"`, map[string]string{"A": "x \"y\" \n z # no comment"}, ""},
		"single quotes as they are": {`A='x \n $y "z"'`, map[string]string{"A": `x \n $y "z"`}, ""},
		"several lines":             {"KEY=\"-----BEGIN\nabc\n-----END\"\nB=1", map[string]string{"KEY": "-----BEGIN\nabc\n-----END", "B": "1"}, ""},
		"Windows line ends":         {"A=1\r\nB=2\r\n", map[string]string{"A": "1", "B": "2"}, ""},
		"an equals sign in a value": {"URL=postgres://u:p@h/d?x=1", map[string]string{"URL": "postgres://u:p@h/d?x=1"}, ""},
		"an empty value":            {"A=", map[string]string{"A": ""}, ""},
		"a line that is none":       {"A=1\nwhat", nil, "Line 2 is not NAME=value."},
		"a name that cannot be":     {"1A=1", nil, "cannot be a variable's name"},
		"the port":                  {"PORT=80", nil, "PORT is set by Slipway"},
		"a quote that stays open":   {"A=1\nB=\"x\ny", nil, "The quote that line 2 opens is never closed."},
		"a NUL byte":                {"A=x\x00y", nil, "NUL byte"},
		"a value that is too long":  {"A=" + strings.Repeat("x", paas.MaxVariableBytes+1), nil, "longer than 100 KiB"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, err := web.ParseVariables(tt.text)
			if tt.wrong != "" {
				if err == nil || !strings.Contains(err.Error(), tt.wrong) {
					t.Errorf("got %v, %v; want an error with %q", got, err, tt.wrong)
				}
				return
			}
			if g, w := jsonOf(t, got), jsonOf(t, tt.want); err != nil || g != w {
				t.Errorf("got %s, %v; want %s", g, err, w)
			}
		})
	}
}

func jsonOf(t *testing.T, v any) string {
	t.Helper()
	b, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func FuzzParseVariables(f *testing.F) {
	for _, s := range []string{"A=1", `A="x\"`, "export A='\n'", "#", "A=\"\\", "=", "A==\"\n\n\""} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		got, err := web.ParseVariables(text)
		for name, value := range got {
			if _, bad := paas.ParseVariableName("x", name); err != nil || bad != nil || strings.ContainsRune(value, 0) {
				t.Errorf("%q gave %q=%q with error %v", text, name, value, err)
			}
		}
	})
}
