// Setup prepares a machine for building and running Slipway: it looks for each thing that is needed, names what is
// missing and what it does about it, and does it where it can. `make setup` runs it; with -tests it also prepares what
// only the tests need.
//
// It runs once more at no cost when nothing is missing.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
)

func main() {
	tests := flag.Bool("tests", false, "also prepare what only the tests need")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx, *tests); err != nil {
		fmt.Fprintln(os.Stderr, "setup:", err)
		os.Exit(1)
	}
}

// errByHand says that the person has been told what to install.
var errByHand = errors.New("install what is named above, then run it again")

func run(ctx context.Context, tests bool) error {
	m, err := look()
	if err != nil {
		return err
	}
	wanted := needs
	if tests {
		wanted = append(wanted[:len(wanted):len(wanted)], testNeeds...)
	}
	var missing []need
	for _, n := range wanted {
		if found := n.have(); found != "" {
			fmt.Printf("  have     %-12s %s\n", n.name, found)
			continue
		}
		missing = append(missing, n)
	}
	if err := m.install(ctx, missing); err != nil {
		return err
	}
	if err := m.startEngine(ctx); err != nil {
		return err
	}
	return installNodeModules(ctx)
}
