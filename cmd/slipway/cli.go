package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"github.com/slipway-paas/slipway/server/paas"
)

// session is one run of a CLI command: the platform it talks to and how it prints.
type session struct {
	*caller
	ctx  context.Context
	out  io.Writer
	err  io.Writer
	json bool
}

// cliCommands are the commands that talk to a running Slipway.
func cliCommands() []*cobra.Command {
	commands := []*cobra.Command{
		appCommand(), appsCommand(), destroyCommand(), openCommand(), scaleCommand(), psCommand(),
		deployCommand(), deploymentCommand(), rollbackCommand(), cancelCommand(),
		logsCommand(), envCommand(),
	}
	for _, c := range commands {
		c.PersistentFlags().Bool("json", false, "print JSON for programs")
	}
	return commands
}

// with makes the RunE of a command out of what it does in a session.
func with(do func(s *session, args []string) error) func(*cobra.Command, []string) error {
	return func(cmd *cobra.Command, args []string) error {
		c, err := newCaller()
		if err != nil {
			return err
		}
		asJSON, err := cmd.Flags().GetBool("json")
		if err != nil {
			return err
		}
		return do(&session{caller: c, ctx: cmd.Context(), out: cmd.OutOrStdout(), err: cmd.ErrOrStderr(), json: asJSON}, args)
	}
}

// args checks the number of arguments, and says what they are when it is wrong.
func args(names ...string) cobra.PositionalArgs {
	return func(cmd *cobra.Command, given []string) error {
		if len(given) == len(names) {
			return nil
		}
		return paas.FieldErrorf("", "Write it as: %s", strings.TrimSpace(cmd.UseLine()))
	}
}

// print prints the answer as JSON for programs, or as text says for people.
func (s *session) print(answer any, text func(w io.Writer)) error {
	if s.json {
		e := json.NewEncoder(s.out)
		e.SetIndent("", "  ")
		return e.Encode(answer)
	}
	w := tabwriter.NewWriter(s.out, 0, 8, 2, ' ', 0)
	text(w)
	return w.Flush()
}

// ago is a time as people say it in a narrow column.
func ago(t time.Time) string {
	if t.IsZero() {
		return "never"
	}
	switch d := time.Since(t); {
	case d < time.Minute:
		return "just now"
	case d < time.Hour:
		return fmt.Sprintf("%d min ago", int(d.Minutes()))
	case d < 48*time.Hour:
		return fmt.Sprintf("%d h ago", int(d.Hours()))
	default:
		return fmt.Sprintf("%d days ago", int(d.Hours()/24))
	}
}
