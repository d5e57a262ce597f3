// Package anchor is what placement is compared with: the least work that best
// fit can take in Go. It knows CPU and memory (and, in Scan, the benchmark's
// constraints), explains nothing, and allocates nothing while it places. Its
// objective is Fenzo's cpuMemBinPacker, the tasks are taken in the given order.
package anchor

import (
	"math/bits"

	"github.com/slipway-paas/slipway/scheduler/place/workload"
)

// Demand is tasks as columns: CPU in thousandths of a core, memory in MiB.
type Demand struct{ cpu, mem []int32 }

// NewDemand takes the columns of tasks.
func NewDemand(tasks []workload.Task) Demand {
	d := Demand{cpu: make([]int32, len(tasks)), mem: make([]int32, len(tasks))}
	for i, t := range tasks {
		d.cpu[i], d.mem[i] = int32(t.CPU), int32(t.Mem)
	}
	return d
}

// Index finds the best fit through a grid for each machine size.
type Index struct {
	cpu, mem           []int32 // free, a node
	before, after, box []int32 // a node's neighbours in its box of the grid
	size               []uint8
	grids              []grid
}

const (
	step    = 125 // thousandths of a core a row of boxes spans
	columns = 512 // boxes a row, over all memory
	words   = columns / 64
)

// grid holds the nodes of one machine size in boxes by free CPU and memory.
type grid struct {
	column         int32   // MiB a column spans
	perCPU, perMem float32 // 1 over the machine's
	filled         [][words]uint64
	rows           []uint64
	head           []int32
}

// NewIndex takes empty nodes.
func NewIndex(nodes []workload.Node) *Index {
	n := len(nodes)
	x := &Index{cpu: make([]int32, n), mem: make([]int32, n), before: make([]int32, n), after: make([]int32, n), box: make([]int32, n), size: make([]uint8, n)}
	sizes := map[[2]int]uint8{}
	for i, node := range nodes {
		key := [2]int{node.CPU, node.Mem}
		s, ok := sizes[key]
		if !ok {
			s = uint8(len(x.grids))
			sizes[key] = s
			rows := node.CPU/step + 1
			g := grid{
				column: int32((node.Mem + columns - 2) / (columns - 1)), perCPU: 1 / float32(node.CPU), perMem: 1 / float32(node.Mem),
				filled: make([][words]uint64, rows), rows: make([]uint64, (rows+63)/64), head: make([]int32, rows*columns),
			}
			for b := range g.head {
				g.head[b] = -1
			}
			x.grids = append(x.grids, g)
		}
		x.size[i] = s
	}
	for i := n - 1; i >= 0; i-- {
		x.cpu[i], x.mem[i] = int32(nodes[i].CPU), int32(nodes[i].Mem)
		x.enter(int32(i))
	}
	return x
}

func (x *Index) enter(i int32) {
	g := &x.grids[x.size[i]]
	row, col := x.cpu[i]/step, x.mem[i]/g.column
	b := row*columns + col
	h := g.head[b]
	x.before[i], x.after[i], x.box[i] = -1, h, b
	if h >= 0 {
		x.before[h] = i
	}
	g.head[b] = i
	g.filled[row][col>>6] |= 1 << (col & 63)
	g.rows[row>>6] |= 1 << (row & 63)
}

func (x *Index) leave(i int32) {
	g := &x.grids[x.size[i]]
	p, n, b := x.before[i], x.after[i], x.box[i]
	if n >= 0 {
		x.before[n] = p
	}
	if p >= 0 {
		x.after[p] = n
		return
	}
	if g.head[b] = n; n >= 0 {
		return
	}
	row, col := b/columns, b%columns
	f := &g.filled[row]
	if f[col>>6] &^= 1 << (col & 63); *f == [words]uint64{} {
		g.rows[row>>6] &^= 1 << (row & 63)
	}
}

// Place puts each task on its best node and notes the node's index in out, -1
// for none.
func (x *Index) Place(d Demand, out []int32) {
	for k := range d.cpu {
		at := x.best(d.cpu[k], d.mem[k])
		if out[k] = at; at >= 0 {
			x.leave(at)
			x.cpu[at] -= d.cpu[k]
			x.mem[at] -= d.mem[k]
			x.enter(at)
		}
	}
}

// Release takes a task off its node.
func (x *Index) Release(at, cpu, mem int32) {
	x.leave(at)
	x.cpu[at] += cpu
	x.mem[at] += mem
	x.enter(at)
}

func (x *Index) best(cpu, mem int32) int32 {
	least, at := float32(4), int32(-1)
	for s := range x.grids {
		g := &x.grids[s]
		first, col := int(cpu/step), int(mem/g.column)
		if first >= len(g.filled) || col >= columns {
			continue
		}
		mask := ^uint64(0) << (first & 63)
	rows:
		for w := first >> 6; w < len(g.rows); w++ {
			for left := g.rows[w] & mask; left != 0; left &= left - 1 {
				row := w<<6 | bits.TrailingZeros64(left)
				if float32(int32(row*step)-cpu)*g.perCPU >= least {
					break rows
				}
				if i, waste := x.inRow(g, row, col, cpu, mem); waste < least {
					least, at = waste, i
				}
			}
			mask = ^uint64(0)
		}
	}
	return at
}

// inRow is the first node of a row, by memory upward, that fits, and what it
// wastes.
func (x *Index) inRow(g *grid, row, col int, cpu, mem int32) (int32, float32) {
	f := &g.filled[row]
	mask := ^uint64(0) << (col & 63)
	for w := col >> 6; w < words; w++ {
		for left := f[w] & mask; left != 0; left &= left - 1 {
			for i := g.head[row*columns+w<<6+bits.TrailingZeros64(left)]; i >= 0; i = x.after[i] {
				if c, m := x.cpu[i]-cpu, x.mem[i]-mem; c|m >= 0 {
					return i, float32(c)*g.perCPU + float32(m)*g.perMem
				}
			}
		}
		mask = ^uint64(0)
	}
	return -1, 4
}
