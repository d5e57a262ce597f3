package flow

import (
	"context"
	"fmt"
	"time"

	"github.com/dbos-inc/dbos-transact-golang/dbos"
)

// Forget removes at most batch workflows that have ended and began longer ago than age, with what they recorded, and
// reports how many. Their deployments, builds and inspections stay.
func (f *Flows) Forget(_ context.Context, age time.Duration, batch int) (int, error) {
	before := f.Now().Add(-age)
	over, err := dbos.ListWorkflows(f.dbos, dbos.WithFilterStatus(ended...), dbos.WithFilterCreatedBefore(before), dbos.WithFilterCompletedBefore(before),
		dbos.WithFilterLimit(batch), dbos.WithFilterLoadInput(false), dbos.WithFilterLoadOutput(false))
	if err != nil {
		return 0, fmt.Errorf("list old workflows: %w", err)
	}
	if len(over) == 0 {
		return 0, nil
	}
	ids := make([]string, len(over))
	for i, w := range over {
		ids[i] = w.ID
	}
	if err := dbos.DeleteWorkflows(f.dbos, ids); err != nil {
		return 0, fmt.Errorf("forget old workflows: %w", err)
	}
	return len(ids), nil
}
