package api

import (
	"encoding"
	"net/http"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/labstack/echo/v4"
)

// document is the OpenAPI 3.1 description of the operations, made from the same table and types that answer.
func document(operations []Operation) map[string]any {
	d := &describer{schemas: map[string]any{}}
	paths := map[string]any{}
	failure := d.content(reflect.TypeFor[Failure](), echo.MIMEApplicationJSON)
	for _, o := range operations {
		path, parameters := d.path(o)
		item, _ := paths[path].(map[string]any)
		if item == nil {
			item = map[string]any{}
			paths[path] = item
		}
		describe := map[string]any{
			"operationId": operationID(o), "summary": o.Summary, "tags": []string{strings.Split(strings.TrimPrefix(o.Path, Prefix+"/"), "/")[0]},
			"x-policy": o.Policy, "responses": d.responses(o, failure),
		}
		if len(parameters) > 0 {
			describe["parameters"] = parameters
		}
		if o.in != reflect.TypeFor[None]() {
			describe["requestBody"] = map[string]any{"required": true, "content": d.content(o.in, echo.MIMEApplicationJSON)}
		}
		item[strings.ToLower(o.Method)] = describe
	}
	return map[string]any{
		"openapi": "3.1.0",
		"info":    map[string]any{"title": "Slipway", "version": "1", "description": "What the portal and the CLI do, for programs. Send an API token as bearer. Every write but those that answer a secret takes an Idempotency-Key."},
		"paths":   paths,
		"components": map[string]any{
			"schemas":         d.schemas,
			"securitySchemes": map[string]any{"token": map[string]any{"type": "http", "scheme": "bearer", "bearerFormat": "slp_…"}},
		},
		"security": []any{map[string]any{"token": []string{}}},
	}
}

func (d *describer) responses(o Operation, failure map[string]any) map[string]any {
	responses := map[string]any{"default": map[string]any{"description": "It did not work: the error says why.", "content": failure}}
	switch {
	case o.stream:
		responses["200"] = map[string]any{"description": "One JSON value a line.", "content": d.content(o.out, "application/x-ndjson")}
	case o.out == reflect.TypeFor[None]():
		responses["204"] = map[string]any{"description": "Done."}
	default:
		responses["200"] = map[string]any{"description": "Done.", "content": d.content(o.out, echo.MIMEApplicationJSON)}
	}
	return responses
}

// path turns echo's /apps/:app into OpenAPI's /apps/{app} with its parameters.
func (d *describer) path(o Operation) (string, []any) {
	var parameters []any
	parts := strings.Split(o.Path, "/")
	for i, p := range parts {
		if name, ok := strings.CutPrefix(p, ":"); ok {
			parts[i] = "{" + name + "}"
			parameters = append(parameters, map[string]any{"name": name, "in": "path", "required": true, "schema": map[string]any{"type": "string"}})
		}
	}
	for _, q := range o.Query {
		parameters = append(parameters, map[string]any{"name": q.Name, "in": "query", "description": q.Text, "schema": map[string]any{"type": q.Type}})
	}
	if o.Method != http.MethodGet && !o.secret {
		parameters = append(parameters, map[string]any{"name": "Idempotency-Key", "in": "header", "description": "Send the same request again with the same key and nothing is done twice; kept for 24 h.", "schema": map[string]any{"type": "string", "maxLength": longestKey}})
	}
	return strings.Join(parts, "/"), parameters
}

// operationID is made of the method and the path: get_apps_app_deployments.
func operationID(o Operation) string {
	path := strings.NewReplacer("/", "_", ":", "").Replace(strings.TrimPrefix(o.Path, Prefix))
	return strings.ToLower(o.Method) + path
}

// describer makes JSON schemas of Go types; each named struct once.
type describer struct{ schemas map[string]any }

func (d *describer) content(t reflect.Type, mediaType string) map[string]any {
	return map[string]any{mediaType: map[string]any{"schema": d.schema(t)}}
}

var textual = reflect.TypeFor[encoding.TextMarshaler]()

func (d *describer) schema(t reflect.Type) map[string]any {
	switch {
	case t == reflect.TypeFor[time.Time]():
		return map[string]any{"type": "string", "format": "date-time"}
	case t == reflect.TypeFor[time.Duration]():
		return map[string]any{"type": "integer", "format": "int64", "description": "nanoseconds"}
	case t.Kind() == reflect.Pointer:
		return d.schema(t.Elem())
	case t.Implements(textual):
		return map[string]any{"type": "string"}
	}
	switch t.Kind() {
	case reflect.String:
		return map[string]any{"type": "string"}
	case reflect.Bool:
		return map[string]any{"type": "boolean"}
	case reflect.Int, reflect.Int64:
		return map[string]any{"type": "integer", "format": "int64"}
	case reflect.Slice:
		return map[string]any{"type": "array", "items": d.schema(t.Elem())}
	case reflect.Map:
		return map[string]any{"type": "object", "additionalProperties": d.schema(t.Elem())}
	case reflect.Struct:
		return d.object(t)
	default:
		panic("the API's types have no " + t.String()) // found by the first test that asks for the document
	}
}

// object describes a struct under its name; a list of apps is "AppList".
func (d *describer) object(t reflect.Type) map[string]any {
	name := t.Name()
	if generic, argument, ok := strings.Cut(name, "["); ok {
		name = strings.TrimSuffix(argument[strings.LastIndex(argument, ".")+1:], "]") + generic
	} else if !strings.HasSuffix(t.PkgPath(), "/web/api") && slices.Contains([]string{"Plan", "Release"}, name) {
		name = "Source" + name // paas.Plan beside the API's own Plan
	}
	reference := map[string]any{"$ref": "#/components/schemas/" + name}
	if d.schemas[name] != nil {
		return reference
	}
	properties, required := map[string]any{}, []string{}
	d.schemas[name] = map[string]any{} // a type may hold itself
	for i := range t.NumField() {
		f := t.Field(i)
		key, options, _ := strings.Cut(f.Tag.Get("json"), ",")
		if key == "-" || !f.IsExported() {
			continue
		}
		if key == "" {
			key = f.Name
		}
		schema := d.schema(f.Type)
		// nil slices of the platform's own types are null in JSON.
		if f.Type.Kind() == reflect.Slice && !strings.Contains(options, "omitempty") {
			schema["type"] = []string{"array", "null"}
		}
		properties[key] = schema
		if !strings.Contains(options, "omit") {
			required = append(required, key)
		}
	}
	d.schemas[name] = map[string]any{"type": "object", "properties": properties, "required": required, "additionalProperties": false}
	return reference
}

// Describe answers with the description of the API.
func (a *API) Describe() echo.HandlerFunc {
	description := sync.OnceValue(func() map[string]any { return document(a.Operations()) })
	return func(c echo.Context) error {
		c.Response().Header().Set("Cache-Control", "max-age="+strconv.Itoa(int(time.Hour.Seconds())))
		return c.JSONPretty(http.StatusOK, description(), " ")
	}
}
