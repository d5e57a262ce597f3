// Package layout is the frame around every page: head, top bar, connection state, palette and keyboard help.
package layout

// Frame is what the frame needs to know about a page.
type Frame struct {
	Title   string
	Nonce   string // of the content security policy of this answer
	Theme   string // "light", "dark" or "" for the system's
	Section string // which part of the top bar is current: "apps", "nodes", "team"
	Path    string // of this page with its query: where sign-in and the theme switch come back to
	User    string // "" when nobody is signed in
	// Operator shows the fleet.
	Operator bool
	Live     bool // kept fresh by a websocket
	Logs     bool // has a log viewer
	Flash    string
	Resumed  bool // shows a form with what was entered before signing in again
	Asset    func(name string) string
}
