package main

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"os/exec"
	"strings"
)

// machine is what decides how things get installed.
type machine struct {
	name   string   // "Debian GNU/Linux 12 (bookworm)"
	debian bool     // apt-get installs its packages
	prefix []string // what makes a command run as root: nothing, or sudo
	root   bool     // prefix works
}

func look() (machine, error) {
	m := machine{name: "this system"}
	if f, err := os.Open("/etc/os-release"); err == nil {
		defer f.Close()
		for lines := bufio.NewScanner(f); lines.Scan(); {
			key, value, _ := strings.Cut(lines.Text(), "=")
			value = strings.Trim(value, `"`)
			switch key {
			case "PRETTY_NAME":
				m.name = value
			case "ID", "ID_LIKE":
				m.debian = m.debian || strings.Contains(" "+value+" ", "debian") || value == "ubuntu"
			}
		}
	}
	switch {
	case os.Getuid() == 0:
		m.root = true
	case program("sudo")() != "":
		m.root, m.prefix = true, []string{"sudo"}
	}
	return m, nil
}

// install brings what is missing by Debian's packages, or says what to install by hand.
func (m machine) install(ctx context.Context, missing []need) error {
	var pkgs []string
	byHand := false
	for _, n := range missing {
		switch {
		case len(n.pkgs) > 0 && m.debian && m.root:
			fmt.Printf("  missing  %-12s %s; installing %s\n", n.name, n.why, strings.Join(n.pkgs, ", "))
			pkgs = append(pkgs, n.pkgs...)
		default:
			byHand = true
			fmt.Printf("  missing  %-12s %s; please install %s on %s\n", n.name, n.why, n.hand, m.name)
		}
	}
	if byHand {
		return errByHand
	}
	if len(pkgs) == 0 {
		return nil
	}
	if err := m.asRoot(ctx, "apt-get", "update", "-q"); err != nil {
		return err
	}
	// dpkg starts services of packages it installs; where there is no init that fails, and we start them ourselves.
	return m.asRoot(ctx, "env", append([]string{"DEBIAN_FRONTEND=noninteractive", "apt-get", "install", "-q", "-y", "--no-install-recommends"}, pkgs...)...)
}

func (m machine) asRoot(ctx context.Context, name string, args ...string) error {
	line := append(append([]string{}, m.prefix...), append([]string{name}, args...)...)
	cmd := exec.CommandContext(ctx, line[0], line[1:]...)
	cmd.Stdout, cmd.Stderr, cmd.Stdin = os.Stdout, os.Stderr, os.Stdin
	if err := cmd.Run(); err != nil {
		return fmt.Errorf("%s: %w", strings.Join(line, " "), err)
	}
	return nil
}
