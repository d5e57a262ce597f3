package main

import (
	"os"
	"os/exec"
	"path/filepath"
)

// need is one thing the machine must have.
type need struct {
	name string
	why  string
	pkgs []string      // Debian packages that bring it; none when only a person can install it
	have func() string // where it was found; "" when it is missing
	hand string        // what to install by hand where we cannot
}

var needs = []need{
	{name: "git", why: "fetches the apps' sources", pkgs: []string{"git"}, have: program("git"), hand: "git"},
	{name: "npm", why: "builds the portal's assets", have: program("npm"), hand: "Node.js 20 or newer with npm"},
	{name: "docker", why: "builds and runs the apps", pkgs: []string{"docker.io"}, have: engine, hand: "Docker Engine 20.10 or newer"},
	{name: "mmdebstrap", why: "bakes the base image from Debian's packages", pkgs: []string{"mmdebstrap", "debian-archive-keyring"},
		have: program("mmdebstrap"), hand: "mmdebstrap"},
}

var testNeeds = []need{
	{name: "chromium", why: "browser tests", pkgs: []string{"chromium", "fonts-dejavu-core"}, have: program("chromium", "chromium-browser", "google-chrome"),
		hand: "Chromium"},
	{name: "postgresql", why: "store tests", pkgs: []string{"postgresql"}, have: postgres, hand: "PostgreSQL 14 or newer (the server)"},
	{name: "sshd", why: "tests of repositories by ssh", pkgs: []string{"openssh-server", "openssh-client"}, have: program("sshd", "/usr/sbin/sshd"),
		hand: "OpenSSH's server"},
	{name: "pip", why: "tests of how Python's packages are listed", pkgs: []string{"python3", "python3-pip"}, have: pip, hand: "Python 3 with pip"},
	{name: "gcc", why: "the race detector", pkgs: []string{"gcc", "libc6-dev"}, have: program("gcc"), hand: "gcc"},
}

// program finds any of the names on the path or by full path.
func program(names ...string) func() string {
	return func() string {
		for _, n := range names {
			if path, err := exec.LookPath(n); err == nil {
				return path
			}
		}
		return ""
	}
}

// engine looks for the engine itself, never for the client: a machine may carry a client and no engine.
func engine() string {
	if host := os.Getenv("DOCKER_HOST"); host != "" {
		return host
	}
	if _, err := os.Stat(socket); err == nil {
		return socket
	}
	return program("dockerd", "/usr/sbin/dockerd")()
}

// pip looks for a Python that has it.
func pip() string {
	if exec.Command("python3", "-c", "import pip").Run() != nil {
		return ""
	}
	return program("python3")()
}

// postgres looks for the server where Debian puts it, beside the path.
func postgres() string {
	if found, _ := filepath.Glob("/usr/lib/postgresql/*/bin/postgres"); len(found) > 0 {
		return found[len(found)-1]
	}
	return program("postgres")()
}
