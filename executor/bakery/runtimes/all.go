// Package runtimes lists the runtimes Slipway knows. A new runtime is a folder beside this file and one line in All.
package runtimes

import (
	"github.com/slipway-paas/slipway/executor/bakery/runtime"
	"github.com/slipway-paas/slipway/executor/bakery/runtimes/dockerfile"
	"github.com/slipway-paas/slipway/executor/bakery/runtimes/golang"
	"github.com/slipway-paas/slipway/executor/bakery/runtimes/groovy"
	"github.com/slipway-paas/slipway/executor/bakery/runtimes/java"
	"github.com/slipway-paas/slipway/executor/bakery/runtimes/node"
	"github.com/slipway-paas/slipway/executor/bakery/runtimes/python"
	"github.com/slipway-paas/slipway/executor/bakery/runtimes/r"
	"github.com/slipway-paas/slipway/executor/bakery/runtimes/static"
)

// All lists every runtime; of two that are equally sure of a tree, the one named first wins.
func All() []runtime.Runtime {
	return []runtime.Runtime{
		node.Runtime{},
		java.Runtime{},
		groovy.Runtime{},
		python.Runtime{},
		r.Runtime{},
		golang.Runtime{},
		static.Runtime{},
		dockerfile.Runtime{},
	}
}
