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
	// evenZones is the soft constraint that Weights.Zones scores.
	evenZones Constraint

	nodes   []node
	nodeAt  map[string]int32
	noNodes []int32 // free slots in nodes

	tasks   []task
	taskAt  map[string]int32
	noTasks []int32
	waiting []int32 // tasks without a node, in no order

	jobs   []job
	jobAt  map[string]int32
	noJobs []int32
	teams  []team
	teamAt map[string]int32
	gangs  map[string]*gang
	// shunners are the placed tasks that keep a job away, by the job's id.
	shunners map[string][]int32

	specs   []spec
	specAt  map[specKey]int32
	noSpecs []int32
	rules   []rules
	rulesAt map[string]int32
	noRules []int32

	classes    []class
	classAt    map[string]int32
	classEpoch int32 // changes with the set of classes
	nodeEpoch  int32 // changes with any node

	failing int // nodes with a failure history
	images  map[string]int32
	capsum  vec // capacity of all nodes that take tasks, for shares
	leaving int // tasks that are leaving
	flex    int // tasks that may be displaced

	round   int64 // counts calls of Schedule
	ctx     context
	scratch []byte
	queue   []int32
}

// none marks the absence of an index.
const none int32 = -1

// New returns an empty fleet.
func New(opt Options) *Fleet {
	if opt.Weights == (Weights{}) {
		opt.Weights = DefaultWeights
	}
	return &Fleet{
		opt:       opt,
		evenZones: Balanced(KeyZone, 0),
		ctx:       context{job: none, rules: none},
		weights:   opt.Weights,
		nodes:     make([]node, 0, opt.Nodes),
		nodeAt:    make(map[string]int32, opt.Nodes),
		tasks:     make([]task, 0, opt.Tasks),
		taskAt:    make(map[string]int32, opt.Tasks),
		waiting:   make([]int32, 0, opt.Tasks),
		jobs:      make([]job, 0, opt.Jobs),
		jobAt:     make(map[string]int32, opt.Jobs),
		teamAt:    map[string]int32{},
		gangs:     map[string]*gang{},
		shunners:  map[string][]int32{},
		specAt:    map[specKey]int32{},
		rulesAt:   map[string]int32{},
		classAt:   map[string]int32{},
		images:    map[string]int32{},
	}
}

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

// nanos orders times, the zero time first.
func nanos(t time.Time) int64 {
	if t.IsZero() {
		return math.MinInt64
	}
	return t.UnixNano()
}
