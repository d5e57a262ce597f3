package main

import (
	"bufio"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"runtime"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/slipway-paas/slipway/server/paas"
	"github.com/slipway-paas/slipway/web/api"
)

func appPath(name string, more ...string) string {
	path := api.Prefix + "/apps/" + url.PathEscape(name)
	for _, m := range more {
		path += "/" + url.PathEscape(m)
	}
	return path
}

func appCommand() *cobra.Command {
	app := &cobra.Command{Use: "app", Short: "Create and show apps"}
	app.AddCommand(appCreateCommand(), appShowCommand())
	return app
}

func appCreateCommand() *cobra.Command {
	var in api.AppCreate
	var start time.Duration
	var health string
	var env []string
	c := &cobra.Command{
		Use: "create NAME --repo URL", Short: "Create an app from a Git repository", Args: args("NAME"),
		RunE: with(func(s *session, args []string) error {
			in.Name = args[0]
			in.Settings = paas.AppSettings{StartTimeout: start, HealthPath: health}
			var err error
			if in.Variables, err = assignments(env); err != nil {
				return err
			}
			created, err := post[api.AppCreated](s.ctx, s.caller, api.Prefix+"/apps", in)
			if err != nil {
				return err
			}
			return s.print(created, func(w io.Writer) {
				fmt.Fprintf(w, "Created %s.\n", created.App.Name)
				if created.Deployment == nil {
					fmt.Fprintf(w, "Deploy it with: slipway deploy %s --follow\n", created.App.Name)
				}
			})
		}),
	}
	f := c.Flags()
	f.StringVar(&in.Repo, "repo", "", "address of the repository: https, ssh, git, or a folder of Slipway's machine")
	f.StringVar(&in.Branch, "branch", "", "branch, tag or commit to deploy (default the repository's own)")
	f.StringVar(&in.Root, "root", "", "folder of the app in a monorepo")
	f.StringVar(&in.Runtime, "runtime", "", "runtime, when detection should not choose")
	f.StringVar(&in.Team, "team", "", "team that owns it, when you are in several")
	f.Int64Var(&in.Credential, "credential", 0, "id of the credential that opens the repository")
	f.StringArrayVar(&env, "env", nil, "environment variable NAME=VALUE; may be repeated")
	f.DurationVar(&start, "start-timeout", 0, "how long an instance may take to get ready")
	f.StringVar(&health, "health-path", "", "path that is asked whether an instance is ready")
	f.BoolVar(&in.Deploy, "deploy", false, "deploy it at once")
	return c
}

func appShowCommand() *cobra.Command {
	return &cobra.Command{
		Use: "show NAME", Short: "Show an app", Args: args("NAME"),
		RunE: with(func(s *session, args []string) error {
			app, err := get[api.App](s.ctx, s.caller, appPath(args[0]))
			if err != nil {
				return err
			}
			return s.print(app, func(w io.Writer) {
				fmt.Fprintf(w, "%s\t%s\n", app.Name, app.Health)
				fmt.Fprintf(w, "address\t%s\nsource\t%s %s\ntasks\t%d of %d ready\n", app.URL, app.Repo, app.Branch, app.Ready, app.Wanted)
				if app.Live != nil {
					fmt.Fprintf(w, "release\tv%d %s\n", app.Live.Number, short(app.Live.Commit))
				}
				if app.NeedsMe != "" {
					fmt.Fprintf(w, "\n%s\n", app.NeedsMe)
				}
			})
		}),
	}
}

func short(c paas.Commit) string {
	sha := c.SHA
	if len(sha) > 7 {
		sha = sha[:7]
	}
	return strings.TrimSpace(sha + " " + c.Subject)
}

func appsCommand() *cobra.Command {
	return &cobra.Command{
		Use: "apps", Short: "List your apps", Args: args(),
		RunE: with(func(s *session, _ []string) error {
			var all []api.App
			for next := int64(0); ; {
				part, err := get[api.List[api.App]](s.ctx, s.caller, fmt.Sprintf("%s/apps?limit=200&before=%d", api.Prefix, next))
				if err != nil {
					return err
				}
				all = append(all, part.Items...)
				if next = part.Next; next == 0 {
					break
				}
			}
			return s.print(all, func(w io.Writer) {
				if len(all) == 0 {
					fmt.Fprintln(w, "No apps yet. Create one with: slipway app create NAME --repo URL")
					return
				}
				fmt.Fprintln(w, "NAME\tSTATE\tTASKS\tRELEASE\tADDRESS")
				for _, a := range all {
					release := "-"
					if a.Live != nil {
						release = "v" + strconv.Itoa(a.Live.Number)
					}
					fmt.Fprintf(w, "%s\t%s\t%d/%d\t%s\t%s\n", a.Name, a.Health, a.Ready, a.Wanted, release, a.URL)
				}
			})
		}),
	}
}

