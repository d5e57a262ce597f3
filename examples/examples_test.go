package examples_test

import (
	"testing"

	"github.com/slipway-paas/slipway/examples"
)

func TestEveryExampleIsDescribed(t *testing.T) {
	t.Parallel()
	for _, name := range examples.Names() {
		if examples.About[name] == "" {
			t.Errorf("%s has no description", name)
		}
	}
	if len(examples.About) != len(examples.Names()) {
		t.Errorf("%d descriptions for %d examples", len(examples.About), len(examples.Names()))
	}
}
