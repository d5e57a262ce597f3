package place

import (
	"math"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// Whatever comes in, it is refused with an error or lived with.
func TestGarbageNeverPanics(t *testing.T) {
	t.Parallel()
	name := rapid.SampledFrom([]string{"a", "b", "c", "d", "a", "b", "", "zone", "node", "imagined/a/a/000000", "\x00", "é\n|"})
	number := rapid.SampledFrom([]int64{0, 0, 1, 2, 3, 5, 8, 1000, 1000, maxAmount, maxAmount, 7, 9, 10, 20, 30, 40, 50, -1, math.MaxInt64})
	small := rapid.SampledFrom([]int{0, 0, 1, 1, 2, 2, 3, 4, -1, math.MaxInt})
	weight := rapid.SampledFrom([]float64{1, 1, 1, .5, 0, 1e-300, -1, math.NaN(), math.Inf(1)})
	when := rapid.SampledFrom([]time.Time{{}, noon, noon, noon, noon.Add(-time.Hour), noon.Add(1e15), time.Unix(1<<60, 0)})
	resources := rapid.Custom(func(t *rapid.T) Resources {
		r := Resources{CPU: number.Draw(t, "cpu"), Memory: number.Draw(t, "memory"), GPUs: number.Draw(t, "gpus"), GPUModel: name.Draw(t, "model")}
		if rapid.Bool().Draw(t, "scalars") {
			r.Scalars = map[string]int64{name.Draw(t, "scalar"): number.Draw(t, "amount")}
		}
		return r
	})
	kind := rapid.SampledFrom([]ConstraintKind{"magic", KindIn, KindNotIn, KindVersion, KindExclusive, KindAtMost, KindBalanced, KindNear, KindApart})
	constraint := rapid.Custom(func(t *rapid.T) Constraint {
		return Constraint{kind.Draw(t, "kind"), name.Draw(t, "key"), rapid.SliceOfN(name, 0, 2).Draw(t, "values"), small.Draw(t, "count"), name.Draw(t, "job")}
	})
	node := rapid.Custom(func(t *rapid.T) Node {
		n := Node{
			ID: name.Draw(t, "id"), Zone: name.Draw(t, "zone"), Group: name.Draw(t, "group"), Capacity: resources.Draw(t, "capacity"), Reserved: resources.Draw(t, "reserved"),
			State: NodeState(rapid.SampledFrom([]int{0, 0, 0, 1, 3, 3, 5, 9}).Draw(t, "state")), MaxTasks: small.Draw(t, "max"), Failures: []Failure{{FailureKind(rapid.IntRange(0, 3).Draw(t, "failure")), when.Draw(t, "at")}},
			Attributes: map[string]string{name.Draw(t, "attribute"): name.Draw(t, "value")},
			Removable:  rapid.Bool().Draw(t, "removable"),
		}
		if rapid.Bool().Draw(t, "has sets") {
			n.Sets = []ResourceSet{{name.Draw(t, "set"), small.Draw(t, "slots"), number.Draw(t, "units")}}
		}
		return n
	})
	task := rapid.Custom(func(t *rapid.T) Task {
		x := Task{
			ID: name.Draw(t, "id"), Job: name.Draw(t, "job"), Team: name.Draw(t, "team"), Tier: Tier(rapid.SampledFrom([]int{0, 0, 1, 1, 1, 2}).Draw(t, "tier")),
			Priority: small.Draw(t, "priority"), Demand: resources.Draw(t, "demand"), Node: rapid.SampledFrom([]string{"", "", "", "a", "b"}).Draw(t, "node"), Leaving: rapid.Bool().Draw(t, "leaving"),
			Require: rapid.SliceOfN(constraint, 0, 2).Draw(t, "require"), ReadyAt: when.Draw(t, "ready"), Image: name.Draw(t, "image"),
		}
		if rapid.Bool().Draw(t, "prefers") {
			x.Prefer = []Preference{{constraint.Draw(t, "preference"), weight.Draw(t, "weight")}}
		}
		if rapid.Bool().Draw(t, "gang") {
			x.Gang, x.GangSize = name.Draw(t, "name"), small.Draw(t, "size")
		}
		return x
	})
	rapid.Check(t, func(t *rapid.T) {
		f := New(Options{Weights: Weights{Pack: weight.Draw(t, "pack"), Spread: weight.Draw(t, "spread")}, KeepGuarantees: rapid.Bool().Draw(t, "keep")})
		for range rapid.IntRange(0, 25).Draw(t, "steps") {
			// Errors are a fine answer here; only a panic is not.
			switch rapid.IntRange(0, 10).Draw(t, "step") {
			case 0, 1, 2:
				_ = f.SetNode(node.Draw(t, "node"))
			case 3, 4, 5:
				_ = f.SetTask(task.Draw(t, "task"))
			case 6:
				_ = f.SetTeam(Team{ID: name.Draw(t, "team"), Quota: resources.Draw(t, "quota"), MaxTasks: small.Draw(t, "most"), PastUse: weight.Draw(t, "use")})
				_ = f.SetJob(Job{ID: name.Draw(t, "job"), Quota: resources.Draw(t, "quota"), MaxDisrupted: small.Draw(t, "disrupted")})
			case 7:
				_, _ = f.Schedule(when.Draw(t, "now"))
			case 8:
				_, _ = f.WhatIf(when.Draw(t, "now"), task.Draw(t, "task"))
				_, _ = f.Remedies(when.Draw(t, "now"), task.Draw(t, "task"))
			case 9:
				_, _ = f.Explain(name.Draw(t, "task"), small.Draw(t, "limit"))
				try := f.Try(when.Draw(t, "now"))
				_ = try.Imagine(node.Draw(t, "imagined"))
				try.SetState(name.Draw(t, "node"), NodeState(rapid.IntRange(0, 5).Draw(t, "state")))
				try.Close(name.Draw(t, "node"))
				try.Place(Tier(rapid.IntRange(0, 1).Draw(t, "tier")))
				_, _ = try.Move(name.Draw(t, "task"))
				_ = try.Estimate(node.Draw(t, "like"), Flex)
				_ = try.Forget(name.Draw(t, "node"))
				try.End()
			case 10:
				f.RemoveTask(name.Draw(t, "task"))
				_ = f.RemoveNode(name.Draw(t, "node"))
			}
		}
	})
}
