package place

import (
	"testing"

	"pgregory.net/rapid"
)

// A table of names does what a map and a list of free numbers do.
func TestNamesKeepTheirNumbers(t *testing.T) {
	t.Parallel()
	id := rapid.StringMatching(`[a-d]{0,3}`)
	rapid.Check(t, func(t *rapid.T) {
		n := newNames(rapid.IntRange(0, 4).Draw(t, "room"))
		want := map[string]int32{}
		t.Repeat(map[string]func(*rapid.T){
			"add": func(t *rapid.T) {
				x := id.Draw(t, "id")
				number, added := n.add(x)
				before, known := want[x]
				if added == known || known && number != before {
					t.Fatalf("%q got number %d (new: %v), want %d (new: %v)", x, number, added, before, !known)
				}
				for y, other := range want {
					if y != x && other == number {
						t.Fatalf("%q and %q both got number %d", x, y, number)
					}
				}
				want[x] = number
			},
			"forget": func(t *rapid.T) {
				x := id.Draw(t, "id")
				if number, known := want[x]; known {
					n.forget(number)
					delete(want, x)
				}
			},
			"": func(t *rapid.T) {
				if n.len() != len(want) {
					t.Fatalf("it holds %d, want %d", n.len(), len(want))
				}
				for x, number := range want {
					if got := n.find(x); got != number || n.ids[number] != x {
						t.Fatalf("%q is number %d, want %d", x, got, number)
					}
				}
				if x := id.Draw(t, "other"); n.find(x) != none {
					if _, known := want[x]; !known {
						t.Fatalf("%q was never added, or was forgotten", x)
					}
				}
			},
		})
	})
}
