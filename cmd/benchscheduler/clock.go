package main

import (
	"runtime"
	"time"

	"golang.org/x/sys/unix"
)

// clock measures wall time and the time the calling thread ran. Between
// startClock and read the goroutine stays on its thread.
type clock struct {
	start time.Time
	ran   time.Duration
}

func startClock() clock {
	runtime.LockOSThread()
	return clock{ran: threadTime(), start: time.Now()}
}

func (c clock) read() (wall, ran time.Duration) {
	wall, ran = time.Since(c.start), threadTime()-c.ran
	runtime.UnlockOSThread()
	return wall, ran
}

// threadTime is how long this thread has run.
func threadTime() time.Duration {
	var t unix.Timespec
	if err := unix.ClockGettime(unix.CLOCK_THREAD_CPUTIME_ID, &t); err != nil {
		return 0
	}
	return time.Duration(t.Nano())
}
