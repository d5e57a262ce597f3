package store

import (
	"context"
	"sync"

	"github.com/slipway-paas/slipway/server/paas"
)

// reports gathers what executors report at the same time into one transaction: each commit waits for the disk, and when
// many tasks start together these waits would add up. The first that comes writes at once; those that come while it
// waits for its turn to write go with it.
type reports struct {
	turn sync.Mutex // of the one that writes

	mu      sync.Mutex
	waiting []*report
}

// report is one that waits for the end of its transaction.
type report struct {
	paas.TaskReport
	done bool // by another's transaction; guarded by turn
	err  error
}

// ReportTask writes what an executor observed. A report of another placement than the row's is a Conflict; of two
// reports the later state wins, so one that comes late or twice changes nothing.
func (s *Store) ReportTask(ctx context.Context, r paas.TaskReport) error {
	q := &s.reports
	mine := &report{TaskReport: r}
	q.mu.Lock()
	q.waiting = append(q.waiting, mine)
	q.mu.Unlock()
	q.turn.Lock()
	defer q.turn.Unlock()
	if mine.done {
		return mine.err
	}
	// Others' reports must not fail because this caller gives up.
	s.writeReports(context.WithoutCancel(ctx))
	return mine.err
}

// writeReports writes all reports that wait when its transaction begins. When they fail together each is tried alone, so
// that one that the database refuses holds up no other.
func (s *Store) writeReports(ctx context.Context) {
	var taken []*report
	err := s.Write(ctx, func(tx *Tx) error {
		if taken == nil {
			s.reports.mu.Lock()
			taken, s.reports.waiting = s.reports.waiting, nil
			s.reports.mu.Unlock()
		}
		return tx.applyReports(taken)
	})
	if taken == nil { // no transaction could be begun: whoever waits tries again by itself
		s.reports.mu.Lock()
		taken, s.reports.waiting = s.reports.waiting, nil
		s.reports.mu.Unlock()
	}
	for _, r := range taken {
		r.done = true
		if err == nil {
			continue
		}
		alone := err
		if len(taken) > 1 {
			alone = s.Write(ctx, func(tx *Tx) error { return tx.applyReports([]*report{r}) })
		}
		if alone != nil {
			r.err = alone
		}
	}
}

// applyReports writes reports and notes at each what is wrong with it.
func (tx *Tx) applyReports(list []*report) error {
	ids := make([]int64, len(list))
	for i, r := range list {
		ids[i] = r.TaskID
	}
	b, err := tx.holdTasks(ids)
	if err != nil {
		return err
	}
	for _, r := range list {
		r.err = b.report(r.TaskReport)
	}
	return b.save()
}

// report applies what was observed of one task.
func (b *batch) report(r paas.TaskReport) error {
	t, held := b.now[r.TaskID]
	if !held {
		return paas.Errorf(paas.NotFound, "There is no such task.")
	}
	if r.At.IsZero() {
		r.At = b.tx.Now
	}
	if r.State == paas.TaskFinished && r.Reason == "" && t.Reason == "" {
		r.Reason = paas.ReasonNormal
		if r.ExitCode != 0 {
			r.Reason = paas.ReasonFailed
		}
	}
	next, changed, err := r.Apply(t)
	if err != nil || !changed {
		return err
	}
	if next.State == paas.TaskFinished && next.FinishedAt.IsZero() {
		next.FinishedAt = r.At.UTC()
	}
	b.now[t.ID] = next
	return nil
}
