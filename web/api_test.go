package web_test

import (
	"bufio"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/slipway-paas/slipway/server/paas"
	"github.com/slipway-paas/slipway/web/fake"
)

type openAPI struct {
	OpenAPI    string
	Paths      map[string]map[string]operation
	Components struct{ Schemas map[string]map[string]any }
}

type operation struct {
	OperationID string
	Responses   map[string]struct {
		Content map[string]struct{ Schema map[string]any }
	}
}

func (p *portal) description() openAPI {
	p.t.Helper()
	got := p.get("", "/api/openapi.json")
	got.mustHave(p.t, http.StatusOK)
	var d openAPI
	if err := json.Unmarshal([]byte(got.body), &d); err != nil {
		p.t.Fatal(err)
	}
	return d
}

func TestTheDescriptionHasEveryRouteAndNothingElse(t *testing.T) {
	t.Parallel()
	p := newPortal(t)
	d := p.description()
	var routes, described, ids []string
	for _, r := range p.server.Table() {
		if strings.HasPrefix(r.Path, "/api/v1/") {
			parts := strings.Split(r.Path, "/")
			for i, part := range parts {
				if name, ok := strings.CutPrefix(part, ":"); ok {
					parts[i] = "{" + name + "}"
				}
			}
			routes = append(routes, r.Method+" "+strings.Join(parts, "/"))
		}
	}
	for path, methods := range d.Paths {
		for method, o := range methods {
			described = append(described, strings.ToUpper(method)+" "+path)
			ids = append(ids, o.OperationID)
		}
	}
	slices.Sort(routes)
	slices.Sort(described)
	slices.Sort(ids)
	if !slices.Equal(routes, described) {
		t.Errorf("routes:\n%s\ndescribed:\n%s", strings.Join(routes, "\n"), strings.Join(described, "\n"))
	}
	if len(slices.Compact(ids)) != len(described) || d.OpenAPI != "3.1.0" || len(routes) < 30 {
		t.Errorf("%d operations, %d ids, OpenAPI %s", len(described), len(ids), d.OpenAPI)
	}
}

func TestAnswersAreAsDescribed(t *testing.T) {
	t.Parallel()
	reads := newPortal(t)
	d := reads.description()
	checked := 0
	for path, methods := range d.Paths {
		for method, o := range methods {
			body, known := bodies[strings.ToUpper(method)+" "+path]
			if strings.HasSuffix(path, "/follow") || (method != "get" && !known) {
				continue
			}
			p := reads
			if method != "get" {
				p = newPortal(t)
			}
			got := p.send(request{method: strings.ToUpper(method), path: fillBraces.Replace(path), person: fake.Ada, body: body})
			want, ok := o.Responses[fmt.Sprint(got.status)]
			if !ok {
				t.Errorf("%s %s: answered %d, which is not described: %s", method, path, got.status, got.body)
				continue
			}
			checked++
			if got.status == http.StatusNoContent {
				continue
			}
			var value any
			if err := json.Unmarshal([]byte(got.body), &value); err != nil {
				t.Errorf("%s %s: %v", method, path, err)
				continue
			}
			for _, wrong := range d.validate(want.Content["application/json"].Schema, value, "$") {
				t.Errorf("%s %s: %s", method, path, wrong)
			}
		}
	}
	if checked < 30 {
		t.Errorf("only %d answers were checked", checked)
	}
}

var fillBraces = strings.NewReplacer("{inspection}", "1", "{app}", "harbor-shop", "{number}", "14", "{kind}", "task", "{id}", "1001",
	"{node}", "quay-1", "{team}", "harbor", "{user}", "2", "{credential}", "1", "{token}", "1")

