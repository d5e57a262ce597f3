package main

import (
	"encoding/json"
	"fmt"
	"sync"
	"time"

	"github.com/spf13/cobra"

	"github.com/slipway-paas/slipway/server/paas"
	"github.com/slipway-paas/slipway/web/api"
)

// window is how many lines are asked for at once.
const window = 1000

func logsCommand() *cobra.Command {
	var follow bool
	var since time.Duration
	c := &cobra.Command{
		Use: "logs NAME", Short: "Print the output of an app's tasks", Args: args("NAME"),
		RunE: with(func(s *session, args []string) error { return s.logs(args[0], follow, since) }),
	}
	c.Flags().BoolVarP(&follow, "follow", "f", false, "go on with what comes")
	c.Flags().DurationVar(&since, "since", 0, "only lines of the last while, such as 15m")
	return c
}

// logs prints the lines of the app's tasks, each task's in their order; with follow it goes on until interrupted and
// takes up tasks that appear meanwhile.
func (s *session) logs(app string, follow bool, since time.Duration) error {
	var mu sync.Mutex
	readers := map[int64]*reader{}
	timer := time.NewTicker(lookEvery)
	defer timer.Stop()
	for {
		tasks, err := get[api.List[api.Task]](s.ctx, s.caller, appPath(app, "tasks"))
		if err != nil {
			return err
		}
		for _, t := range tasks.Items {
			if readers[t.ID] == nil {
				readers[t.ID] = &reader{session: s, path: t.Log, since: since}
			}
			name := fmt.Sprintf("%s.%d", t.Process, t.Slot)
			err := readers[t.ID].more(func(l paas.Log) {
				mu.Lock()
				defer mu.Unlock()
				s.line(name, t.ID, l)
			})
			if err != nil {
				return err
			}
		}
		if !follow {
			return nil
		}
		select {
		case <-s.ctx.Done():
			return nil // the person has seen enough
		case <-timer.C:
		}
	}
}

func (s *session) line(name string, task int64, l paas.Log) {
	if s.json {
		// One value a line, so that it can be piped while it grows.
		_ = json.NewEncoder(s.out).Encode(struct {
			Task    int64  `json:"task"`
			Process string `json:"process"`
			paas.Log
		}{task, name, l})
		return
	}
	fmt.Fprintf(s.out, "%s %s | %s\n", l.At.Local().Format("15:04:05.000"), name, l.Text)
}

// reader reads one log from where it was.
type reader struct {
	*session
	path  string
	next  int64
	since time.Duration // only at the first read
}

// more hands over every line that is new.
func (r *reader) more(each func(paas.Log)) error {
	if r.path == "" {
		return nil
	}
	for {
		query := fmt.Sprintf("?limit=%d&from=%d", window, max(r.next, 1))
		if r.since > 0 {
			query = fmt.Sprintf("?limit=%d&since=%s", window, r.since)
		}
		part, err := get[api.Logs](r.ctx, r.caller, r.path+query)
		if err != nil {
			return err
		}
		r.since = 0
		for _, l := range part.Lines {
			each(l)
			r.next = l.Seq + 1
		}
		if len(part.Lines) == 0 {
			if r.next == 0 {
				r.next = part.Last + 1
			}
			return nil
		}
		if r.next > part.Last {
			return nil
		}
	}
}
