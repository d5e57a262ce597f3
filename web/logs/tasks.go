package logs

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/slipway-paas/slipway/server/paas"
)

// tasksLooked is how many of an app's newest tasks its log page knows of.
const tasksLooked = 100

// shownTasks are the tasks whose logs are shown together: those that run, then those that ended last; of one process
// type or of all. They are ordered by id, so that a task that comes later is last and moves no other.
func shownTasks(tasks []paas.Task, process string) []paas.Task {
	var shown []paas.Task
	for _, t := range tasks {
		if process == "" || t.Process == process {
			shown = append(shown, t)
		}
	}
	slices.SortFunc(shown, func(a, b paas.Task) int {
		return cmp.Or(cmp.Compare(ended(a), ended(b)), cmp.Compare(b.ID, a.ID))
	})
	shown = shown[:min(len(shown), mostStrands)]
	slices.SortFunc(shown, func(a, b paas.Task) int { return cmp.Compare(a.ID, b.ID) })
	return shown
}

func ended(t paas.Task) int {
	if t.State == paas.TaskFinished {
		return 1
	}
	return 0
}

// labelsOf names tasks as shortly as tells them apart: "web.1", with the release where two would be the same, with the
// attempt where even that is not enough.
func labelsOf(tasks []paas.Task) []string {
	ways := []func(paas.Task) string{
		func(t paas.Task) string { return fmt.Sprintf("%s.%d", t.Process, t.Slot) },
		func(t paas.Task) string { return fmt.Sprintf("%s.%d v%d", t.Process, t.Slot, t.Release) },
		func(t paas.Task) string { return fmt.Sprintf("%s.%d v%d/%d", t.Process, t.Slot, t.Release, t.Attempt) },
		func(t paas.Task) string { return fmt.Sprintf("%s.%d #%d", t.Process, t.Slot, t.ID) },
	}
	labels := make([]string, len(tasks))
	for _, way := range ways {
		count := map[string]int{}
		for _, t := range tasks {
			count[way(t)]++
		}
		for i, t := range tasks {
			if labels[i] == "" && count[way(t)] == 1 {
				labels[i] = way(t)
			}
		}
	}
	return labels
}
