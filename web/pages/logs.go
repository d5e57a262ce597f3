package pages

import (
	"net/url"
	"strconv"
	"strings"

	"github.com/slipway-paas/slipway/server/paas"
	"github.com/slipway-paas/slipway/web/components"
)

// LogChoice is a log, or several together, to read.
type LogChoice struct {
	Label, Path string
	Current     bool
	Look        components.Look
	Task        int64 // whose colour marks it; 0 for none
}

// Strand is one of the tasks whose logs are shown together.
type Strand struct {
	Task  int64
	Label string
}

// LogView is the log viewer: of one log, or of several merged by time.
type LogView struct {
	Topic   paas.Topic // of the one log; "" when several are merged
	Merged  string     // the address of the app's merged logs
	Process string     // the process type they are of; "" for all
	Strands []Strand
	Title   string
	Live    bool  // more lines may come
	Line    int64 // open here and mark it; 0 opens at the end
}

// Logs is the log page of an app.
type Logs struct {
	Head     AppHead
	Together []LogChoice
	Alone    []LogChoice
	Builds   []LogChoice
	View     *LogView // nil when there is no log yet
	Left     string   // which tasks are not shown; "" when all are
}

func (v *LogView) id() string {
	if v.Topic != "" {
		return domID(v.Topic)
	}
	return "log-merged-" + v.Process
}

// src is where the viewer reads lines.
func (v *LogView) src() string {
	if v.Topic != "" {
		return logPath(v.Topic)
	}
	return v.Merged
}

// query is what plain pages and downloads of merged logs are asked for.
func (v *LogView) query() string {
	if v.Process == "" {
		return ""
	}
	return "?process=" + url.QueryEscape(v.Process)
}

// of lists the merged tasks for the viewer: "1001|web.1;1002|web.2". Labels are process types and numbers.
func (v *LogView) of() string {
	var parts []string
	for _, s := range v.Strands {
		parts = append(parts, strconv.FormatInt(s.Task, 10)+"|"+s.Label)
	}
	return strings.Join(parts, ";")
}

// strandColours is how many colours of tasks there are; the same in assets/ts/merged.ts and css/app.css.
const strandColours = 8

// strandClass is the colour of a task's lines. It depends on the task alone, so that it never changes.
func strandClass(task int64) string { return "k" + strconv.FormatInt(task%strandColours, 10) }
