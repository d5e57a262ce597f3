package docker

import (
	"maps"
	"slices"
	"testing"
	"time"

	"github.com/docker/docker/api/types/container"
)

func summary(id, state, network string, labels map[string]string) container.Summary {
	c := container.Summary{ID: id, State: state, Created: 100, Labels: labels}
	c.HostConfig.NetworkMode = network
	return c
}

func TestInspectUse(t *testing.T) {
	t.Parallel()
	task := map[string]string{labelTask: "7", labelFence: "1"}
	in := func(network string) map[string]string { return map[string]string{labelSandbox: network} }
	got := inspectUse([]container.Summary{
		summary("spare", "running", "red", in("red")),
		summary("taken", "running", "blue", in("blue")),
		summary("dead", "exited", "green", in("green")),
		summary("alone", "running", "red", task),
		summary("joins", "running", "container:taken", task),
		summary("ended", "exited", "container:spare", task),
		summary("stranded", "running", "container:dead", task),
		summary("lost", "running", "container:gone", task),
		summary("foreign", "running", "yellow", nil),
	})
	made := time.Unix(100, 0)
	if want := map[string]string{"spare": "red", "taken": "blue", "dead": "green"}; !maps.Equal(got.sandboxes, want) {
		t.Errorf("sandboxes %v, want %v", got.sandboxes, want)
	}
	if want := map[string]bool{"spare": true, "taken": true, "dead": true, "gone": true}; !maps.Equal(got.joined, want) {
		t.Errorf("joined %v, want %v: an ended task's too, for its container is still there", got.joined, want)
	}
	if want := map[string]time.Time{"red": made, "blue": made, "green": made}; !maps.Equal(got.networks, want) {
		t.Errorf("networks with living tasks %v, want %v", got.networks, want)
	}
	if want := []string{"stranded", "lost"}; !slices.Equal(got.stranded, want) {
		t.Errorf("stranded %v, want %v", got.stranded, want)
	}
}

func TestAtMostSoManySpares(t *testing.T) {
	t.Parallel()
	s := newSpares(api{}, "abc", nil)
	noon := time.Unix(1_000_000, 0)
	for i := range mostSpares + 2 {
		s.used[string(rune('a'+i))] = noon.Add(time.Duration(i) * time.Second)
	}
	s.offer("a", sandbox{id: "oldest"})
	wanted, beyond := s.due()
	if len(wanted) != mostSpares || slices.Contains(wanted, "a") || slices.Contains(wanted, "b") {
		t.Errorf("spares are due for %v, want the %d networks used last", wanted, mostSpares)
	}
	if len(beyond) != 1 || beyond[0].id != "oldest" {
		t.Errorf("beyond that are %v, want the one of the network used longest ago", beyond)
	}
	s.offer("j", sandbox{id: "there"})
	if wanted, _ = s.due(); len(wanted) != mostSpares-1 || slices.Contains(wanted, "j") {
		t.Errorf("spares are due for %v, want none for the network that has one", wanted)
	}
}
