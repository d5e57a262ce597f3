package place

import "slices"

// stock is what few nodes have. Without it the column of nodes holds no
// pointers, which makes adding a node and moving it about cheap.
type stock struct {
	scalars  map[string]int64 // free
	slots    []slots          // a ResourceSet each
	images   []int32          // sorted
	failures []Failure
}

// noStock is the stock of nodes without one, always empty.
const noStock = 0

func (f *Fleet) stockOf(n *node) *stock { return &f.stocks[n.stock] }

// ownStock is a node's stock to be changed.
func (f *Fleet) ownStock(n *node) *stock {
	if n.stock == noStock {
		n.stock = take(&f.stocks, &f.noStocks)
	}
	return &f.stocks[n.stock]
}

// fill gives a node the stock it is described with, less what its tasks use.
func (f *Fleet) fill(i int32, in *Node) {
	n := &f.nodes[i]
	if len(in.Capacity.Scalars)+len(in.Sets)+len(in.Images)+len(in.Failures) > 0 {
		s := f.ownStock(n)
		for name, x := range in.Capacity.Scalars {
			s.add(name, max(0, x-in.Reserved.Scalars[name]))
		}
		for _, x := range in.Sets {
			s.slots = append(s.slots, slots{name: x.Name, units: x.Units, idle: int64(x.Slots)})
		}
		for _, name := range in.Images {
			if image := f.image(name); !slices.Contains(s.images, image) {
				s.images = append(s.images, image)
				f.holders[image] = append(f.holders[image], i)
			}
		}
		slices.Sort(s.images)
		if s.failures = slices.Clone(in.Failures); len(s.failures) > 0 {
			f.failing++
		}
	}
	for t := n.first; t != none; t = f.tasks[t].nextOnNode {
		f.use(n, f.rulesOf(t), 1)
	}
}

// empty takes a node's stock away.
func (f *Fleet) empty(i int32) {
	n := &f.nodes[i]
	if n.stock == noStock {
		return
	}
	s := &f.stocks[n.stock]
	for _, image := range s.images {
		h := f.holders[image]
		at := slices.Index(h, i)
		h[at] = h[len(h)-1]
		f.holders[image] = h[:len(h)-1]
	}
	if len(s.failures) > 0 {
		f.failing--
	}
	*s = stock{}
	f.noStocks = append(f.noStocks, n.stock)
	n.stock = noStock
}

// use takes (sign 1) or gives back (sign -1) the scalars and slots that rules
// ask for.
func (f *Fleet) use(n *node, r *rules, sign int64) {
	if len(r.scalars)+len(r.sets) == 0 {
		return
	}
	s := f.ownStock(n)
	for _, x := range r.scalars {
		s.add(x.name, -sign*x.amount)
	}
	for _, a := range r.sets {
		if set := s.set(a.Set); set != nil {
			set.use(a.Value, sign*a.Units)
		}
	}
}

func (s *stock) add(scalar string, x int64) {
	if s.scalars == nil {
		s.scalars = map[string]int64{}
	}
	s.scalars[scalar] += x
}

func (s *stock) set(name string) *slots {
	for i := range s.slots {
		if s.slots[i].name == name {
			return &s.slots[i]
		}
	}
	return nil
}

// fit is the mean score over all requests, and the first set without room, ""
// when all have.
func (s *stock) fit(asked []SetRequest) (score float64, missing string) {
	for _, a := range asked {
		set := s.set(a.Set)
		if set == nil {
			return 0, a.Set
		}
		v, ok := set.fit(a.Value, a.Units)
		if !ok {
			return 0, a.Set
		}
		score += v / float64(len(asked))
	}
	return score, ""
}

// hasImage scores 1 for a node with the image and, as Titus does, .01 for one
// without.
func (s *stock) hasImage(image int32) float64 {
	if _, ok := slices.BinarySearch(s.images, image); ok {
		return 1
	}
	return noImage
}

const noImage = .01
