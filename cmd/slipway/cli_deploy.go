package main

import (
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/slipway-paas/slipway/server/paas"
	"github.com/slipway-paas/slipway/web/api"
)

// lookEvery is how often a followed deployment is looked at.
const lookEvery = 300 * time.Millisecond

func deployCommand() *cobra.Command {
	var in api.Deploy
	var follow bool
	c := &cobra.Command{
		Use: "deploy NAME", Short: "Build a commit and bring it to life", Args: args("NAME"),
		RunE: with(func(s *session, args []string) error {
			d, err := post[api.Deployment](s.ctx, s.caller, appPath(args[0], "deployments"), in)
			if err != nil {
				return err
			}
			return s.started(args[0], d, follow)
		}),
	}
	f := c.Flags()
	f.StringVar(&in.Ref, "commit", "", "branch, tag or commit (default the app's branch)")
	f.BoolVar(&in.NoCache, "no-cache", false, "build every step anew")
	f.BoolVar(&in.ConfigOnly, "config-only", false, "keep the live image; apply changed variables and settings")
	f.BoolVar(&follow, "follow", false, "show the deployment until it ends; exit 0 only when it went live")
	return c
}

func rollbackCommand() *cobra.Command {
	var to string
	var follow bool
	c := &cobra.Command{
		Use: "rollback NAME", Short: "Go back to the release before, or to a given one", Args: args("NAME"),
		RunE: with(func(s *session, args []string) error {
			number := 0
			if to != "" {
				var err error
				if number, err = strconv.Atoi(strings.TrimPrefix(to, "v")); err != nil || number < 1 {
					return paas.FieldErrorf("to", "%q is not a release. Write it as v12.", to)
				}
			}
			d, err := post[api.Deployment](s.ctx, s.caller, appPath(args[0], "rollback"), api.Rollback{To: number})
			if err != nil {
				return err
			}
			return s.started(args[0], d, follow)
		}),
	}
	c.Flags().StringVar(&to, "to", "", "release to go back to, such as v12")
	c.Flags().BoolVar(&follow, "follow", false, "show the deployment until it ends; exit 0 only when it went live")
	return c
}

func deploymentCommand() *cobra.Command {
	return &cobra.Command{
		Use: "deployment NAME NUMBER", Short: "Show a deployment", Args: args("NAME", "NUMBER"),
		RunE: with(func(s *session, args []string) error {
			d, err := get[api.DeploymentDetail](s.ctx, s.caller, appPath(args[0], "deployments", args[1]))
			if err != nil {
				return err
			}
			return s.print(d.Deployment, func(w io.Writer) { describe(w, d.Deployment) })
		}),
	}
}

func cancelCommand() *cobra.Command {
	return &cobra.Command{
		Use: "cancel NAME", Short: "Cancel the deployment that is on its way", Args: args("NAME"),
		RunE: with(func(s *session, args []string) error {
			d, err := post[api.Deployment](s.ctx, s.caller, appPath(args[0], "deployments", "active", "cancel"), nil)
			if err != nil {
				return err
			}
			return s.print(d, func(w io.Writer) { fmt.Fprintf(w, "Canceling deployment %d of %s.\n", d.Number, args[0]) })
		}),
	}
}

// buildPhase is the phase of a deployment in which its image is made.
const buildPhase = "build"

// started says that a deployment was accepted, or follows it to its end.
func (s *session) started(app string, d api.Deployment, follow bool) error {
	if !follow {
		return s.print(d, func(w io.Writer) {
			fmt.Fprintf(w, "Deployment %d of %s is %s. Follow it with: slipway deployment %s %d\n", d.Number, app, d.State, app, d.Number)
		})
	}
	d, err := s.follow(app, d)
	if err != nil {
		return err
	}
	if s.json {
		if err := s.print(d, nil); err != nil {
			return err
		}
	}
	if d.State != paas.DeploymentLive && d.State != paas.DeploymentSuperseded {
		if !s.json && d.Diagnosis != nil && d.Diagnosis.Step != buildPhase { // a build's last lines were shown as they came
			evidence(s.out, d.Diagnosis)
		}
		return paas.Errorf(paas.Conflict, "Deployment %d of %s %s.%s", d.Number, app, d.State, because(d.Diagnosis))
	}
	return nil
}

func because(d *paas.Diagnosis) string {
	if d == nil {
		return ""
	}
	return fmt.Sprintf(" %s: %s %s", d.Code, d.Cause, d.Next)
}

// follow shows phases as they end and the build's output as it comes, until the deployment has ended.
func (s *session) follow(app string, d api.Deployment) (api.Deployment, error) {
	shown := map[string]bool{}
	build := &reader{session: s}
	timer := time.NewTicker(lookEvery)
	defer timer.Stop()
	for {
		detail, err := get[api.DeploymentDetail](s.ctx, s.caller, appPath(app, "deployments", strconv.Itoa(d.Number)))
		if err != nil {
			return d, err
		}
		d = detail.Deployment
		if !s.json {
			if detail.Build != nil {
				build.path = detail.Build.Log
				if err := build.more(func(l paas.Log) { fmt.Fprintf(s.out, "  %s\n", l.Text) }); err != nil {
					return d, err
				}
			}
			s.phases(d, shown)
		}
		if !d.Active {
			return d, nil
		}
		select {
		case <-s.ctx.Done():
			return d, s.ctx.Err()
		case <-timer.C:
		}
	}
}

// phases prints each phase once, when it has ended.
func (s *session) phases(d api.Deployment, shown map[string]bool) {
	for _, p := range d.Phases {
		if p.Finished.IsZero() || shown[p.Name] {
			continue
		}
		shown[p.Name] = true
		fmt.Fprintf(s.out, "%-8s %-10s %.1f s\n", p.Name, p.State, p.Finished.Sub(p.Started).Seconds())
	}
}

func describe(w io.Writer, d api.Deployment) {
	fmt.Fprintf(w, "Deployment %d of %s: %s %s\n", d.Number, d.App, d.State, d.Reason)
	for _, p := range d.Phases {
		took := ""
		if !p.Finished.IsZero() {
			took = fmt.Sprintf("%.1f s", p.Finished.Sub(p.Started).Seconds())
		}
		fmt.Fprintf(w, "  %s\t%s\t%s\t%s\n", p.Name, p.State, took, p.Note)
	}
	if g := d.Diagnosis; g != nil {
		fmt.Fprintf(w, "\n%s  %s\n%s\n", g.Code, g.Title, g.Cause)
		evidence(w, g)
		fmt.Fprintln(w, g.Next)
	}
}

// evidence prints what a diagnosis rests on, such as the last lines of a task that failed.
func evidence(w io.Writer, d *paas.Diagnosis) {
	for _, e := range d.Evidence {
		fmt.Fprintf(w, "  | %s\n", e)
	}
}
