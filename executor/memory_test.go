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
	reports  []paas.TaskReport // that changed something
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
	return &memory{tasks: map[int64]paas.Task{}, lines: map[paas.Topic][]paas.Log{}, pos: map[paas.Topic]string{}}
}

func (m *memory) TasksOn(_ context.Context, node int64) ([]paas.Task, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	var tasks []paas.Task
	for _, t := range m.tasks {
		if t.NodeID == node && t.State != paas.TaskFinished {
			tasks = append(tasks, t)
		}
	}
	return tasks, nil
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
		m.tasks[t.ID] = next
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
		m.tasks[t.ID] = t
	}
}

func (m *memory) change(id int64, change func(*paas.Task)) {
	m.mu.Lock()
	defer m.mu.Unlock()
	t := m.tasks[id]
	change(&t)
	m.tasks[id] = t
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
