// Package golang builds and runs Go: modules and workspaces, programs at the top or under cmd, static binaries.
package golang

import (
	"github.com/slipway-paas/slipway/executor/bakery/runtime"
	"github.com/slipway-paas/slipway/server/paas"
)

// Name is the runtime's name; its folder cannot be called go, which the language keeps for itself.
const Name = "go"

// version is Debian 13's Go. It fetches a newer one by itself when go.mod asks for it.
const version = "1.24"

// Runtime implements runtime.Runtime for Go.
type Runtime struct{}

// Name implements runtime.Runtime.
func (Runtime) Name() string { return Name }

// Title implements runtime.Runtime.
func (Runtime) Title() string { return "Go" }

// LooksFor implements runtime.Runtime.
func (Runtime) LooksFor() string { return "go.mod, go.work or main.go (Go)" }

const (
	runLayer   = "go-run"
	buildLayer = "go-" + version + "-build"
)

// Layers implements runtime.Runtime. A static binary needs nothing but the certificates and time zones it looks up.
func (Runtime) Layers(paas.Plan) []runtime.Layer {
	return []runtime.Layer{
		{Name: runLayer, Lines: []string{runtime.Apt("ca-certificates", "tzdata", "media-types")}},
		{Name: buildLayer, Lines: []string{runtime.Apt("golang-go", "git", "gcc", "g++", "libc6-dev", "pkg-config", "ca-certificates")}},
	}
}