func destroyCommand() *cobra.Command {
	var yes bool
	c := &cobra.Command{
		Use: "destroy NAME", Short: "Stop an app for good and forget its configuration", Args: args("NAME"),
		RunE: with(func(s *session, args []string) error {
			if !yes {
				fmt.Fprintf(s.err, "This stops %s for good. Type its name to go on: ", args[0])
				typed, _ := bufio.NewReader(os.Stdin).ReadString('\n') // nothing typed is no confirmation
				if strings.TrimSpace(typed) != args[0] {
					return paas.FieldErrorf("confirm", "The name did not match. Nothing was destroyed.")
				}
			}
			if _, err := call[api.None](s.ctx, s.caller, http.MethodDelete, appPath(args[0]), api.Confirm{Confirm: args[0]}); err != nil {
				return err
			}
			return s.print(struct{}{}, func(w io.Writer) { fmt.Fprintf(w, "Destroyed %s.\n", args[0]) })
		}),
	}
	c.Flags().BoolVar(&yes, "yes", false, "do not ask")
	return c
}

func openCommand() *cobra.Command {
	return &cobra.Command{
		Use: "open NAME", Short: "Print an app's address, and open it in a browser where there is one", Args: args("NAME"),
		RunE: with(func(s *session, args []string) error {
			app, err := get[api.App](s.ctx, s.caller, appPath(args[0]))
			if err != nil {
				return err
			}
			if app.URL == "" {
				return paas.Errorf(paas.Conflict, "%s has no address: it has no web process, or was never deployed.", app.Name)
			}
			opener := map[string]string{"linux": "xdg-open", "darwin": "open"}[runtime.GOOS]
			if path, err := exec.LookPath(opener); err == nil && opener != "" && !s.json {
				_ = exec.CommandContext(s.ctx, path, app.URL).Start() // the address is printed anyway
			}
			return s.print(map[string]string{"url": app.URL}, func(w io.Writer) { fmt.Fprintln(w, app.URL) })
		}),
	}
}

func scaleCommand() *cobra.Command {
	return &cobra.Command{
		Use: "scale NAME PROCESS=N…", Short: "Change how many tasks of each process type run",
		Args: cobra.MinimumNArgs(2),
		RunE: with(func(s *session, args []string) error {
			in := api.Scale{Processes: map[string]int{}}
			for _, a := range args[1:] {
				process, number, ok := strings.Cut(a, "=")
				n, err := strconv.Atoi(number)
				if !ok || err != nil || n < 0 {
					return paas.FieldErrorf(process, "Write %q as PROCESS=N, such as web=3.", a)
				}
				in.Processes[process] = n
			}
			if _, err := call[api.None](s.ctx, s.caller, http.MethodPut, appPath(args[0], "scale"), in); err != nil {
				return err
			}
			return s.print(in, func(w io.Writer) { fmt.Fprintf(w, "Scaled %s: %s.\n", args[0], strings.Join(args[1:], ", ")) })
		}),
	}
}

func psCommand() *cobra.Command {
	return &cobra.Command{
		Use: "ps NAME", Short: "List an app's tasks", Args: args("NAME"),
		RunE: with(func(s *session, args []string) error {
			tasks, err := get[api.List[api.Task]](s.ctx, s.caller, appPath(args[0], "tasks"))
			if err != nil {
				return err
			}
			return s.print(tasks.Items, func(w io.Writer) {
				fmt.Fprintln(w, "TASK\tRELEASE\tSTATE\tREADY\tSINCE\tNOTE")
				for _, t := range tasks.Items {
					note := t.Detail
					if t.Waiting != nil {
						note = t.Waiting.Sentence
					}
					fmt.Fprintf(w, "%s.%d\tv%d\t%s\t%t\t%s\t%s\n", t.Process, t.Slot, t.Release, t.State, t.Ready, ago(t.Since), note)
				}
			})
		}),
	}
}

// assignments reads NAME=VALUE arguments.
func assignments(list []string) (map[string]string, error) {
	if len(list) == 0 {
		return nil, nil
	}
	set := make(map[string]string, len(list))
	for _, a := range list {
		name, value, ok := strings.Cut(a, "=")
		if !ok {
			return nil, paas.FieldErrorf(name, "Write %q as NAME=VALUE.", a)
		}
		set[name] = value
	}
	return set, nil
}
