package executor_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"

	"github.com/slipway-paas/slipway/executor"
	"github.com/slipway-paas/slipway/server/paas"
)

// memory is the records and the logs in a map, by the same rules as the real ones.
type memory struct {
	mu       sync.Mutex
	nodes    []paas.Node
	tasks    map[int64]paas.Task
	now      paas.FleetCursor           // counts changes of tasks
	changed  map[int64]paas.FleetCursor // when each task changed last
	whole    int                        // readings of all rows
	read     int                        // rows that were read
	reports  []paas.TaskReport          // that changed something
	lines    map[paas.Topic][]paas.Log
	pos      map[paas.Topic]string
	problems []string
	beats    int
	appends  int
	drained  []string
	// lose makes an append store its lines and then fail, as when the process dies between storing and hearing of it.
	lose func(appends int) bool
	// holdDrain makes Drain last as long as its ctx.
	holdDrain bool
}

var (
	_ executor.Store   = (*memory)(nil)
	_ executor.Logs    = (*memory)(nil)
	_ executor.Drainer = (*memory)(nil)
)

func newMemory() *memory {
	return &memory{tasks: map[int64]paas.Task{}, changed: map[int64]paas.FleetCursor{}, lines: map[paas.Topic][]paas.Log{}, pos: map[paas.Topic]string{}}
}

func (m *memory) NodeTasks(_ context.Context, node int64, since paas.FleetCursor, check bool) (paas.NodeTasks, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	rows := paas.NodeTasks{Cursor: m.now + 1}
	if check {
		rows.Mark = &paas.FleetMark{}
	}
	for id, t := range m.tasks {
		if t.NodeID != node {
			continue
		}
		if since > 0 && m.changed[id] >= since || since == 0 && t.State != paas.TaskFinished {
			rows.Tasks = append(rows.Tasks, t)
		}
		if check && t.State != paas.TaskFinished {
			rows.Mark.Add(id, t.Version)
		}
	}
	if m.read += len(rows.Tasks); since == 0 {
		m.whole++
	}
	return rows, nil
}

// reads says how often all rows were read and how many rows in all since the last time it was asked.
func (m *memory) reads() (whole, rows int) {
	m.mu.Lock()
	defer m.mu.Unlock()
	whole, rows = m.whole, m.read
	m.whole, m.read = 0, 0
	return whole, rows
}

// misplace removes a row without a change that tells of it.
func (m *memory) misplace(id int64) {
	m.mu.Lock()
	defer m.mu.Unlock()
	delete(m.tasks, id)
}

// finish ends a task in the books.
func (m *memory) finish(id int64) {
	m.change(id, func(t *paas.Task) { t.State, t.Reason = paas.TaskFinished, paas.ReasonStuck })
}

// set writes one row and numbers the change; m.mu is held.
func (m *memory) set(t paas.Task) {
	t.Version++
	m.now++
	m.tasks[t.ID], m.changed[t.ID] = t, m.now
}

func (m *memory) ReportTask(_ context.Context, r paas.TaskReport) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	t, found := m.tasks[r.TaskID]
	if !found {
		return paas.Errorf(paas.NotFound, "There is no such task.")
	}
	next, changed, err := r.Apply(t)
	if err == nil && changed {
		m.set(next)
		m.reports = append(m.reports, r)
	}
	return err
}

func (m *memory) TaskEnv(context.Context, paas.Task) (map[string]string, error) {
	return map[string]string{"SECRET": "hush"}, nil
}

func (m *memory) SaveNode(_ context.Context, n paas.Node) (paas.Node, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	n.ID = 1
	m.nodes = []paas.Node{n}
	return n, nil
}

func (m *memory) Heartbeat(_ context.Context, _ int64, problem string) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.beats++
	if m.beats == 1 || m.problems[len(m.problems)-1] != problem {
		m.problems = append(m.problems, problem)
	}
	return nil
}

func (m *memory) AppendLogs(_ context.Context, topic paas.Topic, lines []paas.Log, pos string) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.appends++
	for _, l := range lines {
		switch have := int64(len(m.lines[topic])); {
		case l.Seq > have+1:
			return fmt.Errorf("line %d does not follow line %d", l.Seq, have)
		case l.Seq == have+1:
			m.lines[topic] = append(m.lines[topic], l)
			m.pos[topic] = pos
		}
	}
	if m.lose != nil && m.lose(m.appends) {
		return errors.New("the answer was lost")
	}
	return nil
}

func (m *memory) LastLog(_ context.Context, topic paas.Topic) (int64, string, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return int64(len(m.lines[topic])), m.pos[topic], nil
}

func (m *memory) Drain(ctx context.Context, address string) error {
	m.mu.Lock()
	m.drained = append(m.drained, address)
	hold := m.holdDrain
	m.mu.Unlock()
	if hold {
		<-ctx.Done()
		return ctx.Err()
	}
	return nil
}

// put writes rows, as the scheduler does.
func (m *memory) put(tasks ...paas.Task) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, t := range tasks {
		m.set(t)
	}
}

func (m *memory) change(id int64, change func(*paas.Task)) {
	m.mu.Lock()
	defer m.mu.Unlock()
	t := m.tasks[id]
	change(&t)
	m.set(t)
}

func (m *memory) task(id int64) paas.Task {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.tasks[id]
}

// states lists the states a task went through, readiness included.
func (m *memory) states(id int64) []string {
	m.mu.Lock()
	defer m.mu.Unlock()
	var states []string
	for _, r := range m.reports {
		if r.TaskID == id {
			s := string(r.State)
			if r.Ready {
				s += " ready"
			}
			states = append(states, s)
		}
	}
	return states
}

func (m *memory) stored(id int64) int {
	m.mu.Lock()
	defer m.mu.Unlock()
	return len(m.lines[paas.Topic(fmt.Sprintf("logs:task:%d", id))])
}

func (m *memory) output(id int64) []string {
	m.mu.Lock()
	defer m.mu.Unlock()
	var text []string
	for i, l := range m.lines[paas.Topic(fmt.Sprintf("logs:task:%d", id))] {
		if l.Seq != int64(i)+1 {
			text = append(text, fmt.Sprintf("WRONG NUMBER %d", l.Seq))
		}
		text = append(text, l.Text)
	}
	return text
}

func equal[T comparable](t *testing.T, what string, got, want []T) {
	t.Helper()
	if !slices.Equal(got, want) {
		t.Errorf("%s: got %v, want %v", what, got, want)
	}
}
