package place

import (
	"maps"
	"math/bits"
	"slices"
	"strings"
)

// A class is the nodes that no constraint on zone, type, attribute or taint
// can tell apart and that are of about the same size. Constraints are
// evaluated once a class; inside it, the index finds the best-fitting node by
// free CPU and memory.
type class struct {
	// What a search reads of every class comes first, within two cache lines.
	used           uint64  // a bit for each row with nodes
	ratio          float64 // of memory to CPU, see ratio
	size           vec     // at least any node's CPU, memory and GPUs
	count          int
	perCPU, perMem float64 // at most any node's
	step           int64   // free CPU a row spans
	perStep        float64 // 1 / step
	rows           *rows

	live bool
	key  string
	kind
}

// kind is what constraints can tell nodes apart by.
type kind struct {
	zone, typ, model string // model is that of the GPUs
	state            NodeState
	taints           []Taint
	attrs            map[string]string
}

// rows is the index of a class.
type rows struct {
	most [64]int64 // the most memory free in each; of no meaning for one without nodes
	of   [64][]entry
}

// entry is one node in the index; rows are sorted by memory, CPU, node id.
type entry struct {
	cpu, mem int64
	node     int32
}

// value is what a node of the class has for a key other than KeyNode.
func (c *class) value(key string) (string, bool) {
	switch key {
	case KeyZone:
		return c.zone, c.zone != ""
	case KeyType:
		return c.typ, c.typ != ""
	}
	v, ok := c.attrs[key]
	return v, ok
}

// couldHold says that an empty node of the class may be large enough.
func (c *class) couldHold(d *vec) bool {
	return c.size[cpu] >= d[cpu] && c.size[memory] >= d[memory] && c.size[gpus] >= d[gpus]
}

// about rounds x up to 4 significant bits less one, so that machines sold as
// the same size share a class though each reports a little less memory.
func about(x int64) int64 {
	if x < 16 {
		return x
	}
	shift := bits.Len64(uint64(x)) - 4
	return (x>>shift+1)<<shift - 1
}

// classOf finds or makes the class of a node.
func (f *Fleet) classOf(n *node, k kind) int32 {
	b := f.scratch[:0]
	b = appendText(b, k.zone, k.typ, k.model)
	b = appendInts(b, about(n.cap[cpu]), about(n.cap[memory]), about(n.cap[gpus]))
	b = append(b, byte(k.state))
	for _, t := range k.taints {
		b = appendText(b, t.Key, t.Value)
		b = appendBool(b, t.Soft)
	}
	b = append(b, '|')
	for _, name := range sortedKeys(k.attrs) {
		b = appendText(b, name, k.attrs[name])
	}
	f.scratch = b
	if i, ok := f.classAt[string(b)]; ok {
		return i
	}
	size := vec{cpu: about(n.cap[cpu]), memory: about(n.cap[memory]), gpus: about(n.cap[gpus])}
	i := none
	for j := range f.classes {
		if !f.classes[j].live {
			i = int32(j)
			break
		}
	}
	if i == none {
		f.classes = append(f.classes, class{})
		i = int32(len(f.classes) - 1)
	}
	k.taints, k.attrs = slices.Clone(k.taints), maps.Clone(k.attrs)
	f.classes[i] = class{
		rows: new(rows), key: string(b), live: true, kind: k, size: size, ratio: ratio(size[cpu], size[memory]), perCPU: n.perCPU, perMem: n.perMem,
		step: size[cpu]/64 + 1, perStep: 1 / float64(size[cpu]/64+1),
	}
	f.classAt[string(b)] = i
	f.classEpoch++
	return i
}

// index puts a node that takes tasks where searches find it.
func (f *Fleet) index(i int32) {
	n := &f.nodes[i]
	if !f.classes[n.class].state.takesTasks() || n.closed {
		return
	}
	n.indexed = true
	e := entry{n.free[cpu], n.free[memory], i}
	f.insert(&f.classes[n.class], e)
}

func (f *Fleet) insert(c *class, e entry) {
	r := c.row(e.cpu)
	row := c.rows.of[r]
	at := len(row)
	if at > 0 && f.compare(row[at-1], e) > 0 {
		at = f.position(row, e)
	}
	row = slices.Insert(row, at, e)
	c.rows.of[r], c.rows.most[r] = row, row[len(row)-1].mem
	c.used |= 1 << r
}

// unindex takes it out again, before its free resources change.
func (f *Fleet) unindex(i int32) {
	n := &f.nodes[i]
	if n.indexed {
		n.indexed = false
		f.remove(&f.classes[n.class], entry{n.free[cpu], n.free[memory], i})
	}
}

func (f *Fleet) remove(c *class, e entry) {
	r := c.row(e.cpu)
	row := c.rows.of[r]
	at := f.position(row, e)
	if at == len(row) || row[at] != e {
		panic("place: node is not in its index") // a bug of this package, never of its input
	}
	row = slices.Delete(row, at, at+1)
	c.rows.of[r] = row
	if len(row) == 0 {
		c.used &^= 1 << r
	} else {
		c.rows.most[r] = row[len(row)-1].mem
	}
}

// reindex moves a node to where its free resources, which were others, now
// put it.
func (f *Fleet) reindex(i int32, was *vec) {
	n := &f.nodes[i]
	if !n.indexed || n.free[cpu] == was[cpu] && n.free[memory] == was[memory] {
		return
	}
	c := &f.classes[n.class]
	f.remove(c, entry{was[cpu], was[memory], i})
	f.insert(c, entry{n.free[cpu], n.free[memory], i})
}

// position is where an entry is in a row, or belongs. Among entries that only
// ids tell apart, which in a row of empty nodes are many, it is mostly the
// first.
func (f *Fleet) position(row []entry, e entry) int {
	lo, hi := 0, len(row)
	for lo < hi {
		mid := int(uint(lo+hi) >> 1)
		if x := &row[mid]; x.mem < e.mem || x.mem == e.mem && x.cpu < e.cpu {
			lo = mid + 1
		} else {
			hi = mid
		}
	}
	if lo == len(row) || row[lo] == e || row[lo].mem != e.mem || row[lo].cpu != e.cpu {
		return lo
	}
	at, _ := slices.BinarySearchFunc(row[lo:], e, f.compare)
	return lo + at
}

func (f *Fleet) compare(a, b entry) int {
	switch {
	case a.mem != b.mem:
		if a.mem < b.mem {
			return -1
		}
		return 1
	case a.cpu != b.cpu:
		if a.cpu < b.cpu {
			return -1
		}
		return 1
	case a.node == b.node:
		return 0
	}
	return strings.Compare(f.nodeID(a.node), f.nodeID(b.node))
}

// row is where free CPU of so much belongs: at most that divided by the step,
// and never less for more.
func (c *class) row(free int64) int {
	return int(min(float64(max(free, 0))*c.perStep, 63))
}

// first is the index of the first entry in row r with at least mem.
func (c *class) first(r int, mem int64) int {
	row := c.rows.of[r]
	if row[0].mem >= mem { // as in a row of empty nodes, which is long
		return 0
	}
	lo, hi := 1, len(row)
	for lo < hi {
		mid := int(uint(lo+hi) >> 1)
		if row[mid].mem < mem {
			lo = mid + 1
		} else {
			hi = mid
		}
	}
	return lo
}
