package place

import (
	"encoding/binary"
	"fmt"
	"math"
	"slices"
	"strings"
)

// rules is everything a task asks for but amounts. Tasks that ask for the
// same share one, and what is derived from it is computed once.
type rules struct {
	key       string
	refs      int32 // specs that use it
	require   []Constraint
	prefer    []Preference
	tolerates []Toleration
	sets      []SetRequest
	scalars   []scalar
	model     string
	image     int32 // none without
	exclusive bool
	relative  bool // a constraint or preference looks at tasks already placed
	apart     bool // a hard constraint keeps another job away
	opens     bool // a hard constraint may come to allow a node when others are placed
	weight    float64
	weights   [2]scores // of the parts of a score, without and with failing nodes

	epoch   int32 // of the classes below
	allowed []candidate
	keyed   []*keyed // by slot, see Fleet.tally
}

type scalar struct {
	name   string
	amount int64
}

// candidate is a class that satisfies what can be decided by class alone.
type candidate struct {
	class  int32
	prefer float64 // weighted share of the preferences decided by class
	zones  float64 // the implied balance over zones
	avoid  bool    // only when nothing else fits
	base   float64 // what the class decides of a task's score
}

// spec is an amount under rules: equal replicas, of whatever job, share one.
type spec struct {
	demand vec
	ratio  float64 // of memory to CPU, see ratio
	rules  int32
	refs   int32

	failed int64 // the last round in which it fitted nowhere
	noRoom int64 // and in which none could be made
	epoch  int32
	roomy  int32  // nodes large enough were they empty, of the allowed classes
	rank   uint32 // in the queue, by scarcity and size
	ranked int64  // the round in which it got its rank
}

type specKey struct {
	demand vec
	rules  int32
}

func (f *Fleet) rulesOf(t int32) *rules { return &f.rules[f.specs[f.tasks[t].spec].rules] }

// specOf finds or makes the spec of a task and counts the reference. Most
// tasks ask for what the one before asked for: that is looked at first.
func (f *Fleet) specOf(t *Task) (int32, error) {
	rules, err := f.rulesFor(t)
	if err != nil {
		return none, err
	}
	k := specKey{t.Demand.vec(), rules}
	if f.oldSpec != none {
		if s := &f.specs[f.oldSpec]; s.refs > 0 && s.rules == rules && s.demand == k.demand {
			s.refs++
			return f.oldSpec, nil
		}
	}
	i, ok := f.specAt[k]
	if !ok {
		i = take(&f.specs, &f.noSpecs)
		f.specs[i] = spec{demand: k.demand, ratio: ratio(k.demand[cpu], k.demand[memory]), rules: rules, epoch: -1}
		f.specAt[k] = i
		f.rules[rules].refs++
	}
	f.specs[i].refs++
	f.oldSpec = i
	return i, nil
}

func (f *Fleet) releaseSpec(i int32) {
	s := &f.specs[i]
	if s.refs--; s.refs > 0 {
		return
	}
	delete(f.specAt, specKey{s.demand, s.rules})
	r := &f.rules[s.rules]
	if r.refs--; r.refs == 0 {
		delete(f.rulesAt, r.key)
		f.noRules = append(f.noRules, s.rules)
		*r = rules{}
	}
	f.specs[i] = spec{}
	f.noSpecs = append(f.noSpecs, i)
}

// rulesFor finds or makes the rules of a task. They are checked when they are
// new.
func (f *Fleet) rulesFor(t *Task) (int32, error) {
	if f.oldRule != none && f.asked(&f.rules[f.oldRule], t) {
		return f.oldRule, nil
	}
	b := appendText(f.scratch[:0], t.Image, t.Demand.GPUModel)
	for i := range t.Require {
		b = appendConstraint(b, &t.Require[i])
	}
	for i := range t.Prefer {
		b = appendConstraint(append(b, '~'), &t.Prefer[i].Constraint)
		b = binary.LittleEndian.AppendUint64(b, math.Float64bits(t.Prefer[i].Weight))
	}
	for _, x := range t.Tolerates {
		b = appendText(append(b, 't'), x.Key, x.Value)
	}
	for _, x := range t.Sets {
		b = appendInts(appendText(append(b, 's'), x.Set, x.Value), x.Units)
	}
	for _, k := range sortedKeys(t.Demand.Scalars) {
		b = appendInts(appendText(append(b, 'n'), k), t.Demand.Scalars[k])
	}
	f.scratch = b
	if i, ok := f.rulesAt[string(b)]; ok {
		f.oldRule = i
		return i, nil
	}
	if err := t.checkRules(); err != nil {
		return none, err
	}
	i := take(&f.rules, &f.noRules)
	r := &f.rules[i]
	*r = rules{
		key: string(b), require: cloneAll(t.Require, Constraint.clone), tolerates: slices.Clone(t.Tolerates),
		prefer: cloneAll(t.Prefer, func(p Preference) Preference { p.Constraint = p.clone(); return p }),
		sets:   slices.Clone(t.Sets), model: t.Demand.GPUModel, image: none, epoch: -1,
	}
	if t.Image != "" {
		r.image = f.image(t.Image)
	}
	for _, k := range sortedKeys(t.Demand.Scalars) {
		if n := t.Demand.Scalars[k]; n > 0 {
			r.scalars = append(r.scalars, scalar{k, n})
		}
	}
	for _, c := range r.require {
		r.exclusive = r.exclusive || c.Kind == KindExclusive
		r.relative = r.relative || c.relative()
		r.apart = r.apart || c.Kind == KindApart
		r.opens = r.opens || c.Kind == KindNear || c.Kind == KindBalanced
	}
	for _, p := range r.prefer {
		r.relative = r.relative || p.relative()
		r.weight += p.Weight
	}
	r.weights = [2]scores{f.partWeights(r, false), f.partWeights(r, true)}
	f.rulesAt[r.key] = i
	f.oldRule = i
	return i, nil
}

