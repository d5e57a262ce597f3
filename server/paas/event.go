package paas

import "time"

// Event is one line of a timeline, written in the same transaction as the change it tells of.
type Event struct {
	ID      int64 // grows; the cursor of every live topic
	At      time.Time
	TeamID  int64
	AppID   int64
	Kind    EventKind
	Subject Topic  // what changed: deployment:42
	Actor   string // who did it: a person's name or "Slipway"
	Text    string // one sentence for people, without the time and the actor
}

// EventKind is the machine's word for an event: "deployment.live", "app.created".
type EventKind string

// Topic names something a page can follow: "deployment:42", "app:7", "build:3", "logs:task:17", "logs:build:3",
// "team:1", "node:1", "inspection:9".
type Topic string

// Log is one line of output of a task or build.
type Log struct {
	Seq    int64     `json:"n"` // per stream subject, from 1, without gaps
	At     time.Time `json:"t"`
	Stream string    `json:"s,omitempty"` // "out", "err", or "slipway" for the platform's own lines
	Text   string    `json:"m"`           // without the line end; valid UTF-8; at most MaxLogLine bytes
	Cut    bool      `json:"c,omitempty"` // the line went on: it was longer than MaxLogLine
}

// LogHit is a line that a search found.
type LogHit struct {
	Seq int64
	At  time.Time
}

// MaxLogLine is the longest line kept in one piece, in bytes. A longer one is stored as several, each but the last
// marked Cut. Docker's own json-file driver splits at 16 KiB.
const MaxLogLine = 16 << 10
