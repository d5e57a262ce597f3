package place

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
)

// InputError refuses an input and names the field that is wrong.
type InputError struct {
	Field  string // such as "Task.Demand.CPU"
	Detail string // what it must be, such as "must not be empty"
}

// Error is the refusal in one line.
func (e *InputError) Error() string { return e.Field + " " + e.Detail }

func invalid(field, detail string, args ...any) error {
	return &InputError{Field: field, Detail: fmt.Sprintf(detail, args...)}
}

func sortedKeys[K cmp.Ordered, V any](m map[K]V) []K {
	if len(m) == 0 {
		return nil
	}
	return slices.Sorted(maps.Keys(m))
}
