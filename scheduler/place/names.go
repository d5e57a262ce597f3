package place

import "hash/maphash"

// names numbers ids from 0 on and uses the numbers of forgotten ones again.
// It is a hash table by linear probing: finding an id or giving it a number is
// one probe, and nothing in it needs the garbage collector's attention but the
// ids. No result depends on the seed.
type names struct {
	seed  maphash.Seed
	ids   []string // by number; "" for a free number
	free  []int32
	slots []nameSlot // a power of two, at most three quarters in use
}

type nameSlot struct {
	hash   uint32
	number int32 // plus 1; 0 is a free slot
}

func newNames(room int) names {
	size := 8
	for size*3 < room*4 {
		size *= 2
	}
	return names{seed: maphash.MakeSeed(), ids: make([]string, 0, room), slots: make([]nameSlot, size)}
}

func (n *names) len() int { return len(n.ids) - len(n.free) }

// probe is the slot of an id, or the free one where it belongs.
func (n *names) probe(id string) (slot int, hash uint32) {
	hash = uint32(maphash.String(n.seed, id))
	mask := len(n.slots) - 1
	for i := int(hash) & mask; ; i = (i + 1) & mask {
		s := n.slots[i]
		if s.number == 0 || s.hash == hash && n.ids[s.number-1] == id {
			return i, hash
		}
	}
}

// find is the number of an id, none when it has none.
func (n *names) find(id string) int32 {
	slot, _ := n.probe(id)
	return n.slots[slot].number - 1
}

// add is the number of an id, which gets one when it has none.
func (n *names) add(id string) (number int32, added bool) {
	slot, hash := n.probe(id)
	if s := n.slots[slot]; s.number != 0 {
		return s.number - 1, false
	}
	if (n.len()+1)*4 > len(n.slots)*3 {
		n.grow()
		slot, hash = n.probe(id)
	}
	if k := len(n.free); k > 0 {
		number = n.free[k-1]
		n.free = n.free[:k-1]
		n.ids[number] = id
	} else {
		number = int32(len(n.ids))
		n.ids = append(n.ids, id)
	}
	n.slots[slot] = nameSlot{hash, number + 1}
	return number, true
}

func (n *names) grow() {
	before := n.slots
	n.slots = make([]nameSlot, 2*len(before))
	mask := len(n.slots) - 1
	for _, s := range before {
		if s.number != 0 {
			i := int(s.hash) & mask
			for n.slots[i].number != 0 {
				i = (i + 1) & mask
			}
			n.slots[i] = s
		}
	}
}

// forget takes an id's number away. The slots after it move up, so that no
// probe meets a gap before its id.
func (n *names) forget(number int32) {
	gap, _ := n.probe(n.ids[number])
	mask := len(n.slots) - 1
	for i := (gap + 1) & mask; n.slots[i].number != 0; i = (i + 1) & mask {
		if home := int(n.slots[i].hash); (i-home)&mask >= (i-gap)&mask {
			n.slots[gap] = n.slots[i]
			gap = i
		}
	}
	n.slots[gap] = nameSlot{}
	n.ids[number] = ""
	n.free = append(n.free, number)
}

// cell is the entry of a column for a number, which may be new.
func cell[T any](column *[]T, number int32) *T {
	if int(number) == len(*column) {
		var zero T
		*column = append(*column, zero)
	}
	return &(*column)[number]
}
