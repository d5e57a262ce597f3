package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"strconv"
	"syscall"
	"time"
)

const socket = "/var/run/docker.sock"

// engineLog is where an engine that we start ourselves writes.
const engineLog = "/var/log/dockerd.log"

// startEngine makes sure that a Docker Engine answers: the one DOCKER_HOST names, the one that runs, or one it starts,
// through the init system where there is one, directly where there is none.
func (m machine) startEngine(ctx context.Context) error {
	if os.Getenv("DOCKER_HOST") != "" || answers() {
		return nil
	}
	if !m.root {
		return fmt.Errorf("the Docker Engine is installed and does not run; start it, or run this as root or with sudo: %w", errByHand)
	}
	if _, err := os.Stat("/run/systemd/system"); err == nil {
		fmt.Println("  starting docker through systemd")
		if err := m.asRoot(ctx, "systemctl", "enable", "--now", "docker"); err != nil {
			return err
		}
	} else if err := m.startDaemon(ctx); err != nil {
		return err
	}
	deadline := time.Now().Add(60 * time.Second)
	for !answers() {
		if time.Now().After(deadline) {
			return errors.New("the Docker Engine did not answer within 60 s; see " + engineLog)
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(200 * time.Millisecond):
		}
	}
	return nil
}

// startDaemon starts dockerd in a session of its own, so that it outlives us. The containers' network gets the host's
// MTU: a bridge with a larger one loses packets without a word.
func (m machine) startDaemon(ctx context.Context) error {
	daemon := program("dockerd", "/usr/sbin/dockerd")()
	fmt.Printf("  starting docker %s directly, as there is no init here; it writes to %s\n", daemon, engineLog)
	log, err := os.OpenFile(engineLog, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o644)
	if err != nil {
		return err
	}
	defer log.Close()
	line := append(sudoKeeping(m.prefix), daemon, "--mtu", strconv.Itoa(mtu()))
	cmd := exec.CommandContext(context.WithoutCancel(ctx), line[0], line[1:]...)
	cmd.Stdout, cmd.Stderr = log, log
	// By default BuildKit cuts a step's output at 1 MiB and 100 KiB/s, which may be the lines that say why it failed.
	// Slipway caps the output of a build itself.
	cmd.Env = append(os.Environ(), "BUILDKIT_STEP_LOG_MAX_SIZE=67108864", "BUILDKIT_STEP_LOG_MAX_SPEED=10485760")
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	if err := cmd.Start(); err != nil {
		return fmt.Errorf("start dockerd: %w", err)
	}
	return cmd.Process.Release()
}

// sudoKeeping lets sudo pass the variables on that the daemon needs.
func sudoKeeping(prefix []string) []string {
	if len(prefix) == 0 {
		return nil
	}
	return append(append([]string{}, prefix...), "--preserve-env=BUILDKIT_STEP_LOG_MAX_SIZE,BUILDKIT_STEP_LOG_MAX_SPEED")
}

// mtu is the smallest of the machine's real interfaces, 1500 when there is none.
func mtu() int {
	smallest := 1500
	interfaces, err := net.Interfaces()
	if err != nil {
		return smallest
	}
	for _, i := range interfaces {
		if i.Flags&net.FlagUp != 0 && i.Flags&net.FlagLoopback == 0 && i.MTU >= 576 && i.MTU < smallest {
			smallest = i.MTU
		}
	}
	return smallest
}

// answers reports whether something listens on the engine's socket.
func answers() bool {
	c, err := net.DialTimeout("unix", socket, time.Second)
	if err != nil {
		return false
	}
	return c.Close() == nil
}
