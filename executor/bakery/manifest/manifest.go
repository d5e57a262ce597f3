// Package manifest reads what an app says about itself in four files: Procfile, app.json and Aptfile, as Heroku knows
// them, and slipway.yaml, which is ours. Every value remembers the file and line it came from, so that a page can show who
// decided. Nothing here runs or expands anything.
package manifest

import (
	"time"

	"github.com/slipway-paas/slipway/server/paas"
)

// The files, each looked for in the app's own folder.
const (
	ProcfileName = "Procfile"
	AppJSONName  = "app.json"
	AptfileName  = "Aptfile"
	SlipwayName  = "slipway.yaml"
)

// Value is something that was said, and where: "slipway.yaml line 4", "Procfile line 1", "chosen on the form".
type Value[T any] struct {
	Value  T
	Source string // "" means it was not said
}

// Set reports whether the value was said at all.
func (v Value[T]) Set() bool { return v.Source != "" }

// Or is v when it was said, else other.
func (v Value[T]) Or(other Value[T]) Value[T] {
	if v.Set() {
		return v
	}
	return other
}

// Manifest is what the files of one app say together; slipway.yaml wins over the others. The choices
// a person makes on a form or by flag are a Manifest too, and win over all. The zero value says nothing.
type Manifest struct {
	Runtime   Value[string] // name of a runtime: "node"
	Version   Value[string] // the version of the runtime asked for: "22", ">=18 <21"
	Processes map[string]Value[paas.Command]
	Closed    bool                     // a Procfile named its processes: those a runtime would add are left out, as on Heroku
	Release   Value[paas.Command]      // run once in the new image before traffic moves
	Env       map[string]Value[string] // defaults; the app's own variables win
	Needs     map[string]string        // variable that must be given a value, to the place that says so
	Secrets   map[string]string        // variable that gets a random value when it has none, to the place that says so
	Build     Build
	Run       Run
	Warnings  []paas.Warning // what was understood and left out, such as app.json's add-ons
	Files     []string       // those of them that exist
}

// Build is the `build:` section.
type Build struct {
	Install    Value[string]            // replaces the step that installs dependencies
	Command    Value[string]            // replaces the build step
	Output     Value[string]            // static sites: the folder served
	Dockerfile Value[string]            // path of the app's own Dockerfile
	Packages   Value[[]string]          // extra Debian packages
	Env        map[string]Value[string] // variables visible to the build
}

// Run is the `run:` section.
type Run struct {
	Port         Value[int]
	HealthPath   Value[string]
	StartTimeout Value[time.Duration]
	WritableRoot Value[bool]
	User         Value[string] // "uid" or "uid:gid"
	MemoryBytes  Value[int64]
	Finishes     Value[bool]
}