// bodies are a request for each write.
var bodies = map[string]string{
	"POST /api/v1/apps":                                    `{"name":"dock","repo":"https://git.example.com/a/dock.git","deploy":true}`,
	"PATCH /api/v1/apps/{app}":                             `{"version":3,"branch":"next"}`,
	"DELETE /api/v1/apps/{app}":                            `{"confirm":"harbor-shop"}`,
	"POST /api/v1/apps/{app}/stop":                         ``,
	"POST /api/v1/apps/{app}/start":                        ``,
	"PUT /api/v1/apps/{app}/scale":                         `{"processes":{"web":4}}`,
	"POST /api/v1/apps/{app}/deployments":                  `{"ref":"main"}`,
	"POST /api/v1/apps/{app}/deployments/{number}/cancel":  ``,
	"POST /api/v1/apps/{app}/rollback":                     `{"to":11}`,
	"PATCH /api/v1/apps/{app}/variables":                   `{"set":{"A":"1"},"unset":["GREETING"]}`,
	"POST /api/v1/inspections":                             `{"repo":"https://git.example.com/a/b.git"}`,
	"POST /api/v1/tokens":                                  `{"name":"ci","days":30}`,
	"DELETE /api/v1/tokens/{token}":                        ``,
	"POST /api/v1/teams/{team}/members":                    `{"name":"Cy","email":"cy@example.com","role":"member"}`,
	"DELETE /api/v1/teams/{team}/members/{user}":           ``,
	"POST /api/v1/teams/{team}/credentials":                `{"name":"key","kind":"ssh_key"}`,
	"DELETE /api/v1/teams/{team}/credentials/{credential}": ``,
}

// validate says where value is not as the JSON schema wants it. It knows the words that the description uses.
func (d openAPI) validate(schema map[string]any, value any, at string) (wrong []string) {
	if ref, ok := schema["$ref"].(string); ok {
		return d.validate(d.Components.Schemas[strings.TrimPrefix(ref, "#/components/schemas/")], value, at)
	}
	var kinds []any
	switch k := schema["type"].(type) {
	case []any:
		kinds = k
	default:
		kinds = []any{k}
	}
	kind := kindOf(value)
	if !slices.Contains(kinds, any(kind)) {
		return []string{fmt.Sprintf("%s is %s, want %v", at, kind, kinds)}
	}
	switch v := value.(type) {
	case []any:
		items, _ := schema["items"].(map[string]any)
		for i, item := range v {
			wrong = append(wrong, d.validate(items, item, fmt.Sprintf("%s[%d]", at, i))...)
		}
	case map[string]any:
		wrong = append(wrong, d.validateObject(schema, v, at)...)
	}
	return wrong
}

func (d openAPI) validateObject(schema, value map[string]any, at string) (wrong []string) {
	properties, _ := schema["properties"].(map[string]any)
	required, _ := schema["required"].([]any)
	for _, name := range required {
		if _, ok := value[fmt.Sprint(name)]; !ok {
			wrong = append(wrong, fmt.Sprintf("%s has no %s", at, name))
		}
	}
	more, _ := schema["additionalProperties"].(map[string]any)
	for name, v := range value {
		property, ok := properties[name].(map[string]any)
		if !ok {
			property = more
		}
		if property == nil {
			wrong = append(wrong, fmt.Sprintf("%s.%s is not described", at, name))
			continue
		}
		wrong = append(wrong, d.validate(property, v, at+"."+name)...)
	}
	return wrong
}

func kindOf(value any) string {
	switch v := value.(type) {
	case nil:
		return "null"
	case bool:
		return "boolean"
	case float64:
		if v == float64(int64(v)) {
			return "integer"
		}
		return "number"
	case string:
		return "string"
	case []any:
		return "array"
	default:
		return "object"
	}
}

func TestAWriteWithTheSameKeyIsDoneOnce(t *testing.T) {
	t.Parallel()
	p := newPortal(t)
	deploy := func(key, body string) answer {
		return p.send(request{method: http.MethodPost, path: "/api/v1/apps/harbor-shop/deployments", person: fake.Ada, body: body, header: http.Header{"Idempotency-Key": {key}}})
	}
	first, again := deploy("k1", `{}`), deploy("k1", `{}`)
	first.mustHave(t, http.StatusOK, `"number":15`)
	if again.body != first.body || again.header.Get("Idempotency-Replayed") != "true" || len(p.platform.Calls) != 1 {
		t.Errorf("the same request twice did %v and answered %q, then %q", p.platform.Calls, first.body, again.body)
	}
	deploy("k1", `{"noCache":true}`).mustHave(t, http.StatusConflict, "used for another request")
	deploy("k2", `{"ref":"-bad"}`).mustHave(t, http.StatusBadRequest, `"field":"ref"`)
	deploy("k2", `{"ref":"good"}`).mustHave(t, http.StatusOK, `"number":16`) // what failed did nothing, so its key is free
	secret := p.send(request{method: http.MethodPost, path: "/api/v1/tokens", person: fake.Ada, body: `{"name":"a","days":3}`, header: http.Header{"Idempotency-Key": {"k3"}}})
	secret.mustHave(t, http.StatusBadRequest, "shown only once")
}

