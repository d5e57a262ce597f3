// Package runtimes lists the runtimes Slipway knows. A new runtime is a folder beside this file and one line in All.
package runtimes

import (
	"github.com/slipway-paas/slipway/executor/bakery/runtime"
	"github.com/slipway-paas/slipway/executor/bakery/runtimes/dockerfile"
	"github.com/slipway-paas/slipway/executor/bakery/runtimes/node"
	"github.com/slipway-paas/slipway/executor/bakery/runtimes/static"
)

// All lists every runtime; of two that are equally sure of a tree, the one named first wins.
func All() []runtime.Runtime {
	return []runtime.Runtime{
		node.Runtime{},
		static.Runtime{},
		dockerfile.Runtime{},
	}
}
