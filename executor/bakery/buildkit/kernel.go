package buildkit

import (
	"errors"
	"io"
	"os"
	"strings"
	"syscall"
)

// kernelLog reads what the kernel says from now on. A step's own counter of kills for memory goes with its cgroup, within
// milliseconds of the kill; the kernel's message stays.
type kernelLog struct{ fd int }

// openKernelLog gives a log that says nothing where the kernel's may not be read.
func openKernelLog() kernelLog {
	fd, err := syscall.Open("/dev/kmsg", syscall.O_RDONLY|syscall.O_NONBLOCK|syscall.O_CLOEXEC, 0)
	if err != nil {
		return kernelLog{fd: -1}
	}
	if _, err := syscall.Seek(fd, 0, io.SeekEnd); err != nil {
		syscall.Close(fd)
		return kernelLog{fd: -1}
	}
	return kernelLog{fd: fd}
}

func (k kernelLog) close() {
	if k.fd >= 0 {
		syscall.Close(k.fd)
	}
}

// killedForMemory reports whether the kernel has said, since the last call, that it killed a process of one of the
// cgroups for memory. Source: dump_oom_victim and mem_cgroup_print_oom_context in the kernel's mm/: "oom-kill:…,task_memcg=PATH,task=…".
func (k kernelLog) killedForMemory(ours func(cgroup string) bool) bool {
	if k.fd < 0 {
		return false
	}
	found := false
	record := make([]byte, 8<<10) // the kernel's own largest
	for {
		n, err := syscall.Read(k.fd, record)
		if errors.Is(err, syscall.EPIPE) || errors.Is(err, syscall.EINTR) {
			continue // records were overwritten before we read them; or a signal came
		}
		if err != nil || n <= 0 {
			return found
		}
		_, after, ok := strings.Cut(string(record[:n]), "task_memcg=")
		if !ok {
			continue
		}
		path, _, _ := strings.Cut(after, ",")
		if ours(path[strings.LastIndexByte(path, os.PathSeparator)+1:]) {
			found = true
		}
	}
}