func TestWrongRequestsSayWhichField(t *testing.T) {
	t.Parallel()
	p := newPortal(t)
	tests := map[string]struct{ method, path, body, want string }{
		"a name that cannot be one":    {"POST", "/apps", `{"name":"Shop!","repo":"https://git.example.com/a/b.git"}`, `"field":"name"`},
		"a repository that is none":    {"POST", "/apps", `{"name":"dock","repo":"nonsense"}`, `"field":"repo"`},
		"a number that is a text":      {"POST", "/tokens", `{"name":"a","days":"three"}`, `"field":"days"`},
		"a field that does not exist":  {"POST", "/apps/harbor-shop/deployments", `{"branch":"main"}`, `"field":"branch","message":"There is no field`},
		"a list instead of an object":  {"POST", "/apps/harbor-shop/deployments", `[]`, `The body must be an object, not array.`},
		"a number instead of text":     {"POST", "/apps/harbor-shop/deployments", `{"ref":5}`, `ref must be text, not number.`},
		"a body that is no JSON":       {"POST", "/apps/harbor-shop/deployments", `ref=main`, `"kind":"invalid"`},
		"two JSON values":              {"POST", "/apps/harbor-shop/deployments", `{} {}`, `more than one JSON value`},
		"variables that cannot be":     {"PATCH", "/apps/harbor-shop/variables", `{"set":{"1A":"x","PORT":"1"}}`, `"set.PORT":"PORT is set by Slipway`},
		"a process with fewer than no": {"PUT", "/apps/harbor-shop/scale", `{"processes":{"web":-1}}`, `"field":"processes.web"`},
		"destroying without the name":  {"DELETE", "/apps/harbor-shop", `{"confirm":"harbor"}`, `"field":"confirm"`},
		"a log from a word":            {"GET", "/logs/task/1001?from=start", ``, `"field":"from"`},
		"a log since a word":           {"GET", "/logs/task/1001?since=yesterday", ``, `"field":"since"`},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			got := p.send(request{method: tt.method, path: "/api/v1" + tt.path, person: fake.Ada, body: tt.body})
			got.mustHave(t, http.StatusBadRequest, tt.want)
		})
	}
}

func TestALogIsReadInParts(t *testing.T) {
	t.Parallel()
	p := newPortal(t)
	tests := map[string]struct {
		query string
		want  []string
	}{
		"from the start": {"?limit=2", []string{`"first":1,"last":300`, `"n":1,`, `"n":2,`}},
		"from a line":    {"?from=7&limit=1", []string{`"n":7,`}},
		"the last lines": {"?from=-2", []string{`"n":299,`, `"n":300,`}},
		"past the end":   {"?from=900", []string{`"lines":[]`}},
		"since a time":   {"?since=2026-11-23T11:59:00Z&limit=1", []string{`"n":241,`}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			p.get(fake.Ada, "/api/v1/logs/task/1001"+tt.query).mustHave(t, http.StatusOK, tt.want...)
		})
	}
}

func TestALogIsFollowedAsLinesOfJSON(t *testing.T) {
	t.Parallel()
	p := newPortal(t)
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://"+p.serve()+"/api/v1/logs/task/1001/follow?from=299", nil)
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Authorization", "Bearer slp_"+fake.Ada)
	got, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer got.Body.Close()
	lines := bufio.NewScanner(got.Body)
	for n := int64(299); n < 303; n++ {
		if n == 301 { // those before were stored, these come live
			p.platform.Bus.Append("logs:task:1001", fake.TaskLog(noon, 2)...)
		}
		var line paas.Log
		if !lines.Scan() {
			t.Fatal(lines.Err())
		}
		if err := json.Unmarshal(lines.Bytes(), &line); err != nil || line.Seq != n {
			t.Fatalf("got line %q, want number %d (%v)", lines.Text(), n, err)
		}
	}
}