// asked says that a task asks for exactly these rules, when that can be told
// at a glance.
func (f *Fleet) asked(r *rules, t *Task) bool {
	if r.refs == 0 || len(t.Demand.Scalars) > 0 || len(r.scalars) > 0 {
		return false
	}
	image := ""
	if r.image != none {
		image = f.images.ids[r.image]
	}
	return image == t.Image && r.model == t.Demand.GPUModel &&
		slices.EqualFunc(r.require, t.Require, Constraint.equal) &&
		slices.EqualFunc(r.prefer, t.Prefer, func(a, b Preference) bool { return a.Weight == b.Weight && a.equal(b.Constraint) }) &&
		slices.Equal(r.tolerates, t.Tolerates) && slices.Equal(r.sets, t.Sets)
}

func (c Constraint) equal(o Constraint) bool {
	return c.Kind == o.Kind && c.Key == o.Key && c.Count == o.Count && c.Job == o.Job && slices.Equal(c.Values, o.Values)
}

func appendConstraint(b []byte, c *Constraint) []byte {
	b = appendText(append(b, 'c'), string(c.Kind), c.Key, c.Job)
	b = appendInts(b, int64(c.Count), int64(len(c.Values)))
	return appendText(b, c.Values...)
}

func cloneAll[T any](xs []T, clone func(T) T) []T {
	if len(xs) == 0 {
		return nil
	}
	out := make([]T, len(xs))
	for i, x := range xs {
		out[i] = clone(x)
	}
	return out
}

func (c Constraint) clone() Constraint {
	c.Values = slices.Clone(c.Values)
	return c
}

// relative says that the constraint depends on tasks already placed.
func (c Constraint) relative() bool {
	switch c.Kind {
	case KindAtMost, KindBalanced, KindNear, KindApart:
		return true
	}
	return false
}

// static says that every node of a class answers alike.
func (c Constraint) static() bool {
	switch c.Kind {
	case KindIn, KindNotIn, KindVersion:
		return c.Key != KeyNode
	}
	return false
}

// compile evaluates the rules for every class, once for each set of classes.
func (f *Fleet) compile(r *rules) {
	if r.epoch == f.classEpoch {
		return
	}
	r.epoch = f.classEpoch
	r.allowed, r.keyed = r.allowed[:0], nil
	for i := range f.classes {
		c := &f.classes[i]
		if !c.live || f.refusal(c, r) != "" {
			continue
		}
		a := candidate{class: int32(i), avoid: c.state == Avoid || r.dislikes(c)}
		for _, p := range r.prefer {
			if p.static() && p.holds(c.value(p.Key)) {
				a.prefer += p.Weight / r.weight
			}
		}
		r.allowed = append(r.allowed, a)
	}
}

// refusal is what makes a class impossible under rules, "" when nothing does.
func (f *Fleet) refusal(c *class, r *rules) string {
	if !c.state.takesTasks() {
		return c.state.String()
	}
	for _, t := range c.taints {
		if !t.Soft && !r.tolerate(t) {
			return "taint " + t.Key
		}
	}
	if r.model != "" && c.model != r.model {
		return "GPU model " + r.model
	}
	for i := range r.require {
		if q := &r.require[i]; q.static() && !q.holds(c.value(q.Key)) {
			return q.String()
		}
	}
	return ""
}

// dislikes says that a soft taint of the class is not tolerated.
func (r *rules) dislikes(c *class) bool {
	return slices.ContainsFunc(c.taints, func(t Taint) bool { return t.Soft && !r.tolerate(t) })
}

func (r *rules) tolerate(t Taint) bool {
	return slices.ContainsFunc(r.tolerates, func(o Toleration) bool {
		return o.Key == t.Key && (o.Value == "" || o.Value == t.Value)
	})
}

// holds evaluates an attribute constraint for a value, or its absence.
func (c Constraint) holds(value string, has bool) bool {
	switch c.Kind {
	case KindIn:
		return has && slices.Contains(c.Values, value)
	case KindNotIn:
		return !has || !slices.Contains(c.Values, value)
	case KindVersion:
		return has && withinBounds(value, c.Values)
	}
	return true
}

// String is the constraint in words: "zone in a, b".
func (c Constraint) String() string {
	key := c.Key
	switch c.Kind {
	case KindIn, KindNotIn:
		return key + " " + string(c.Kind) + " " + strings.Join(c.Values, ", ")
	case KindVersion:
		return key + " " + strings.Join(c.Values, ", ")
	case KindExclusive:
		return "a node of its own"
	case KindAtMost:
		return fmt.Sprintf("at most %d of the job a %s", c.Count, key)
	case KindBalanced:
		return "balanced over each " + key
	case KindNear:
		return fmt.Sprintf("same %s as %s", key, c.Job)
	case KindApart:
		return fmt.Sprintf("another %s than %s", key, c.Job)
	}
	return string(c.Kind)
}
