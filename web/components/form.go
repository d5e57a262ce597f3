package components

import (
	"net/url"

	"github.com/slipway-paas/slipway/server/paas"
)

// Form is what a person entered and what was wrong with it, so that nothing is ever entered twice.
type Form struct {
	Values url.Values
	Wrong  map[string]string // field → sentence
	Error  string            // what is wrong with the form as a whole
}

// Value is the field's entered value, or initial when the form was not sent yet.
func (f Form) Value(field, initial string) string {
	if f.Values.Has(field) {
		return f.Values.Get(field)
	}
	return initial
}

// Field describes one text field.
type Field struct {
	Name, Label, Hint, Value string
	Type                     string // "" is text
	Placeholder              string
	Autocomplete             string
	Required, Autofocus      bool
	Mono                     bool
	Inputmode                string
}

func (f Field) kind() string {
	if f.Type == "" {
		return "text"
	}
	return f.Type
}

func (f Field) describedBy(form Form) string {
	ids := ""
	if form.Wrong[f.Name] != "" {
		ids = f.Name + "-wrong"
	}
	if f.Hint != "" {
		ids += " " + f.Name + "-hint"
	}
	return ids
}

// Choice is one option of a select.
type Choice struct{ Value, Label string }

// Roles are the choices for a member's role.
var Roles = []Choice{{string(paas.RoleMember), "Member"}, {string(paas.RoleOwner), "Owner"}}
