package components

import (
	"context"
	"net/url"
)

type draftKey struct{}

// WithDraft makes the forms of a page show what was entered before the person had to sign in again.
func WithDraft(ctx context.Context, values url.Values) context.Context {
	return context.WithValue(ctx, draftKey{}, values)
}

// Draft is what was entered before the person had to sign in again; nil when she had not to.
func Draft(ctx context.Context) url.Values {
	values, _ := ctx.Value(draftKey{}).(url.Values)
	return values
}

// within is the form as the page shows it: as it was sent, or else as the draft has it.
func (f Form) within(ctx context.Context) Form {
	if f.Values == nil {
		f.Values = Draft(ctx)
	}
	return f
}

// kept reports whether the field shows what a draft has, which a live page must not take away.
func kept(ctx context.Context, field string) bool { return Draft(ctx).Has(field) }

// Ticked is whether a checkbox is on: as the draft of its form has it, else as preset. A draft without the form's other
// fields says nothing about it.
func Ticked(ctx context.Context, field, beside string, preset bool) bool {
	if draft := Draft(ctx); draft.Has(field) || draft.Has(beside) {
		return draft.Has(field)
	}
	return preset
}
