package place

import (
	"maps"
	"slices"
)

// node is a Node and what the planner keeps about it.
type node struct {
	Node
	cap0      Resources // capacity less what is reserved
	live      bool
	closed    bool // kept out of a plan that is only imagined
	class     int32
	cap, free vec
	// perCPU and perMem turn free CPU and memory into the share of the node
	// that is free, the mean over those of the two that it has.
	perCPU, perMem float64
	scalars        map[string]int64 // free
	slots          []slots          // a ResourceSet each
	images         []int32          // sorted
	health         float64          // 0 to 1, as of the last Schedule
	first          int32            // its tasks, a list
	tasks          int32
	byTier         [tiers]int32
	exclusive      int32 // tasks that want it for themselves
	leaving        int32

	leavingSum vec // what leaving tasks will give back
	flexSum    vec // what tasks that may be displaced hold

	// While a round runs: what tasks that wait for others to leave will take,
	// and how much of that is what the others still hold.
	claimed vec
	credit  vec
}

func (n *node) indexed() bool { return n.live && n.State.takesTasks() && !n.closed }

// SetNode adds a node or replaces what is known of it; its tasks stay. An
// *InputError names the field that is wrong, and nothing has changed then.
func (f *Fleet) SetNode(in Node) error {
	if err := in.check(); err != nil {
		return err
	}
	i, known := f.nodeAt[in.ID]
	if !known {
		i = take(&f.nodes, &f.noNodes)
		f.nodes[i] = node{live: true, first: none, class: none}
		f.nodeAt[in.ID] = i
	} else {
		f.forgetShape(i)
	}
	n := &f.nodes[i]
	used := n.cap
	used.sub(&n.free)

	in.Attributes = maps.Clone(in.Attributes)
	in.Taints = slices.Clone(in.Taints)
	in.Failures = slices.Clone(in.Failures)
	in.Images = slices.Clone(in.Images)
	in.Sets = slices.Clone(in.Sets)
	in.Capacity, in.Reserved = in.Capacity.clone(), in.Reserved.clone()
	n.Node = in
	n.cap0 = in.allocatable()
	n.cap = n.cap0.vec()
	n.free = n.cap
	n.free.sub(&used)
	n.perCPU, n.perMem = shares(n.cap[cpu], n.cap[memory])
	n.health = 1
	n.images = n.images[:0]
	for _, name := range in.Images {
		n.images = append(n.images, f.image(name))
	}
	slices.Sort(n.images)
	f.resetNamed(n)
	if n.State.takesTasks() {
		f.capsum.add(&n.cap)
	}
	if len(in.Failures) > 0 {
		f.failing++
	}
	n.class = f.classOf(n)
	c := &f.classes[n.class]
	c.count++
	c.perCPU, c.perMem = min(c.perCPU, n.perCPU), min(c.perMem, n.perMem)
	if n.indexed() {
		f.index(i)
	}
	f.ctx.drop()
	f.nodeEpoch++
	return nil
}

// forgetShape undoes what SetNode derived from the node's description.
func (f *Fleet) forgetShape(i int32) {
	n := &f.nodes[i]
	if n.indexed() {
		f.unindex(i)
	}
	if n.State.takesTasks() {
		f.capsum.sub(&n.cap)
	}
	if len(n.Failures) > 0 {
		f.failing--
	}
	c := &f.classes[n.class]
	if c.count--; c.count == 0 {
		delete(f.classAt, c.key)
		*c = class{}
		f.classEpoch++
	}
}

// RemoveNode forgets a node. It refuses while tasks are on it: remove or move
// them first. A node that is not known is no error.
func (f *Fleet) RemoveNode(id string) error {
	i, ok := f.nodeAt[id]
	if !ok {
		return nil
	}
	if n := f.nodes[i].tasks; n > 0 {
		return invalid("Node.ID", "%q still has %s", id, plural(int64(n), "task"))
	}
	f.forgetShape(i)
	delete(f.nodeAt, id)
	f.nodes[i] = node{}
	f.noNodes = append(f.noNodes, i)
	f.ctx.drop()
	f.nodeEpoch++
	return nil
}

func (in *Node) check() error {
	if in.ID == "" {
		return invalid("Node.ID", "must not be empty")
	}
	if err := in.Capacity.check("Node.Capacity"); err != nil {
		return err
	}
	if err := in.Reserved.check("Node.Reserved"); err != nil {
		return err
	}
	if int(in.State) >= len(nodeStates) {
		return invalid("Node.State", "is unknown: %d", in.State)
	}
	if in.MaxTasks < 0 {
		return invalid("Node.MaxTasks", "must not be negative, not %d", in.MaxTasks)
	}
	for _, k := range []string{KeyNode, KeyZone, KeyType} {
		if _, ok := in.Attributes[k]; ok {
			return invalid("Node.Attributes["+k+"]", "must not repeat what the node's own field says")
		}
	}
	for i, x := range in.Failures {
		if int(x.Kind) >= len(penalties) {
			return invalid("Node.Failures", "entry %d has an unknown kind: %d", i, x.Kind)
		}
	}
	for i, s := range in.Sets {
		if s.Name == "" || s.Slots < 1 || s.Slots > 1000 || s.Units < 1 || s.Units > maxAmount {
			return invalid("Node.Sets", "entry %d must have a name, 1 to 1000 slots and at least 1 unit", i)
		}
		if slices.ContainsFunc(in.Sets[:i], func(o ResourceSet) bool { return o.Name == s.Name }) {
			return invalid("Node.Sets", "name %q twice", s.Name)
		}
	}
	return nil
}

// allocatable is the capacity less what is reserved, never negative.
func (in *Node) allocatable() Resources {
	r := in.Capacity
	v, w := r.vec(), in.Reserved.vec()
	for d := range v {
		v[d] = max(0, v[d]-w[d])
	}
	r.CPU, r.Memory, r.Disk, r.Network, r.Ports, r.GPUs = v[cpu], v[memory], v[disk], v[network], v[ports], v[gpus]
	if len(r.Scalars) > 0 {
		r.Scalars = maps.Clone(r.Scalars)
		for k := range r.Scalars {
			r.Scalars[k] = max(0, r.Scalars[k]-in.Reserved.Scalars[k])
		}
	}
	return r
}

// image is the number of an image's name.
func (f *Fleet) image(name string) int32 {
	i, ok := f.images[name]
	if !ok {
		i = int32(len(f.images))
		f.images[name] = i
	}
	return i
}

// shares is the share of a node that one unit of CPU and of memory is. What a
// node does not have counts for nothing.
func shares(cpus, mem int64) (perCPU, perMem float64) {
	switch {
	case cpus > 0 && mem > 0:
		return .5 / float64(cpus), .5 / float64(mem)
	case cpus > 0:
		return 1 / float64(cpus), 0
	case mem > 0:
		return 0, 1 / float64(mem)
	}
	return 0, 0
}
