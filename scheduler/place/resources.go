package place

import (
	"fmt"
	"maps"
	"strconv"
)

// Resources is an amount of everything a node has and a task asks for.
type Resources struct {
	CPU     int64 // thousandths of a core
	Memory  int64 // bytes
	Disk    int64 // bytes
	Network int64 // bits a second
	Ports   int64 // host ports, a count
	GPUs    int64 // whole GPUs

	// GPUModel is the model a node carries (one model a node), and the one a
	// task insists on; "" on a task takes any.
	GPUModel string

	// Scalars are further amounts by name, in whatever unit the operator
	// chose for the name; a node without the name has 0 of it.
	Scalars map[string]int64
}

// The columns of a vec, in the order in which reasons name what is missing.
const (
	cpu = iota
	memory
	disk
	network
	ports
	gpus
	dims
)

// vec is the fixed part of Resources, as the planner adds and compares it.
type vec [dims]int64

var dimNames = [dims]string{"CPU", "memory", "disk", "network", "ports", "GPUs"}

func (r Resources) vec() vec {
	return vec{r.CPU, r.Memory, r.Disk, r.Network, r.Ports, r.GPUs}
}

func (v *vec) add(w *vec) {
	for i := range v {
		v[i] += w[i]
	}
}

func (v *vec) sub(w *vec) {
	for i := range v {
		v[i] -= w[i]
	}
}

// holds says whether w fits into v.
func (v *vec) holds(w *vec) bool {
	return v[cpu] >= w[cpu] && v[memory] >= w[memory] && v[disk] >= w[disk] &&
		v[network] >= w[network] && v[ports] >= w[ports] && v[gpus] >= w[gpus]
}

// maxAmount keeps sums over 30,000 nodes from overflow, and every amount
// exact as a float64: 2^48, or 256 TiB.
const maxAmount = 1 << 48

// check names the first amount that no node or task can have.
func (r *Resources) check(field string) error {
	// An amount is wrong when it, or what it leaves of the most, is negative:
	// one look at the signs is enough for nearly all.
	signs := r.CPU | r.Memory | r.Disk | r.Network | r.Ports | r.GPUs |
		(maxAmount - r.CPU) | (maxAmount - r.Memory) | (maxAmount - r.Disk) | (maxAmount - r.Network) | (maxAmount - r.Ports) | (maxAmount - r.GPUs)
	if signs >= 0 && len(r.Scalars) == 0 {
		return nil
	}
	for i, x := range r.vec() {
		if x < 0 || x > maxAmount {
			return invalid(field+"."+fieldNames[i], "must be between 0 and 2^48, not %d", x)
		}
	}
	for _, name := range sortedKeys(r.Scalars) {
		if x := r.Scalars[name]; x < 0 || x > maxAmount {
			return invalid(field+".Scalars["+name+"]", "must be between 0 and 2^48, not %d", x)
		}
	}
	return nil
}

var fieldNames = [dims]string{"CPU", "Memory", "Disk", "Network", "Ports", "GPUs"}

func (r Resources) clone() Resources {
	r.Scalars = maps.Clone(r.Scalars)
	return r
}

// amount writes x of a dimension for people: "6.2 GiB", "1.5 cores".
func amount(dim int, x int64) string {
	switch dim {
	case cpu:
		if x == 1000 {
			return "1 core"
		}
		return decimal(float64(x)/1000, 3) + " cores"
	case memory, disk:
		return bytes(x)
	case network:
		return decimal(float64(x)/1e6, 1) + " Mbit/s"
	case ports:
		return plural(x, "port")
	case gpus:
		return plural(x, "GPU")
	}
	return strconv.FormatInt(x, 10)
}

func bytes(x int64) string {
	unit, name := int64(1), "B"
	for _, u := range []struct {
		size int64
		name string
	}{{1 << 10, "KiB"}, {1 << 20, "MiB"}, {1 << 30, "GiB"}, {1 << 40, "TiB"}} {
		if x >= u.size {
			unit, name = u.size, u.name
		}
	}
	return decimal(float64(x)/float64(unit), 1) + " " + name
}

// decimal writes x with at most n decimals and no trailing zeros.
func decimal(x float64, n int) string {
	s := strconv.FormatFloat(x, 'f', n, 64)
	if n > 0 {
		for s[len(s)-1] == '0' {
			s = s[:len(s)-1]
		}
		if s[len(s)-1] == '.' {
			s = s[:len(s)-1]
		}
	}
	return s
}

func plural(n int64, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}
