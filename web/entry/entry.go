// Package entry reads what people entered into forms: each field once, each wrong one named, nothing lost.
package entry

import (
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/labstack/echo/v4"

	"github.com/slipway-paas/slipway/server/paas"
	"github.com/slipway-paas/slipway/web/components"
)

// Read reads what was entered into a form.
func Read(c echo.Context) (url.Values, error) {
	if err := c.Request().ParseForm(); err != nil {
		var large *http.MaxBytesError
		if errors.As(err, &large) {
			return nil, err
		}
		return nil, paas.Errorf(paas.Invalid, "The form cannot be read.").Because(err)
	}
	return c.Request().PostForm, nil
}

// Refused turns an error that the person can mend into the form with everything she entered and what is wrong; ok is
// false for all other errors. fields are the names that the form has: what names another is shown above it.
func Refused(err error, values url.Values, fields ...string) (form components.Form, ok bool) {
	form = components.Form{Values: values, Wrong: map[string]string{}}
	var many paas.FieldErrors
	var one *paas.Error
	switch {
	case errors.As(err, &many):
		for _, e := range many {
			addTo(&form, e, fields)
		}
	case errors.As(err, &one) && slices.Contains([]paas.Kind{paas.Invalid, paas.Conflict, paas.TooMany, paas.Unavailable}, one.Kind):
		addTo(&form, one, fields)
	default:
		return form, false
	}
	return form, true
}

// Status is that of an answer that shows a form again.
func Status(err error) int { return paas.KindOf(err).Status() }

func Trimmed(values url.Values, field string) string { return strings.TrimSpace(values.Get(field)) }

// Whole reads a number between low and high.
func Whole(values url.Values, field, what string, low, high int) (int, error) {
	text := Trimmed(values, field)
	n, err := strconv.Atoi(text)
	if err != nil || n < low || n > high {
		return 0, paas.FieldErrorf(field, "%s must be a whole number from %d to %d.", what, low, high)
	}
	return n, nil
}

// Cores reads "0.5" as 500 thousandths of a core.
func Cores(values url.Values, field string) (int64, error) {
	f, err := strconv.ParseFloat(strings.Replace(Trimmed(values, field), ",", ".", 1), 64)
	if err != nil || f < 0.01 || f > 1024 {
		return 0, paas.FieldErrorf(field, "CPU must be a number of cores from 0.01 up, such as 0.5.")
	}
	return int64(f*1000 + 0.5), nil
}

// Mebibytes reads "512" as bytes.
func Mebibytes(values url.Values, field string) (int64, error) {
	n, err := Whole(values, field, "Memory in MiB", 16, 16<<20)
	return int64(n) << 20, err
}

// Wrongs gathers the wrong fields of one form, so that nobody mends them one by one.
type Wrongs struct{ errs paas.FieldErrors }

// Note adds what is wrong with a field; nil and what names none are left alone.
func (w *Wrongs) Note(err error) {
	var e *paas.Error
	if errors.As(err, &e) {
		w.errs = append(w.errs, e)
	}
}

// Err is all of it as one error; nil when nothing was wrong.
func (w *Wrongs) Err() error { return w.errs.Or() }

func addTo(form *components.Form, e *paas.Error, fields []string) {
	if e.Field != "" && slices.Contains(fields, e.Field) {
		form.Wrong[e.Field] = e.Message
		return
	}
	form.Error = strings.TrimSpace(form.Error + " " + e.Message)
}

// Message is the sentence for the person; "" for an error that has none.
func Message(err error) string {
	var e *paas.Error
	if errors.As(err, &e) {
		return e.Message
	}
	return ""
}

// Names finds the error that names the field.
func Names(err error, e **paas.Error, field string) bool {
	return errors.As(err, e) && (*e).Field == field
}
