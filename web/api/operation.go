package api

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"reflect"
	"strconv"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"github.com/slipway-paas/slipway/server/control"
	"github.com/slipway-paas/slipway/server/paas"
)

// ActorKey is where the portal leaves who sends a request.
const ActorKey = "actor"

// The words of the portal's policies that operations name.
const (
	signedIn = "signed-in"
	member   = "member"
	owner    = "owner"
	operator = "operator"
)

// Operation is one line of the API's table.
type Operation struct {
	Method, Path string // in echo's form: /api/v1/apps/:app
	Policy       string
	Summary      string
	Query        []Parameter
	in, out      reflect.Type
	secret       bool // the answer holds a secret that is shown only once, so it is not kept for Idempotency-Key
	stream       bool // the answer is one JSON value a line, until the client goes
	run          func(echo.Context) (any, error)
}

// Parameter is one of a query.
type Parameter struct{ Name, Type, Text string }

// request is what an operation gets beside its body.
type request struct {
	c     echo.Context
	actor paas.Actor
}

func (r request) path(name string) string { return r.c.Param(name) }

// number reads an id of the path; what is no number does not exist.
func (r request) number(name string) (int64, error) {
	n, err := strconv.ParseInt(r.c.Param(name), 10, 64)
	if err != nil || n < 1 {
		return 0, paas.Errorf(paas.NotFound, "There is no %s %q.", name, r.c.Param(name))
	}
	return n, nil
}

// The parameters of lists. Source of the limits: control.Page.
var paging = []Parameter{{"before", "integer", "Continue before this: the next of the part before."}, {"limit", "integer", "At most this many, 1 to 200; default 50."}}

func (r request) page() (control.Page, error) {
	p := control.Page{Limit: 50}
	var err error
	if s := r.c.QueryParam("limit"); s != "" {
		if p.Limit, err = strconv.Atoi(s); err != nil || p.Limit < 1 || p.Limit > 200 {
			return p, paas.FieldErrorf("limit", "The limit must be a number from 1 to 200.")
		}
	}
	if s := r.c.QueryParam("before"); s != "" {
		if p.Before, err = strconv.ParseInt(s, 10, 64); err != nil || p.Before < 0 {
			return p, paas.FieldErrorf("before", "Continue with the number that the part before gave as next.")
		}
	}
	return p, nil
}

func (r request) time(name string) (time.Time, error) {
	s := r.c.QueryParam(name)
	if s == "" {
		return time.Time{}, nil
	}
	if d, err := time.ParseDuration(s); err == nil {
		return time.Now().Add(-d), nil
	}
	t, err := time.Parse(time.RFC3339, s)
	if err != nil {
		return t, paas.FieldErrorf(name, "Give a duration such as 15m or a time such as 2026-11-23T18:00:00Z.")
	}
	return t, nil
}

// operation makes a line of the table out of a function from the request's type to the answer's.
func operation[In, Out any](method, path, policy, summary string, do func(context.Context, request, In) (Out, error), query ...Parameter) Operation {
	return Operation{
		Method: method, Path: Prefix + path, Policy: policy, Summary: summary, Query: query,
		in: reflect.TypeFor[In](), out: reflect.TypeFor[Out](),
		run: func(c echo.Context) (any, error) {
			var in In
			if reflect.TypeFor[In]() != reflect.TypeFor[None]() {
				if err := readBody(c, &in); err != nil {
					return nil, err
				}
			}
			actor, _ := c.Get(ActorKey).(paas.Actor)
			return do(c.Request().Context(), request{c: c, actor: actor}, in)
		},
	}
}

// readBody reads the JSON of a request strictly: a field that does not exist is a mistake of the sender's.
func readBody(c echo.Context, in any) error {
	d := json.NewDecoder(c.Request().Body)
	d.DisallowUnknownFields()
	err := d.Decode(in)
	var large *http.MaxBytesError
	var kind *json.UnmarshalTypeError
	switch {
	case err == nil && d.More():
		return paas.Errorf(paas.Invalid, "The body holds more than one JSON value.")
	case err == nil, errors.Is(err, io.EOF): // an empty body is an empty object
		return nil
	case errors.As(err, &large):
		return err
	case errors.As(err, &kind) && kind.Field == "":
		return paas.Errorf(paas.Invalid, "The body must be %s, not %s.", inWords(kind.Type), kind.Value)
	case errors.As(err, &kind):
		return paas.FieldErrorf(kind.Field, "%s must be %s, not %s.", kind.Field, inWords(kind.Type), kind.Value)
	case strings.HasPrefix(err.Error(), unknownField):
		name := strings.Trim(strings.TrimPrefix(err.Error(), unknownField), `"`)
		return paas.FieldErrorf(name, "There is no field %q.", name)
	default:
		return paas.Errorf(paas.Invalid, "The body is not the JSON that is wanted: %s.", err).Because(err)
	}
}

// unknownField is how encoding/json begins to say that it was told to refuse a field; it has no type for it.
const unknownField = "json: unknown field "

// inWords says what JSON is wanted for a Go type.
func inWords(t reflect.Type) string {
	switch t.Kind() {
	case reflect.String:
		return "text"
	case reflect.Bool:
		return "true or false"
	case reflect.Slice, reflect.Array:
		return "a list"
	case reflect.Map, reflect.Struct:
		return "an object"
	default:
		return "a whole number"
	}
}

// Handle answers one request of the operation.
func (a *API) Handle(o Operation) echo.HandlerFunc {
	answer := func(c echo.Context) (*Answer, error) {
		out, err := o.run(c)
		switch {
		case err != nil || o.stream:
			return nil, err
		case o.out == reflect.TypeFor[None]():
			return &Answer{Status: http.StatusNoContent}, nil
		}
		body, err := json.Marshal(out)
		return &Answer{Status: http.StatusOK, MediaType: echo.MIMEApplicationJSON, Body: append(body, '\n')}, err
	}
	return func(c echo.Context) error {
		got, err := a.once(c, o, answer)
		if err != nil || got == nil {
			return err
		}
		if got.Status == http.StatusNoContent {
			return c.NoContent(got.Status)
		}
		return c.Blob(got.Status, got.MediaType, got.Body)
	}
}
