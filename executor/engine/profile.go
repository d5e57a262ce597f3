package engine

import "github.com/slipway-paas/slipway/server/paas"

// Profile is how every task is confined, whatever it runs. Drivers translate it; docker's golden test shows the whole
// request. A Spec may weaken two things only: User and the read-only root.
type Profile struct {
	User            string
	CapDrop         []string
	CapAdd          []string
	NoNewPrivileges bool
	ReadOnlyRoot    bool
	Init            bool // a first process that reaps children and passes signals on
	PidsLimit       int64
	OpenFilesSoft   int64
	OpenFilesHard   int64
	CoreBytes       int64
	OOMScoreAdj     int // when the machine itself runs out of memory, tasks go before the engine and Slipway
	ShmBytes        int64
	StopSignal      string
	Tmp             string // tmpfs, writable and executable
	Home            string // tmpfs below Tmp, belongs to the user
	LogFiles        int    // rotated files, the current one included
}

// Tasks is the profile of every task.
//
// There is no limit on processes per user (RLIMIT_NPROC): it would count all tasks of the machine together, for they
// share a user id; the pids limit counts each on its own. Tmp is executable since Java and Node.js libraries unpack
// native code there.
var Tasks = Profile{
	User:            "10001:10001",
	CapDrop:         []string{"ALL"},
	NoNewPrivileges: true,
	ReadOnlyRoot:    true,
	Init:            true,
	PidsLimit:       512,
	OpenFilesSoft:   4096,  // programs that want more raise it themselves up to the hard limit
	OpenFilesHard:   16384, // an engine that was started without privileges of its own cannot give more than it has; 20,000 was met
	CoreBytes:       0,
	OOMScoreAdj:     500,
	ShmBytes:        64 << 20, // counts as the task's memory when used; Docker's default
	StopSignal:      "SIGTERM",
	Tmp:             "/tmp",
	Home:            "/tmp/home",
	LogFiles:        4,
}

// Disk is how a task's disk allowance is split. The sum is the allowance.
type Disk struct {
	Tmp, Home int64
	LogFile   int64 // each of Profile.LogFiles files
}

// SplitDisk gives half of the allowance to the engine's log files, three eighths to Tmp and one eighth to Home. With
// the default of 256 MiB the four log files hold 128 MiB: about 900,000 lines of 80 bytes, so that a task that prints
// 200,000 lines/s may do so for four seconds while nobody reads, which covers a restart of Slipway.
func SplitDisk(r paas.Resources, logFiles int) Disk {
	eighth := r.Or(paas.DefaultResources).DiskBytes / 8
	return Disk{Tmp: 3 * eighth, Home: eighth, LogFile: 4 * eighth / int64(logFiles)}
}
