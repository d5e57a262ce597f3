package paas

import (
	"math"
	"time"
)

// Lease is the right to act as the only one of its kind, for a while. Whoever takes it over gets a higher fence, and
// what the old holder still writes with its own is refused.
type Lease struct {
	Name   string
	Holder string
	Fence  int64
	Until  time.Time
}

// FleetSnapshot is everything that the scheduler looks at, read in one transaction.
type FleetSnapshot struct {
	Nodes    []Node        // all but removed ones
	Groups   []ServerGroup // not retired, or with tasks that still live
	Tasks    []Task        // all that are not finished
	Finished []Task        // the newest finished task of each slot without a living one: what a restart follows on
	Cursor   FleetCursor   // what changes after this snapshot comes after it
}

// FleetCursor is a moment in the changes of nodes, server groups and tasks. Whoever has read the fleet up to a cursor
// needs only what changed since. The zero value is the beginning.
type FleetCursor int64

// FleetChanges is what changed since a cursor, read in one transaction. A row may come again without a change.
type FleetChanges struct {
	Nodes    []Node        // also removed ones
	Groups   []ServerGroup // also retired ones
	Tasks    []Task        // also finished ones
	Finished []Task        // the last task of each slot, of groups that the reader does not know
	Cursor   FleetCursor   // where to go on
	Part     FleetPart     // that was asked for
	Mark     *FleetMark    // of that part at this moment; nil for no part
}

// FleetPart is a part of the fleet: what lives on the nodes whose ids are above After and not above To. The part from 0 on
// also has the tasks without a node, and counts nodes and groups. The zero value is nothing.
type FleetPart struct{ After, To int64 }

// WholeFleet is every part.
var WholeFleet = FleetPart{To: math.MaxInt64}

// Empty reports whether the part has nothing.
func (p FleetPart) Empty() bool { return p.After >= p.To }

// First reports whether the part has what is on no node.
func (p FleetPart) First() bool { return p.After == 0 && !p.Empty() }

// Has reports whether the tasks of a node, 0 for none, are in the part.
func (p FleetPart) Has(node int64) bool {
	return node > p.After && node <= p.To || node == 0 && p.First()
}

// FleetMark is what two readers of one part of a fleet compare to know whether they see the same.
type FleetMark struct {
	Nodes    int64 // that are not removed; 0 but in the first part
	Groups   int64 // that are not retired; likewise
	Wanted   int64 // tasks of those, in all
	Tasks    int64 // that are not finished
	IDs      int64 // of those, added up
	Versions int64 // of those, added up
}

// NodeTasks is what changed of one node's tasks since a cursor, read in one transaction.
type NodeTasks struct {
	Tasks  []Task      // also finished ones; all living ones when read from the beginning
	Cursor FleetCursor // where to go on
	Mark   *FleetMark  // of the node's tasks at this moment; nil unless asked for
}

// Add counts one living task.
func (m *FleetMark) Add(id, version int64) {
	m.Tasks++
	m.IDs += id
	m.Versions += version
}

// FleetPlan is what one pass decided, applied in one transaction.
type FleetPlan struct {
	Create []Task                  // tasks without id: accepted, or placed when they have a node
	Place  []Placement             // accepted tasks that get a node and a new fence
	Wait   map[int64]WaitingReason // task → why it is still not placed
	Stop   []int64                 // tasks that are no longer wanted
	Finish []Finish                // tasks that end without the executor's word: never placed, or their node is lost
	Nodes  []NodeMove
}

// Placement gives a task to a node.
type Placement struct {
	Task, Node int64
	Why        string // one sentence: why this node
}

// Finish ends a task in the books.
type Finish struct {
	Task   int64
	Reason TaskReason
	Detail string
}

// NodeMove changes a node's state.
type NodeMove struct {
	Node  int64
	State State
	Why   string
}

// Rows is how many rows applying the plan writes.
func (p FleetPlan) Rows() int {
	return len(p.Create) + len(p.Place) + len(p.Wait) + len(p.Stop) + len(p.Finish) + len(p.Nodes)
}

// Empty reports whether there is nothing to apply.
func (p FleetPlan) Empty() bool {
	return p.Rows() == 0
}

// Route is one app as the edge sees it.
type Route struct {
	AppID     int64
	App       string
	Hosts     []string // host names without port, lower case
	State     RouteState
	Addresses []string // ready tasks, "ip:port", sorted
}

// RouteState picks the page that is shown when nothing can serve.
type RouteState string

// The states of a route.
const (
	RouteServing  RouteState = "serving"  // Addresses is not empty
	RouteStarting RouteState = "starting" // a first version or a restart is on its way
	RouteStopped  RouteState = "stopped"  // its owner stopped it
	RouteFailing  RouteState = "failing"  // it should serve and cannot
	RouteNew      RouteState = "new"      // never deployed
)
