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
	var out []line
	for from := 0; from < len(sorted); {
		team := f.tasks[sorted[from]].team
		to := from
		for to < len(sorted) && f.tasks[sorted[to]].team == team {
			to++
		}
		out = append(out, line{team: team, tasks: sorted[from:to], share: f.fairShare(team, tier)})
		from = to
	}
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
// tier, fair shares decide later.
func (f *Fleet) sortQueue(queue []int32) {
	slices.SortFunc(queue, func(a, b int32) int {
		s, t := &f.tasks[a], &f.tasks[b]
		switch {
		case s.tier != t.tier:
			return cmp.Compare(s.tier, t.tier)
		case s.team != t.team:
			return strings.Compare(f.teams[s.team].ID, f.teams[t.team].ID)
		case s.priority != t.priority:
			return cmp.Compare(t.priority, s.priority)
		case s.ready != t.ready:
			return cmp.Compare(s.ready, t.ready)
		}
		if s.spec != t.spec {
			x, y := &f.specs[s.spec], &f.specs[t.spec]
			if d := cmp.Or(cmp.Compare(x.roomy, y.roomy), cmp.Compare(y.demand[cpu], x.demand[cpu]),
				cmp.Compare(y.demand[memory], x.demand[memory])); d != 0 {
				return d
			}
		}
		return strings.Compare(s.id, t.id)
	})
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
