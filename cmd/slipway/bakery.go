package main

import (
	"context"
	"maps"
	"slices"
	"strings"

	"github.com/slipway-paas/slipway/executor/bakery"
	"github.com/slipway-paas/slipway/executor/bakery/manifest"
	"github.com/slipway-paas/slipway/executor/bakery/source"
	"github.com/slipway-paas/slipway/server/flow"
	"github.com/slipway-paas/slipway/server/paas"
)

// bakes gives the workflows the bakery in their words.
type bakes struct{ *bakery.Bakery }

// Inspect fetches and detects, and asks for the branches that the form offers.
func (b bakes) Inspect(ctx context.Context, s flow.Source, note func(string)) (flow.Inspected, error) {
	source := toSource(s)
	note("Fetching the repository.")
	plan, commit, err := b.Bakery.Inspect(ctx, source)
	found := flow.Inspected{Commit: commit, Plan: plan}
	if err != nil {
		return found, err
	}
	note("Asking for its branches.")
	found.Branches, err = b.Branches(ctx, source)
	return found, err
}

// Bake makes the image and reports its progress.
func (b bakes) Bake(ctx context.Context, o flow.Order, report flow.Report) (flow.Baked, error) {
	steps := map[int]paas.Step{}
	building := false
	r, err := b.Bakery.Bake(ctx, bakery.Request{App: o.App, Team: o.Team, Source: toSource(o.Source), NoCache: o.NoCache}, func(p bakery.Progress) {
		switch {
		case p.Step != nil:
			steps[p.Step.Number] = *p.Step
			numbers := slices.Sorted(maps.Keys(steps))
			list := make([]paas.Step, 0, len(numbers))
			for _, n := range numbers {
				list = append(list, steps[n])
			}
			report.Steps(list)
		case p.Line != nil:
			for _, text := range strings.Split(p.Line.Text, "\n") {
				report.Line(paas.Log{At: p.Line.At, Stream: "out", Text: text})
			}
		case p.Note != "":
			report.Line(paas.Log{Stream: "slipway", Text: p.Note})
		case p.Commit != nil:
			report.Found(*p.Commit)
		case p.Plan != nil:
			report.Plan(*p.Plan, "")
			if !building {
				building = true
				report.State(paas.BuildBuilding)
			}
		}
	})
	return flow.Baked{
		Commit: r.Commit, Plan: r.Plan, Dockerfile: r.Dockerfile, Key: r.Key, Image: r.Image, Reused: r.Reused,
	}, err
}

func toSource(s flow.Source) bakery.Source {
	return bakery.Source{
		URL: s.Repo, Ref: s.Ref, Root: s.Root,
		Credential: source.Credential{Kind: s.Credential.Kind, Username: s.Credential.Username, Secret: s.Secret},
		Choices:    choices(s.Runtime, s.Build),
	}
}

// choices are what the person said on the form or by flag; they win over the repository's own files.
func choices(runtime string, b paas.BuildSettings) manifest.Manifest {
	var m manifest.Manifest
	m.Runtime = said(runtime)
	m.Build = manifest.Build{
		Install: said(b.Install), Command: said(b.Command), Output: said(b.Output), Dockerfile: said(b.Dockerfile),
	}
	if len(b.Packages) > 0 {
		m.Build.Packages = manifest.Value[[]string]{Value: b.Packages, Source: bySettings}
	}
	for name, value := range b.Env {
		if m.Build.Env == nil {
			m.Build.Env = map[string]manifest.Value[string]{}
		}
		m.Build.Env[name] = manifest.Value[string]{Value: value, Source: bySettings}
	}
	return m
}

const bySettings = "the app's settings"

func said(value string) manifest.Value[string] {
	if value == "" {
		return manifest.Value[string]{}
	}
	return manifest.Value[string]{Value: value, Source: bySettings}
}
