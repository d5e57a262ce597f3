// Package place decides where tasks run. It is a pure library: nodes and tasks
// go in; assignments, preemptions and explained refusals come out. It reads no
// clock, does no I/O, starts no goroutine and draws no random number, so the
// same input always gives the same plan.
//
// A Fleet is the long-lived state. The loop tells it what changed (SetNode,
// RemoveNode, SetTask, RemoveTask, SetTeam, SetJob) and asks for a Plan:
//
//	fleet := place.New(place.Options{})
//	err := fleet.SetNode(node)             // on every change of a node
//	err = fleet.SetTask(task)              // Node "" means it waits
//	plan, err := fleet.Schedule(now)       // at most one goroutine at a time
//
// Schedule takes its own decisions into account at once: an assigned task sits
// on its node, a preempted one is leaving it. When the caller could not record
// a decision, it says how things really are with SetTask, and all is well: a
// Fleet that lived through any sequence of changes plans exactly as a new one
// given the same nodes and tasks.
//
// Try begins a trial: changes that are in force for what is tried next and all
// taken back in the end. Packages scale (nodes to add, drain and give back) and
// moves (emptying nodes, defragmentation) are made of trials.
//
// Units, everywhere: CPU in thousandths of a core, memory and disk in bytes,
// network in bits a second, ports and GPUs in pieces.
//
// A Fleet is not safe for concurrent use.
package place
