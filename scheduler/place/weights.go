package place

// Weights is how much each part of a score counts. A part that does not apply
// to a task (no preferences, no image, no failures known) is left out and the
// rest is renormalised, so that a score of .75 always means the same.
type Weights struct {
	Pack     float64 // fuller nodes first
	Spread   float64 // emptier nodes first
	Shape    float64 // nodes with as much memory a core as the task asks for
	Prefer   float64 // the task's own preferences
	Sets     float64 // slots of resource sets already in use under the name
	Image    float64 // the image is on the node
	Health   float64 // no failures lately
	Affinity float64 // the node runs tasks of the same tier
	Zones    float64 // replicas of a job even over zones
}

// DefaultWeights packs. Shape before Pack keeps memory from being stranded
// beside used-up cores and the other way round: on a mixed fleet it fills 95 %
// of the nodes in use where packing alone fills 86 % (docs/scheduler.md). The proportions between fitness, preferences and
// resource sets are Fenzo's (.35, .50, .15); image and health weigh as in
// Titus's packing profile of the critical tier, relative to packing.
var DefaultWeights = Weights{Pack: .07, Shape: .28, Prefer: .50, Sets: .15, Image: .10, Health: .25}

func (w Weights) check() error {
	for _, x := range []struct {
		name  string
		value float64
	}{
		{"Pack", w.Pack}, {"Spread", w.Spread}, {"Shape", w.Shape}, {"Prefer", w.Prefer}, {"Sets", w.Sets},
		{"Image", w.Image}, {"Health", w.Health}, {"Affinity", w.Affinity}, {"Zones", w.Zones},
	} {
		if !(x.value >= 0 && x.value <= 1e6) {
			return invalid("Weights."+x.name, "must be between 0 and 1e6, not %v", x.value)
		}
	}
	return nil
}
