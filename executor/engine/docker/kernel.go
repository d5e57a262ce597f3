package docker

import (
	"bytes"
	"errors"
	"syscall"
)

// killedBySIGKILL is the exit code of a program that signal 9 ended.
const killedBySIGKILL = 128 + 9

// kernelKilledForMemory reports whether the kernel's log says that it killed a process of the container at its memory
// limit. The engine misses it when the container ends before it has subscribed to, or read, its cgroup's notice: seen
// with programs that eat all their memory within a tenth of a second. Nothing is said where the log may not be read or
// is another machine's: a container's id does not repeat. Source of the form: mem_cgroup_print_oom_context in the
// kernel's mm/memcontrol.c, "oom-kill:…,task_memcg=PATH,task=…".
func kernelKilledForMemory(containerID string) bool {
	fd, err := syscall.Open("/dev/kmsg", syscall.O_RDONLY|syscall.O_NONBLOCK|syscall.O_CLOEXEC, 0)
	if err != nil || containerID == "" {
		return false
	}
	defer syscall.Close(fd)
	record := make([]byte, 8<<10) // the kernel's own largest
	for {
		n, err := syscall.Read(fd, record)
		switch {
		case errors.Is(err, syscall.EPIPE), errors.Is(err, syscall.EINTR):
			continue // records were overwritten before we read them; or a signal came
		case err != nil || n <= 0:
			return false // that was all
		}
		_, after, said := bytes.Cut(record[:n], []byte("task_memcg="))
		group, _, _ := bytes.Cut(after, []byte(","))
		if said && bytes.Contains(group, []byte(containerID)) {
			return true
		}
	}
}
