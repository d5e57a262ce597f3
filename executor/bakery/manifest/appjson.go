package manifest

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/slipway-paas/slipway/server/paas"
)

// appJSON is the part of Heroku's app.json that means something here. Other tools keep an app.json of their own (Expo,
// React Native), so unknown keys say nothing.
// Source: Heroku Dev Center, "app.json Schema".
type appJSON struct {
	Env     map[string]json.RawMessage `json:"env"`
	Addons  []json.RawMessage          `json:"addons"`
	Scripts map[string]string          `json:"scripts"`
}

// appJSONVariable is the long form of a variable.
type appJSONVariable struct {
	Value     *string `json:"value"`
	Required  *bool   `json:"required"` // Heroku's default is true
	Generator string  `json:"generator"`
}

// ParseAppJSON reads the parts of Heroku's app.json that mean something here: variables with their defaults, and what
// has to be left out with a warning (add-ons, the one-off postdeploy script).
func ParseAppJSON(data []byte) (Manifest, error) {
	data = bytes.TrimPrefix(data, []byte("\ufeff"))
	var file appJSON
	if err := json.Unmarshal(data, &file); err != nil {
		return Manifest{}, notAppJSON(data, err)
	}
	m := Manifest{Env: map[string]Value[string]{}, Needs: map[string]string{}, Secrets: map[string]string{}}
	for _, name := range slices.Sorted(maps.Keys(file.Env)) {
		source := AppJSONName
		if line := keyLine(data, name); line > 0 {
			source += " line " + strconv.Itoa(line)
		}
		if name == "PORT" { // Heroku apps may name it; the platform sets it there as here
			continue
		}
		if _, err := paas.ParseVariableName("", name); err != nil {
			return Manifest{}, paas.Errorf(paas.Invalid, "%s: %s", source, sentence(err))
		}
		v, err := variable(file.Env[name])
		if err != nil {
			return Manifest{}, paas.Errorf(paas.Invalid, "%s: the variable %s must be a text or an object with value, required or generator.", source, name).Because(err)
		}
		switch {
		case v.Value != nil:
			m.Env[name] = Value[string]{*v.Value, source}
		case v.Generator == "secret":
			m.Secrets[name] = source
		case v.Required == nil || *v.Required:
			m.Needs[name] = source
		}
	}
	if len(file.Addons) > 0 {
		m.Warnings = append(m.Warnings, ignored("app.json names add-ons (%s), which Slipway does not provide; set the variables they would give.", addons(file.Addons)))
	}
	if script := file.Scripts["postdeploy"]; script != "" {
		m.Warnings = append(m.Warnings, ignored("app.json's postdeploy script is not run; name it as `release:` in the Procfile if it may run before every deploy: %s", shorten(script)))
	}
	return m, nil
}

// variable reads the short form, "production", or the long one; a bare number or bool counts as its text.
func variable(raw json.RawMessage) (appJSONVariable, error) {
	var v appJSONVariable
	var scalar any
	if err := json.Unmarshal(raw, &scalar); err != nil {
		return v, err
	}
	switch s := scalar.(type) {
	case string:
		v.Value = &s
	case bool, float64:
		text := string(bytes.TrimSpace(raw))
		v.Value = &text
	case map[string]any:
		return v, json.Unmarshal(raw, &v)
	default:
		return v, fmt.Errorf("a variable cannot be %T", scalar)
	}
	return v, nil
}

// addons lists the plans of the short ("heroku-redis") and long form ({"plan": "heroku-postgresql"}).
func addons(raw []json.RawMessage) string {
	var names []string
	for _, r := range raw {
		var short string
		var long struct{ Plan string }
		switch {
		case json.Unmarshal(r, &short) == nil:
			names = append(names, shorten(short))
		case json.Unmarshal(r, &long) == nil:
			names = append(names, shorten(long.Plan))
		}
	}
	return strings.Join(names, ", ")
}

func notAppJSON(data []byte, err error) error {
	var syntax *json.SyntaxError
	var kind *json.UnmarshalTypeError
	switch {
	case errors.As(err, &syntax):
		return paas.Errorf(paas.Invalid, "%s line %d is not JSON: %s.", AppJSONName, lineAt(data, syntax.Offset), syntax.Error()).Because(err)
	case errors.As(err, &kind):
		return paas.Errorf(paas.Invalid, "%s line %d: %q cannot be %s.", AppJSONName, lineAt(data, kind.Offset), kind.Field, kind.Value).Because(err)
	default:
		return paas.Errorf(paas.Invalid, "%s cannot be read.", AppJSONName).Because(err)
	}
}

func lineAt(data []byte, offset int64) int {
	return 1 + bytes.Count(data[:min(int(offset), len(data))], []byte("\n"))
}

// keyLine is the line of the first key of that name; 0 when it is written with escapes and cannot be found.
func keyLine(data []byte, name string) int {
	at := bytes.Index(data, []byte(strconv.Quote(name)))
	if at < 0 {
		return 0
	}
	return lineAt(data, int64(at))
}

// WarnIgnored is the stable code of "understood and left out"; the other warnings' codes are in package runtime.
const WarnIgnored = "SLP-2003"

func ignored(format string, args ...any) paas.Warning {
	return paas.Warning{Code: WarnIgnored, Message: fmt.Sprintf(format, args...)}
}

// sentence is the part of an error that is for the person.
func sentence(err error) string {
	var e *paas.Error
	if errors.As(err, &e) {
		return e.Message
	}
	return "it cannot be used."
}
