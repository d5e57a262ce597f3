package place

import (
	"cmp"
	"math"
	"slices"
	"strings"
	"time"
)

// noGuarantee is the share a team without a guarantee is compared by.
// Source: Fenzo's tiered queue.
const noGuarantee = .001

// DominantShare is the largest share of any resource that used makes up of
// capacity, 0 where capacity is 0.
func DominantShare(used, capacity Resources) float64 {
	return dominant(used.vec(), capacity.vec())
}

func dominant(used, capacity vec) float64 {
	share := 0.0
	for d := range used {
		if capacity[d] > 0 {
			share = max(share, float64(used[d])/float64(capacity[d]))
		}
	}
	return share
}

// FairShare is what orders teams: the dominant share over the guaranteed one,
// .001 without a guarantee. The lowest goes first.
func FairShare(used, guaranteed float64) float64 {
	if guaranteed <= 0 {
		guaranteed = noGuarantee
	}
	return used / guaranteed
}

// line is the waiting tasks of one team in one tier, in order.
type line struct {
	team  int32
	tasks []int32
	share float64
}

// lines parts the sorted tasks of a tier into lines, one a team.
func (f *Fleet) lines(tier Tier, sorted []int32) []line {
	out := f.lineRoom[:0]
	for from := 0; from < len(sorted); {
		team := f.tasks[sorted[from]].team
		to := from
		for to < len(sorted) && f.tasks[sorted[to]].team == team {
			to++
		}
		out = append(out, line{team: team, tasks: sorted[from:to], share: f.fairShare(team, tier)})
		from = to
	}
	f.lineRoom = out
	return out
}

func (f *Fleet) fairShare(i int32, tier Tier) float64 {
	t := &f.teams[i]
	return FairShare(dominant(t.used[tier], f.capsum)+t.PastUse, dominant(t.Guarantee.vec(), f.capsum))
}

// next is the line to serve: the lowest share, ties by the team's id. Lines
// without tasks left are skipped; -1 when none has any.
func (f *Fleet) next(lines []line) int {
	best := -1
	for i := range lines {
		l := &lines[i]
		if len(l.tasks) == 0 {
			continue
		}
		if best < 0 || l.share < lines[best].share ||
			l.share == lines[best].share && f.teams[l.team].ID < f.teams[lines[best].team].ID {
			best = i
		}
	}
	return best
}

// sortQueue puts waiting tasks in the order of tier, team, priority, age,
// scarcity (how few nodes could take it), size and id. Between the teams of a
// tier, fair shares decide later. Each of the first is a number, so that the
// sorting is by digits; ids decide among the few that are equal in all.
func (f *Fleet) sortQueue(queue []int32) {
	if len(queue) < 2 {
		return
	}
	f.rankSpecs(queue)
	f.rankTeams(queue)
	keys := [...]func(t *task) uint64{ // the least important first
		func(t *task) uint64 { return uint64(f.specs[t.spec].rank) },
		func(t *task) uint64 { return uint64(t.ready) ^ 1<<63 },
		func(t *task) uint64 { return ^(uint64(t.priority) ^ 1<<63) },
		func(t *task) uint64 { return uint64(t.tier)<<32 | uint64(f.teams[t.team].rank) },
	}
	turns := make([]turn, 2*len(queue))
	turns, spare := turns[:len(queue)], turns[len(queue):]
	ids := f.taskNames.ids
	byID := true // as it arrived; then it needs no sorting by id
	for n, i := range queue {
		turns[n].task = i
		byID = byID && (n == 0 || ids[queue[n-1]] < ids[i])
	}
	for _, key := range keys {
		for n := range turns {
			turns[n].key = key(&f.tasks[turns[n].task])
		}
		turns, spare = byDigits(turns, spare)
	}
	for n := range turns {
		queue[n] = turns[n].task
	}
	if !byID {
		f.sortEqual(queue)
	}
}

