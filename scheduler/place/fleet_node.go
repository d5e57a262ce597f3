package place

import (
	"math"
	"slices"
)

// node is a node as the planner keeps it; what it shares with others is in
// its class. What a search reads and a placement changes comes first, within
// two cache lines.
type node struct {
	free vec
	// perCPU and perMem turn free CPU and memory into the share of the node
	// that is free, the mean over those of the two that it has.
	perCPU, perMem float64
	health         float64 // 0 to 1, as of the last Schedule
	class          int32
	first          int32 // its tasks, a list
	tasks          int32
	most           int32 // tasks at once
	exclusive      int32 // tasks that want it for themselves
	leaving        int32
	byTier         [tiers]int32
	live           bool
	closed         bool // kept out of a plan that is only imagined
	indexed        bool
	removable      bool
	stock          int32 // noStock for most
	group          int32 // none without

	flexSum vec // what tasks that may be displaced hold
	cap     vec // capacity less what is reserved

	idleSince, stateSince int64 // nanoseconds, see nanos
}

// SetNode adds a node or replaces what is known of it; its tasks stay. An
// *InputError names the field that is wrong, and nothing has changed then.
func (f *Fleet) SetNode(in Node) error {
	if err := in.Check(); err != nil {
		return err
	}
	i, added := f.nodeNames.add(in.ID)
	n := cell(&f.nodes, i)
	if added {
		n.live, n.first = true, none
	} else {
		f.part(i)
		f.empty(i)
	}
	used := n.cap
	used.sub(&n.free)
	n.cap = in.allocatable()
	n.free = n.cap
	n.free.sub(&used)
	n.perCPU, n.perMem = shares(n.cap[cpu], n.cap[memory])
	if n.most = int32(min(in.MaxTasks, math.MaxInt32)); n.most == 0 {
		n.most = math.MaxInt32
	}
	n.removable, n.idleSince, n.stateSince = in.Removable, nanos(in.IdleSince), nanos(in.StateSince)
	if n.group = none; in.Group != "" {
		n.group, _ = f.groupNames.add(in.Group)
	}
	n.health = 1
	f.fill(i, &in)
	f.join(i, kind{zone: in.Zone, typ: in.Type, model: in.Capacity.GPUModel, state: in.State, taints: in.Taints, attrs: in.Attributes})
	return nil
}

// join puts a node into its class and the index.
func (f *Fleet) join(i int32, k kind) {
	n := &f.nodes[i]
	n.class = f.classOf(n, k)
	c := &f.classes[n.class]
	c.count++
	c.perCPU, c.perMem = min(c.perCPU, n.perCPU), min(c.perMem, n.perMem)
	if k.state.takesTasks() {
		f.capsum.add(&n.cap)
	}
	f.index(i)
	f.ctx.drop()
	f.nodeEpoch++
}

// part takes a node out of its class and the index.
func (f *Fleet) part(i int32) {
	n := &f.nodes[i]
	f.unindex(i)
	c := &f.classes[n.class]
	if c.state.takesTasks() {
		f.capsum.sub(&n.cap)
	}
	if c.count--; c.count == 0 {
		delete(f.classAt, c.key)
		*c = class{}
		f.classEpoch++
	}
}

// setState changes a node's state alone.
func (f *Fleet) setState(i int32, s NodeState) {
	k := f.classes[f.nodes[i].class].kind
	f.part(i)
	k.state = s
	f.join(i, k)
}

// RemoveNode forgets a node. It refuses while tasks are on it: remove or move
// them first. A node that is not known is no error.
func (f *Fleet) RemoveNode(id string) error {
	i := f.nodeNames.find(id)
	if i == none {
		return nil
	}
	if n := f.nodes[i].tasks; n > 0 {
		return invalid("Node.ID", "%q still has %s", id, plural(int64(n), "task"))
	}
	f.part(i)
	f.empty(i)
	f.nodeNames.forget(i)
	f.nodes[i] = node{}
	f.ctx.drop()
	f.nodeEpoch++
	return nil
}

// Check refuses what no node can be: an *InputError names the field.
func (in *Node) Check() error {
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
	if err := checkTime("Node.IdleSince", in.IdleSince); err != nil {
		return err
	}
	if err := checkTime("Node.StateSince", in.StateSince); err != nil {
		return err
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
func (in *Node) allocatable() vec {
	v, w := in.Capacity.vec(), in.Reserved.vec()
	for d := range v {
		v[d] = max(0, v[d]-w[d])
	}
	return v
}

// image is the number of an image's name.
func (f *Fleet) image(name string) int32 {
	i, _ := f.images.add(name)
	cell(&f.holders, i)
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
