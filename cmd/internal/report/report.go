// Package report writes what the benchmarks measured.
package report

import (
	"encoding/json"
	"fmt"
	"os"
)

// Write writes figures as indented JSON to a file.
func Write(file string, figures any) error {
	text, err := json.MarshalIndent(figures, "", "  ")
	if err != nil {
		return fmt.Errorf("encode the report: %w", err)
	}
	if err := os.WriteFile(file, append(text, '\n'), 0o644); err != nil {
		return fmt.Errorf("write the report: %w", err)
	}
	return nil
}
