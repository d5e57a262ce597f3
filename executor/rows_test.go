package executor_test

import (
	"testing"
	"time"

	"github.com/slipway-paas/slipway/server/paas"
)

func TestAnAgentReadsOnlyWhatChanged(t *testing.T) {
	inHouse(t, nil, func(h *house) {
		for id := int64(1); id <= 20; id++ {
			h.place(web(id))
		}
		h.wait(time.Minute)
		h.memory.reads()
		h.stop(7)
		h.wait(100 * time.Millisecond)
		if whole, rows := h.memory.reads(); whole != 0 || rows != 1 {
			t.Errorf("after one change it read %d rows and everything %d times, want 1 and never", rows, whole)
		}
		h.wait(time.Minute)
		if whole, _ := h.memory.reads(); whole != 0 {
			t.Errorf("in a calm minute it read everything %d times", whole)
		}
		if h.memory.task(7).State != paas.TaskFinished || h.containers() != 19 {
			t.Errorf("the stopped task is %s, %d containers are there", h.memory.task(7).State, h.containers())
		}
	})
}

func TestAnAgentNoticesWhatNobodyToldItOf(t *testing.T) {
	inHouse(t, nil, func(h *house) {
		h.place(web(1))
		h.place(web(2))
		h.memory.misplace(1) // the row is gone, and no change says so
		h.wait(30 * time.Second)
		if h.containers() != 1 || h.engine.Starts(2) != 1 {
			t.Errorf("%d containers are there, want that of task 2 alone", h.containers())
		}
		h.memory.finish(2) // by the scheduler
		h.hint()
		h.wait(5 * time.Second)
		if h.containers() != 0 {
			t.Error("a task that is over by the records still runs")
		}
	})
}
