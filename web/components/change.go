package components

// Change is one line of a diff; Before is "" for something new, After for something gone.
type Change struct{ What, Before, After string }

func noteRole(tone string) string {
	if tone == "bad" {
		return "alert"
	}
	return "note"
}

func toneClass(tone string) string {
	if tone == "info" {
		return "tone-busy"
	}
	return "tone-" + tone
}