// sortEqual puts tasks that only their ids tell apart in the order of these.
func (f *Fleet) sortEqual(queue []int32) {
	ids := f.taskNames.ids
	for from := 0; from < len(queue); {
		sorted, to := true, from+1
		for ; to < len(queue) && f.alike(queue[from], queue[to]); to++ {
			sorted = sorted && ids[queue[to-1]] < ids[queue[to]]
		}
		if !sorted {
			slices.SortFunc(queue[from:to], func(a, b int32) int { return strings.Compare(ids[a], ids[b]) })
		}
		from = to
	}
}

// alike says that only their ids tell two tasks in the queue apart.
func (f *Fleet) alike(a, b int32) bool {
	s, t := &f.tasks[a], &f.tasks[b]
	return s.ready == t.ready && s.priority == t.priority && s.team == t.team && s.tier == t.tier &&
		(s.spec == t.spec || f.specs[s.spec].rank == f.specs[t.spec].rank)
}

// rankSpecs numbers the specs in the queue by scarcity and size; equals have
// the same number.
func (f *Fleet) rankSpecs(queue []int32) {
	specs := make([]int32, 0, 16)
	for _, i := range queue {
		if s := &f.specs[f.tasks[i].spec]; s.ranked != f.round {
			s.ranked = f.round
			f.measure(s)
			specs = append(specs, f.tasks[i].spec)
		}
	}
	compare := func(a, b int32) int {
		s, t := &f.specs[a], &f.specs[b]
		return cmp.Or(cmp.Compare(s.roomy, t.roomy), cmp.Compare(t.demand[cpu], s.demand[cpu]), cmp.Compare(t.demand[memory], s.demand[memory]))
	}
	slices.SortFunc(specs, compare)
	rank := uint32(0)
	for n, i := range specs {
		if n > 0 && compare(specs[n-1], i) != 0 {
			rank++
		}
		f.specs[i].rank = rank
	}
}

// rankTeams numbers the teams in the queue by their ids.
func (f *Fleet) rankTeams(queue []int32) {
	teams := make([]int32, 0, 16)
	for _, i := range queue {
		if t := &f.teams[f.tasks[i].team]; t.ranked != f.round {
			t.ranked = f.round
			teams = append(teams, f.tasks[i].team)
		}
	}
	slices.SortFunc(teams, func(a, b int32) int { return strings.Compare(f.teams[a].ID, f.teams[b].ID) })
	for n, i := range teams {
		f.teams[i].rank = uint32(n)
	}
}

// turn is a task in the queue under one of the things that order it.
type turn struct {
	key  uint64
	task int32
}

// byDigits sorts by key and keeps the order of equals: a radix sort that
// leaves out the bytes in which no two keys differ. It returns the sorted
// turns and the other of the two slices.
func byDigits(turns, spare []turn) (sorted, other []turn) {
	differ := uint64(0)
	for _, t := range turns {
		differ |= t.key ^ turns[0].key
	}
	for shift := 0; differ>>shift != 0; shift += 8 {
		if differ>>shift&0xff == 0 {
			continue
		}
		var starts [256]int32
		for _, t := range turns {
			starts[t.key>>shift&0xff]++
		}
		sum := int32(0)
		for d, n := range starts {
			starts[d] = sum
			sum += n
		}
		for _, t := range turns {
			d := t.key >> shift & 0xff
			spare[starts[d]] = t
			starts[d]++
		}
		turns, spare = spare, turns
	}
	return turns, spare
}

// measure computes how many nodes could take a spec were they empty.
func (f *Fleet) measure(s *spec) {
	if s.epoch == f.nodeEpoch {
		return
	}
	s.epoch, s.roomy = f.nodeEpoch, 0
	r := &f.rules[s.rules]
	f.compile(r)
	for _, a := range r.allowed {
		if c := &f.classes[a.class]; c.couldHold(&s.demand) {
			s.roomy += int32(c.count)
		}
	}
}

// Decayed is a team's past use after so much time: half of it after every
// half-life. Callers keep the figure between rounds (Team.PastUse).
func Decayed(use float64, since, halfLife time.Duration) float64 {
	if halfLife <= 0 || since <= 0 {
		return use
	}
	return use * math.Exp2(-float64(since)/float64(halfLife))
}
