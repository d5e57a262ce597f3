package api

import (
	"errors"

	"github.com/slipway-paas/slipway/server/paas"
)

// Failure is the body of every answer that is an error.
type Failure struct {
	Error FailureDetail `json:"error"`
}

// FailureDetail says what went wrong, for a program and for its person.
type FailureDetail struct {
	Kind    paas.Kind         `json:"kind"`
	Field   string            `json:"field,omitempty"` // the first wrong field
	Message string            `json:"message"`
	Fields  map[string]string `json:"fields,omitempty"` // every wrong field with its sentence
}

// ErrorOf makes the answer of an error. shown is what the person may see of it.
func ErrorOf(shown *paas.Error, err error) Failure {
	detail := FailureDetail{Kind: shown.Kind, Field: shown.Field, Message: shown.Message}
	var many paas.FieldErrors
	if errors.As(err, &many) {
		detail.Fields = map[string]string{}
		for _, e := range many {
			detail.Fields[e.Field] = e.Message
		}
	} else if shown.Field != "" {
		detail.Fields = map[string]string{shown.Field: shown.Message}
	}
	return Failure{Error: detail}
}
