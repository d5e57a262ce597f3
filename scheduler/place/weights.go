package place

// Weights is how much each part of a score counts. A part that does not apply
// to a task (no preferences, no image, no failures known) is left out and the
// rest is renormalised, so that a score of .75 always means the same.
type Weights struct {
	Pack     float64 // fuller nodes first
	Spread   float64 // emptier nodes first
	Prefer   float64 // the task's own preferences
	Sets     float64 // slots of resource sets already in use under the name
	Image    float64 // the image is on the node
	Health   float64 // no failures lately
	Affinity float64 // the node runs tasks of the same tier
	Zones    float64 // replicas of a job even over zones
}

// DefaultWeights packs. The proportions between fitness, preferences and
// resource sets are Fenzo's (.35, .50, .15); image and health weigh as in
// Titus's packing profile of the critical tier, relative to packing.
var DefaultWeights = Weights{Pack: .35, Prefer: .50, Sets: .15, Image: .10, Health: .25}

func (w Weights) check() error {
	for name, x := range map[string]float64{"Pack": w.Pack, "Spread": w.Spread, "Prefer": w.Prefer, "Sets": w.Sets,
		"Image": w.Image, "Health": w.Health, "Affinity": w.Affinity, "Zones": w.Zones} {
		if !(x >= 0 && x <= 1e6) {
			return invalid("Weights."+name, "must be between 0 and 1e6, not %v", x)
		}
	}
	return nil
}
