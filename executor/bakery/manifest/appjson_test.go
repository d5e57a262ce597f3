package manifest

import (
	"reflect"
	"strings"
	"testing"
)

func TestParseAppJSON(t *testing.T) {
	t.Parallel()
	got, err := ParseAppJSON([]byte(`{
  "name": "Shop",
  "env": {
    "LOG_LEVEL": "info",
    "WORKERS": {"description": "how many", "value": "2"},
    "RETRIES": 3,
    "SECRET_KEY": {"generator": "secret"},
    "API_KEY": {"description": "ask the API team"},
    "OPTIONAL": {"required": false},
    "PORT": "3000"
  },
  "addons": ["heroku-redis", {"plan": "heroku-postgresql"}],
  "scripts": {"postdeploy": "node seed.js"}
}`))
	if err != nil {
		t.Fatal(err)
	}
	wantEnv := map[string]Value[string]{
		"LOG_LEVEL": {"info", "app.json line 4"}, "WORKERS": {"2", "app.json line 5"}, "RETRIES": {"3", "app.json line 6"},
	}
	if !reflect.DeepEqual(got.Env, wantEnv) {
		t.Errorf("env: got %+v, want %+v", got.Env, wantEnv)
	}
	if want := map[string]string{"SECRET_KEY": "app.json line 7"}; !reflect.DeepEqual(got.Secrets, want) {
		t.Errorf("secrets: got %+v, want %+v", got.Secrets, want)
	}
	wantNeeds := map[string]string{"API_KEY": "app.json line 8"}
	if !reflect.DeepEqual(got.Needs, wantNeeds) {
		t.Errorf("needs: got %+v, want %+v", got.Needs, wantNeeds)
	}
	wantWarnings := []string{"heroku-redis, heroku-postgresql", "node seed.js"}
	if len(got.Warnings) != len(wantWarnings) {
		t.Fatalf("warnings: got %+v, want %d", got.Warnings, len(wantWarnings))
	}
	for i, want := range wantWarnings {
		if !strings.Contains(got.Warnings[i].Message, want) {
			t.Errorf("warning %d: got %q, want it to name %q", i, got.Warnings[i].Message, want)
		}
	}
}

func TestParseAppJSONOfAnotherTool(t *testing.T) {
	t.Parallel()
	got, err := ParseAppJSON([]byte(`{"expo": {"name": "phone", "env": 3}}`))
	if err != nil || len(got.Env)+len(got.Needs)+len(got.Warnings) > 0 {
		t.Errorf("got %+v, %v; want it to say nothing", got, err)
	}
}

func TestParseAppJSONRefuses(t *testing.T) {
	t.Parallel()
	tests := map[string]struct{ file, want string }{
		"what is not JSON":         {"{\n  \"env\": {,}\n}", "app.json line 2 is not JSON"},
		"env that is a list":       {"{\n\n\"env\": []}", `app.json line 3: "env" cannot be array`},
		"a variable that is null":  {"{\"env\": {\n\"A\": null}}", "app.json line 2: the variable A must be a text"},
		"a variable with a dash":   {`{"env": {"A-B": "x"}}`, `cannot be a variable's name`},
		"a wrongly typed required": {`{"env": {"A": {"required": "yes"}}}`, "the variable A must be"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := ParseAppJSON([]byte(tt.file))
			if err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("got %v, want %q", err, tt.want)
			}
		})
	}
}

func FuzzParseAppJSON(f *testing.F) {
	f.Add([]byte(`{"env": {"A": "b", "C": {"value": "d"}}, "addons": [1, "x"]}`))
	f.Add([]byte(`{"env": {"A": nul}}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		m, err := ParseAppJSON(data)
		checkParsed(t, m, err)
	})
}
