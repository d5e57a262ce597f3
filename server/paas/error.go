package paas

import (
	"errors"
	"fmt"
)

// Kind says what sort of "no" an error is; web, API and CLI each turn it into their own form in one place.
type Kind string

// The kinds. The HTTP status and CLI exit code of each are in Kind.Status and Kind.ExitCode.
const (
	Invalid      Kind = "invalid"      // a value is wrong; Field names it
	NotFound     Kind = "not_found"    // does not exist, or is not yours: never told apart
	Conflict     Kind = "conflict"     // the state of things does not allow it now
	Unauthorized Kind = "unauthorized" // nobody is signed in
	Forbidden    Kind = "forbidden"    // signed in, may see it, may not do it
	TooMany      Kind = "too_many"     // rate or quota
	Unavailable  Kind = "unavailable"  // a part of Slipway is down; try again
	Internal     Kind = "internal"     // ours; the person sees a reference only
)

// Status is the HTTP status of the kind.
func (k Kind) Status() int {
	switch k {
	case Invalid:
		return 400
	case Unauthorized:
		return 401
	case Forbidden:
		return 403
	case NotFound:
		return 404
	case Conflict:
		return 409
	case TooMany:
		return 429
	case Unavailable:
		return 503
	default:
		return 500
	}
}

// ExitCode is what the CLI exits with: 2 for a wrong value, 1 for everything else that did not work.
func (k Kind) ExitCode() int {
	if k == Invalid {
		return 2
	}
	return 1
}

// Error is an answer to a person: one sentence she can act on, and for the operator the cause below it.
type Error struct {
	Kind    Kind
	Field   string // form or JSON field that is wrong; "" when none is
	Message string // a whole sentence for the person
	Err     error  // what happened underneath; never shown to the person
}

func (e *Error) Error() string {
	if e.Err != nil {
		return e.Message + " (" + e.Err.Error() + ")"
	}
	return e.Message
}

// Unwrap gives the operator's cause.
func (e *Error) Unwrap() error { return e.Err }

// Errorf makes an error whose message is shown to the person. Wrap a cause with Because.
func Errorf(kind Kind, format string, args ...any) *Error {
	return &Error{Kind: kind, Message: fmt.Sprintf(format, args...)}
}

// FieldErrorf is Errorf for a wrong value of one field.
func FieldErrorf(field, format string, args ...any) *Error {
	return &Error{Kind: Invalid, Field: field, Message: fmt.Sprintf(format, args...)}
}

// Because returns a copy of e that wraps cause.
func (e *Error) Because(cause error) *Error {
	c := *e
	c.Err = cause
	return &c
}

// KindOf is the kind of err, Internal for any error that was not written for a person.
func KindOf(err error) Kind {
	var e *Error
	if errors.As(err, &e) {
		return e.Kind
	}
	return Internal
}

// FieldErrors is every wrong field of one form at once, so that nobody mends them one by one.
type FieldErrors []*Error

func (f FieldErrors) Error() string {
	if len(f) == 0 {
		return "no wrong field"
	}
	s := f[0].Message
	for _, e := range f[1:] {
		s += " " + e.Message
	}
	return s
}

// Unwrap lets errors.As find the first field's error.
func (f FieldErrors) Unwrap() []error {
	errs := make([]error, len(f))
	for i, e := range f {
		errs[i] = e
	}
	return errs
}

// Or returns nil when no field is wrong: `return errs.Or()`.
func (f FieldErrors) Or() error {
	if len(f) == 0 {
		return nil
	}
	return f
}
