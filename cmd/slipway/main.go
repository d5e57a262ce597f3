// Slipway is the one binary: `slipway up` runs the whole platform in one process; every other command is the CLI that
// talks to a running one.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"syscall"

	"github.com/spf13/cobra"

	"github.com/slipway-paas/slipway/server/paas"
)

// version is set by the linker.
var version = "dev"

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := run(ctx, os.Args[1:])
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "slipway:", message(err))
		os.Exit(exitCode(err))
	}
}

func run(ctx context.Context, args []string) error {
	root := &cobra.Command{
		Use:           "slipway",
		Short:         "A platform for your team's apps, on your own machines",
		Version:       version,
		SilenceUsage:  true,
		SilenceErrors: true,
	}
	running := false
	root.PersistentPreRun = func(*cobra.Command, []string) { running = true }
	root.AddCommand(upCommand(), adminCommand())
	root.AddCommand(cliCommands()...)
	root.SetArgs(args)
	err := root.ExecuteContext(ctx)
	var known *paas.Error
	if err != nil && !running && !errors.As(err, &known) {
		// It is how the command was written: an unknown one, a missing argument, a wrong flag.
		return paas.FieldErrorf("", "%s", sentence(err)).Because(err)
	}
	return err
}

// message is the error as a person reads it: what was written for her, or the whole chain when nothing was.
func message(err error) string {
	var several paas.FieldErrors
	if errors.As(err, &several) {
		return several.Error()
	}
	var one *paas.Error
	if errors.As(err, &one) {
		return one.Message
	}
	return err.Error()
}

// exitCode is 2 for a wrong value and 1 for everything else that did not work.
func exitCode(err error) int {
	return paas.KindOf(err).ExitCode()
}

// sentence makes a library's message start and end like one of ours.
func sentence(err error) string {
	s := err.Error()
	if s == "" {
		return s
	}
	if s[0] >= 'a' && s[0] <= 'z' {
		s = string(s[0]-'a'+'A') + s[1:]
	}
	if last := s[len(s)-1]; last != '.' {
		s += "."
	}
	return s
}
