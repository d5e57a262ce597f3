package system_test

import (
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"testing"
)

// TestEveryExampleBuildsRunsAndAnswers deploys each sample as the new-app page offers it, on the real engine. On a new
// machine this bakes every runtime's layers, which takes minutes; the engine keeps them.
func TestEveryExampleBuildsRunsAndAnswers(t *testing.T) {
	s := install(t)
	samples := filepath.Join(s.data, "samples")
	// The samples are written right after the start, beside everything else.
	s.eventually(wait, "the samples are there", func() error {
		entries, err := os.ReadDir(samples)
		if err == nil && len(entries) < 6 {
			err = fmt.Errorf("only %d of them", len(entries))
		}
		return err
	})
	entries, err := os.ReadDir(samples)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		if e.Name()[0] == '.' {
			continue
		}
		t.Run(e.Name(), func(t *testing.T) {
			s.t = t
			s.run(nil, "app", "create", e.Name(), "--repo", filepath.Join(samples, e.Name()))
			s.deployed(e.Name(), "live")
			s.eventually(wait, e.Name()+" answers", func() error {
				status, body, err := s.get(e.Name(), "/")
				if err == nil && (status != http.StatusOK || len(body) < 100) {
					err = fmt.Errorf("it answers %d with %d bytes", status, len(body))
				}
				return err
			})
			s.run(nil, "destroy", e.Name(), "--yes")
		})
	}
	s.t = t
}
