package anchor

import "github.com/slipway-paas/slipway/scheduler/place/workload"

// Scan finds the best fit under the benchmark's constraints by looking at
// every node. A service's tasks must follow each other.
type Scan struct {
	cpu, mem       []int32
	perCPU, perMem []float32
	class, gpus    []uint8 // class is zone and family in one number below 16
	taken          []int32 // the last service that wanted the node for one of its tasks only
}

// Wish is a task's constraints.
type Wish struct {
	allowed         uint16 // a bit for each class
	service         int32
	gpus            uint8
	unique, balance bool
}

func zoneOf(z string) int { return int(z[0] - 'a') }

func familyOf(f string) int {
	switch f {
	case "c":
		return 0
	case "m":
		return 1
	case "r":
		return 2
	}
	return 3
}

// NewScan takes empty nodes.
func NewScan(nodes []workload.Node) *Scan {
	s := &Scan{}
	for _, n := range nodes {
		s.cpu, s.mem = append(s.cpu, int32(n.CPU)), append(s.mem, int32(n.Mem))
		s.perCPU, s.perMem = append(s.perCPU, 1/float32(n.CPU)), append(s.perMem, 1/float32(n.Mem))
		s.class, s.gpus = append(s.class, uint8(zoneOf(n.Zone)<<2|familyOf(n.Family))), append(s.gpus, uint8(n.GPU))
		s.taken = append(s.taken, -1)
	}
	return s
}

// Wishes takes the constraints of tasks, and the number of services.
func Wishes(tasks []workload.Task) (wishes []Wish, services int) {
	number := map[string]int32{}
	for _, t := range tasks {
		if _, ok := number[t.Service]; !ok {
			number[t.Service] = int32(len(number))
		}
		w := Wish{service: number[t.Service], gpus: uint8(t.GPU), unique: t.Unique, balance: t.Balance}
		for c := range 12 {
			if (t.Zone == "" || zoneOf(t.Zone) == c>>2) && (t.Family == "" || familyOf(t.Family) == c&3) {
				w.allowed |= 1 << c
			}
		}
		wishes = append(wishes, w)
	}
	return wishes, len(number)
}

// Place puts each task on its best node and notes the node's index in out, -1
// for none. inZone is a zeroed count a service and zone.
func (s *Scan) Place(d Demand, wishes []Wish, inZone [][3]int32, out []int32) {
	n := len(s.cpu)
	cpus, mems, perCPU, perMem, class, gpus, taken := s.cpu, s.mem[:n], s.perCPU[:n], s.perMem[:n], s.class[:n], s.gpus[:n], s.taken[:n]
	for k := range d.cpu {
		c, m, w := d.cpu[k], d.mem[k], &wishes[k]
		z := &inZone[w.service]
		allowed := w.allowed
		if w.balance {
			for i, low := 0, min(z[0], z[1], z[2]); i < 3; i++ {
				if z[i] > low {
					allowed &^= 15 << (4 * i)
				}
			}
		}
		shun := int32(-2)
		if w.unique {
			shun = w.service
		}
		least, at := float32(4), -1
		for i := range cpus {
			fc, fm := cpus[i]-c, mems[i]-m
			if fc|fm < 0 || allowed>>class[i]&1 == 0 || taken[i] == shun || gpus[i] < w.gpus {
				continue
			}
			if waste := float32(fc)*perCPU[i] + float32(fm)*perMem[i]; waste < least {
				least, at = waste, i
			}
		}
		if out[k] = int32(at); at < 0 {
			continue
		}
		cpus[at], mems[at], gpus[at] = cpus[at]-c, mems[at]-m, gpus[at]-w.gpus
		z[class[at]>>2]++
		if w.unique {
			taken[at] = w.service
		}
	}
}
