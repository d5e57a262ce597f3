package main

import (
	"fmt"
	"io"
	"net/http"
	"strings"

	"github.com/spf13/cobra"

	"github.com/slipway-paas/slipway/web/api"
)

func envCommand() *cobra.Command {
	env := &cobra.Command{Use: "env", Short: "List and change an app's environment variables"}
	env.AddCommand(
		&cobra.Command{
			Use: "list NAME", Short: "List the variables; values are never shown", Args: args("NAME"),
			RunE: with(func(s *session, args []string) error {
				list, err := get[api.List[api.Variable]](s.ctx, s.caller, appPath(args[0], "variables"))
				if err != nil {
					return err
				}
				return s.print(list.Items, func(w io.Writer) {
					fmt.Fprintln(w, "NAME\tCHANGED\tBY\tIN THE LIVE RELEASE")
					for _, v := range list.Items {
						fmt.Fprintf(w, "%s\t%s\t%s\t%t\n", v.Name, ago(v.UpdatedAt), v.UpdatedBy, v.Released)
					}
				})
			}),
		},
		&cobra.Command{
			Use: "set NAME VARIABLE=VALUE…", Short: "Set variables; they take effect with the next deploy", Args: cobra.MinimumNArgs(2),
			RunE: with(func(s *session, args []string) error {
				set, err := assignments(args[1:])
				if err != nil {
					return err
				}
				return s.changeEnv(args[0], api.VariablesSet{Set: set}, "Set", keys(args[1:]))
			}),
		},
		&cobra.Command{
			Use: "unset NAME VARIABLE…", Short: "Remove variables; it takes effect with the next deploy", Args: cobra.MinimumNArgs(2),
			RunE: with(func(s *session, args []string) error {
				return s.changeEnv(args[0], api.VariablesSet{Unset: args[1:]}, "Removed", args[1:])
			}),
		},
	)
	return env
}

func (s *session) changeEnv(app string, in api.VariablesSet, did string, names []string) error {
	if _, err := call[api.None](s.ctx, s.caller, http.MethodPatch, appPath(app, "variables"), in); err != nil {
		return err
	}
	return s.print(map[string][]string{"changed": names}, func(w io.Writer) {
		fmt.Fprintf(w, "%s %s. It takes effect with the next deploy: slipway deploy %s --config-only\n", did, strings.Join(names, ", "), app)
	})
}

// keys are the names of NAME=VALUE arguments.
func keys(list []string) []string {
	names := make([]string, len(list))
	for i, a := range list {
		names[i], _, _ = strings.Cut(a, "=")
	}
	return names
}
