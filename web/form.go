package web

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

// sent reads what was entered into a form.
func sent(c echo.Context) (url.Values, error) {
	if err := c.Request().ParseForm(); err != nil {
		var large *http.MaxBytesError
		if errors.As(err, &large) {
			return nil, err
		}
		return nil, paas.Errorf(paas.Invalid, "The form cannot be read.").Because(err)
	}
	return c.Request().PostForm, nil
}

// refused turns an error that the person can mend into the form with everything she entered and what is wrong; ok is
// false for all other errors. fields are the names that the form has: what names another is shown above it.
func refused(err error, values url.Values, fields ...string) (form components.Form, ok bool) {
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

// status of an answer that shows a form again.
func status(err error) int { return paas.KindOf(err).Status() }

func trimmed(values url.Values, field string) string { return strings.TrimSpace(values.Get(field)) }

// whole reads a number between low and high.
func whole(values url.Values, field, what string, low, high int) (int, error) {
	text := trimmed(values, field)
	n, err := strconv.Atoi(text)
	if err != nil || n < low || n > high {
		return 0, paas.FieldErrorf(field, "%s must be a whole number from %d to %d.", what, low, high)
	}
	return n, nil
}

// cores reads "0.5" as 500 thousandths of a core.
func cores(values url.Values, field string) (int64, error) {
	f, err := strconv.ParseFloat(strings.Replace(trimmed(values, field), ",", ".", 1), 64)
	if err != nil || f < 0.01 || f > 1024 {
		return 0, paas.FieldErrorf(field, "CPU must be a number of cores from 0.01 up, such as 0.5.")
	}
	return int64(f*1000 + 0.5), nil
}

// mebibytes reads "512" as bytes.
func mebibytes(values url.Values, field string) (int64, error) {
	n, err := whole(values, field, "Memory in MiB", 16, 16<<20)
	return int64(n) << 20, err
}

// wrongs gathers the wrong fields of one form, so that nobody mends them one by one.
type wrongs struct{ errs paas.FieldErrors }

func (w *wrongs) note(err error) {
	var e *paas.Error
	if errors.As(err, &e) {
		w.errs = append(w.errs, e)
	}
}

func addTo(form *components.Form, e *paas.Error, fields []string) {
	if e.Field != "" && slices.Contains(fields, e.Field) {
		form.Wrong[e.Field] = e.Message
		return
	}
	form.Error = strings.TrimSpace(form.Error + " " + e.Message)
}

// messageOf is the sentence for the person; "" for an error that has none.
func messageOf(err error) string {
	var e *paas.Error
	if errors.As(err, &e) {
		return e.Message
	}
	return ""
}

// asField finds the error that names the field.
func asField(err error, e **paas.Error, field string) bool {
	return errors.As(err, e) && (*e).Field == field
}
