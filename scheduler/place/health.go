package place

import "time"

// penalties a kind of failure costs at first; each is divided by the minutes
// since, and forgotten after penaltyLife. Source: Titus's agent management.
var penalties = [...]float64{LostBeforeStart: .3, StartError: .5, Crash: .3, LostAfterStart: .1}

const penaltyLife = 15 * time.Minute

// Health is 1 less the decayed penalties of the failures, at least 0.
func Health(failures []Failure, now time.Time) float64 {
	health := 1.0
	for _, x := range failures {
		age := now.Sub(x.At)
		if age >= penaltyLife {
			continue
		}
		health -= penalties[x.Kind] / max(1, age.Minutes())
	}
	return max(0, health)
}

// refreshHealth computes the health of nodes with failures as of now.
func (f *Fleet) refreshHealth(now time.Time) {
	if f.failing == 0 {
		return
	}
	for i := range f.nodes {
		if n := &f.nodes[i]; n.stock != noStock {
			n.health = Health(f.stockOf(n).failures, now)
		}
	}
}
