package place

import (
	"math"
	"time"
)

// Options are how a Fleet decides. The zero value packs.
type Options struct {
	Weights Weights // zero: DefaultWeights
	// KeepGuarantees leaves what teams are guaranteed free for them even
	// while they do not use it. Without it others may borrow it.
	KeepGuarantees bool
	// NoPreemption never displaces a flex task for a critical one.
	NoPreemption bool
	// Nodes, Tasks and Jobs are how many are expected, to make room at once.
	Nodes, Tasks, Jobs int
}

// Fleet is all nodes and tasks that placement knows of. Make one with New.
type Fleet struct {
	opt     Options
	now     time.Time
	weights Weights
	fitness fitness
	// evenZones is the soft constraint that Weights.Zones scores.
	evenZones Constraint

	// Columns, an entry for each number that the names beside them give.
	nodes      []node
	nodeNames  names
	groupNames names // of scaling groups
	stocks     []stock
	noStocks   []int32
	tasks      []task
	taskNames  names
	jobs       []job
	jobNames   names
	teams      []team
	teamNames  names
	gangs      []int32 // how many tasks are known of each
	gangNames  names

	promises map[int32]*promise // by node, while a round runs

	waiting []int32 // tasks without a node, in no order
	// shunners are the placed tasks that keep a job away, by the job's id.
	shunners map[string][]int32

	specs   []spec
	specAt  map[specKey]int32
	noSpecs []int32
	oldSpec int32 // the last one found, most likely the next one's
	rules   []rules
	rulesAt map[string]int32
	noRules []int32
	oldRule int32

	classes    []class
	classAt    map[string]int32
	classEpoch int32 // changes with the set of classes
	nodeEpoch  int32 // changes with any node

	failing int // nodes with a failure history
	images  names
	holders [][]int32 // the nodes with each image
	capsum  vec       // capacity of all nodes that take tasks, for shares
	leaving int       // tasks that are leaving
	flex    int       // tasks that may be displaced
	limited int       // jobs with limits

	round    int64 // counts calls of Schedule
	ctx      context
	scratch  []byte
	queue    []int32
	lineRoom []line
}

// none marks the absence of an index.
const none int32 = -1

// New returns an empty fleet.
func New(opt Options) *Fleet {
	if opt.Weights == (Weights{}) {
		opt.Weights = DefaultWeights
	}
	return &Fleet{
		opt:        opt,
		evenZones:  Balanced(KeyZone, 0),
		ctx:        context{job: none, rules: none},
		weights:    opt.Weights,
		fitness:    opt.Weights.fitness(),
		nodes:      make([]node, 0, opt.Nodes),
		nodeNames:  newNames(opt.Nodes),
		groupNames: newNames(0),
		stocks:     make([]stock, 1),
		tasks:      make([]task, 0, opt.Tasks),
		taskNames:  newNames(opt.Tasks),
		waiting:    make([]int32, 0, opt.Tasks),
		jobs:       make([]job, 0, opt.Jobs),
		jobNames:   newNames(opt.Jobs),
		teamNames:  newNames(0),
		gangNames:  newNames(0),
		shunners:   map[string][]int32{},
		promises:   map[int32]*promise{},
		specAt:     map[specKey]int32{},
		oldSpec:    none,
		rulesAt:    map[string]int32{},
		oldRule:    none,
		classAt:    map[string]int32{},
		images:     newNames(0),
	}
}

func (f *Fleet) taskID(i int32) string { return f.taskNames.ids[i] }
func (f *Fleet) nodeID(i int32) string { return f.nodeNames.ids[i] }

// take returns a free slot of a column, growing it when there is none.
func take[T any](column *[]T, free *[]int32) int32 {
	if n := len(*free); n > 0 {
		i := (*free)[n-1]
		*free = (*free)[:n-1]
		return i
	}
	var zero T
	*column = append(*column, zero)
	return int32(len(*column) - 1)
}

// nanos orders times; the zero time, never, comes first.
func nanos(t time.Time) int64 {
	if t.IsZero() {
		return never
	}
	return t.UnixNano()
}

const never = math.MinInt64

// checkTime refuses what nanos cannot hold.
func checkTime(field string, t time.Time) error {
	if t.IsZero() {
		return nil
	}
	if y := t.Year(); y < 1700 || y > 2200 {
		return invalid(field, "must lie between the years 1700 and 2200, not %s", t.Format(time.RFC3339))
	}
	return nil
}
