// Package workload makes the inputs of the placement benchmark and judges
// placements of them. The inputs are those that other schedulers were measured
// on (seed 1): integers only, from splitmix64, so that any language can make
// them again. TestStable holds their hashes: a change that breaks it makes
// every figure published so far worthless.
package workload

import "fmt"

// Kind is a family of inputs.
type Kind string

// The kinds.
const (
	Homo   Kind = "homo"   // equal nodes, equal tasks
	Hetero Kind = "hetero" // eight machine sizes, task sizes drawn one by one
	Constr Kind = "constr" // services of 1 to 20 equal tasks, most of them constrained
)

// Node is one machine. CPU is in thousandths of a core, Mem and Disk in MiB.
type Node struct {
	ID, Zone, Family    string
	CPU, Mem, Disk, GPU int
}

// Task is one unit to place, in the same units. Unique asks for a node
// without another task of the service, Balance for zones whose numbers of the
// service's tasks differ by at most one; Zone and Family, when set, must be
// the node's.
type Task struct {
	ID, Service         string
	CPU, Mem, Disk, GPU int
	Zone, Family        string
	Unique, Balance     bool
}

// Rand is the splitmix64 generator.
type Rand uint64

// Next is the next 64 random bits.
func (r *Rand) Next() uint64 {
	*r += 0x9e3779b97f4a7c15
	z := uint64(*r)
	z = (z ^ z>>30) * 0xbf58476d1ce4e5b9
	z = (z ^ z>>27) * 0x94d049bb133111eb
	return z ^ z>>31
}

// Intn is a number from 0 up to n.
func (r *Rand) Intn(n int) int { return int(r.Next() % uint64(n)) }

// choose picks an index by weights that sum to 100.
func (r *Rand) choose(weights ...int) int {
	x := r.Intn(100)
	i := 0
	for x >= weights[i] {
		x -= weights[i]
		i++
	}
	return i
}

// machine is a size that nodes come in; gib is its memory.
type machine struct {
	family          string
	cores, gib, gpu int
}

var machines = []machine{
	{"c", 8, 16, 0}, {"m", 8, 32, 0}, {"r", 8, 64, 0}, {"m", 16, 64, 0},
	{"c", 16, 32, 0}, {"r", 16, 128, 0}, {"m", 32, 128, 0}, {"p", 32, 244, 4},
}

// plain is the machine of a homogeneous fleet.
const plain = 3

var zones = [...]string{"a", "b", "c"}

// Nodes returns n machines over three zones.
func Nodes(kind Kind, n int, seed uint64) []Node {
	r := Rand(seed)
	nodes := make([]Node, n)
	for i := range nodes {
		m := machines[plain]
		if kind != Homo {
			m = machines[r.choose(15, 20, 10, 25, 10, 10, 8, 2)]
		}
		nodes[i] = Node{
			ID: fmt.Sprintf("n%05d", i), Zone: zones[i%len(zones)], Family: m.family,
			CPU: m.cores * 1000, Mem: m.gib * 1024, Disk: 500 * 1024, GPU: m.gpu,
		}
	}
	return nodes
}

// size draws CPU and memory: cores by the weights, 1 to 16 GiB a core give or
// take an eighth, rounded up to 64 MiB and at least 128.
func size(r *Rand, weights ...int) (cpu, mem int) {
	cpu = [...]int{100, 250, 500, 1000, 2000, 4000, 8000}[r.choose(weights...)]
	perCore := [...]int{1, 2, 4, 8, 16}[r.choose(20, 30, 30, 15, 5)]
	mem = cpu * perCore * 1024 / 1000
	mem += mem * (r.Intn(257) - 128) / 1024
	return cpu, max(128, (mem+63)/64*64)
}

// Tasks returns n tasks.
func Tasks(kind Kind, n int, seed uint64) []Task {
	r := Rand(seed ^ 0x5eed)
	tasks := make([]Task, 0, n)
	for s := 0; len(tasks) < n; s++ {
		t := Task{Service: fmt.Sprintf("s%05d", s), Disk: 1024}
		replicas := 1
		switch kind {
		case Homo:
			t.CPU, t.Mem = 1000, 4096
		case Hetero:
			t.CPU, t.Mem = size(&r, 10, 20, 25, 20, 15, 7, 3)
		case Constr:
			t.CPU, t.Mem = size(&r, 11, 22, 28, 22, 17, 0, 0)
			replicas = 1 + r.Intn(20)
			constrain(&t, &r)
		}
		for ; replicas > 0 && len(tasks) < n; replicas-- {
			t.ID = fmt.Sprintf("t%06d", len(tasks))
			tasks = append(tasks, t)
		}
	}
	return tasks
}

// constrain draws a service's constraint: .5 % want a GPU, 20 % a zone, 10 % a
// family, 25 % nodes of their own, 25 % balanced zones.
func constrain(t *Task, r *Rand) {
	switch x := r.Intn(1000); {
	case x < 5:
		t.GPU, t.Family = 1, "p"
	case x < 205:
		t.Zone = zones[r.Intn(3)]
	case x < 305:
		t.Family = [...]string{"c", "m", "r"}[r.Intn(3)]
	case x < 555:
		t.Unique = true
	case x < 805:
		t.Balance = true
	}
}
