package main

import (
	"context"
	"path/filepath"
	"slices"

	"github.com/slipway-paas/slipway/examples"
	"github.com/slipway-paas/slipway/executor/bakery/runtimes"
	"github.com/slipway-paas/slipway/executor/bakery/source"
	"github.com/slipway-paas/slipway/web/components"
	"github.com/slipway-paas/slipway/web/pages"
)

// samples are the examples as the new-app page offers them: repositories of this machine that one may also clone,
// change and deploy again.
func samples(data string) []pages.Sample {
	offered := make([]pages.Sample, 0, len(examples.Names()))
	for _, name := range examples.Names() {
		title := name
		for _, r := range runtimes.All() {
			if r.Name() == name {
				title = r.Title()
			}
		}
		offered = append(offered, pages.Sample{Title: title, Text: examples.About[name], Name: name, Repo: sampleDir(data, name)})
	}
	return offered
}

func publishSamples(ctx context.Context, data string) error {
	for _, name := range examples.Names() {
		files, err := examples.Files(name)
		if err != nil {
			return err
		}
		if err := source.Publish(ctx, sampleDir(data, name), files); err != nil {
			return err
		}
	}
	return nil
}

func sampleDir(data, name string) string { return filepath.Join(data, "samples", name) }

// runtimeChoices are the runtimes to choose by hand.
func runtimeChoices() []components.Choice {
	var choices []components.Choice
	for _, r := range runtimes.All() {
		choices = append(choices, components.Choice{Value: r.Name(), Label: r.Title()})
	}
	slices.SortFunc(choices, func(a, b components.Choice) int { return compare(a.Label, b.Label) })
	return choices
}
