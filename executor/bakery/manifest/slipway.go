package manifest

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"regexp"
	"strconv"

	"gopkg.in/yaml.v3"

	"github.com/slipway-paas/slipway/server/paas"
)

// ParseSlipway reads slipway.yaml. Its error is a paas.FieldErrors with every wrong line, or one paas.Error when the
// file is not YAML at all. docs/slipway-yaml.md is the reference for people; a test keeps the two alike.
func ParseSlipway(data []byte) (Manifest, error) {
	decoder := yaml.NewDecoder(bytes.NewReader(data))
	var doc yaml.Node
	if err := decoder.Decode(&doc); errors.Is(err, io.EOF) {
		return Manifest{}, nil
	} else if err != nil {
		return Manifest{}, notYAML(err)
	}
	var second yaml.Node
	if err := decoder.Decode(&second); err == nil {
		return Manifest{}, paas.Errorf(paas.Invalid, "%s line %d: the file holds more than one document; one is enough.", SlipwayName, second.Line)
	} else if !errors.Is(err, io.EOF) {
		return Manifest{}, notYAML(err)
	}
	var m Manifest
	y := &yamlFile{}
	if top := doc.Content[0]; !isNull(top) { // a file of comments only is an empty document
		y.section(top, "slipway.yaml", m.keys(y))
	}
	if err := y.errs.Or(); err != nil {
		return Manifest{}, err
	}
	return m, nil
}

// keys is the table of everything slipway.yaml may say at its top level.
func (m *Manifest) keys(y *yamlFile) keys {
	return keys{
		"runtime":   y.text(&m.Runtime),
		"version":   y.text(&m.Version),
		"processes": y.commands(&m.Processes),
		"release":   y.command(&m.Release),
		"env":       y.variables(&m.Env),
		"needs":     y.needs(&m.Needs),
		"build":     func(n *yaml.Node) { y.section(n, "build", m.Build.keys(y)) },
		"run":       func(n *yaml.Node) { y.section(n, "run", m.Run.keys(y)) },
	}
}

func (b *Build) keys(y *yamlFile) keys {
	return keys{
		"install":    y.text(&b.Install),
		"command":    y.text(&b.Command),
		"output":     y.folder(&b.Output),
		"dockerfile": y.folder(&b.Dockerfile),
		"packages":   y.packages(&b.Packages),
		"env":        y.variables(&b.Env),
	}
}

func (r *Run) keys(y *yamlFile) keys {
	return keys{
		"port":          y.port(&r.Port),
		"health":        y.healthPath(&r.HealthPath),
		"start-timeout": y.duration(&r.StartTimeout),
		"writable-root": y.flag(&r.WritableRoot),
		"user":          y.user(&r.User),
		"memory":        y.size(&r.MemoryBytes),
		"finishes":      y.flag(&r.Finishes),
	}
}

// yamlLine finds the line in the YAML library's messages: "yaml: line 3: did not find expected key".
var yamlLine = regexp.MustCompile(`^yaml: line (\d+): (.*)$`)

func notYAML(err error) error {
	line, what := 1, err.Error()
	if found := yamlLine.FindStringSubmatch(what); found != nil {
		if n, convErr := strconv.Atoi(found[1]); convErr == nil {
			line, what = n, found[2]
		}
	}
	return paas.Errorf(paas.Invalid, "%s line %d is not YAML: %s.", SlipwayName, line, what).
		Because(fmt.Errorf("parse %s: %w", SlipwayName, err))
}
