// Package runtime is the contract between the bakery and its runtimes: what a runtime looks at, what it decides and
// what it writes. Each runtime is one folder under executor/bakery/runtimes; a new one is a new folder and one line
// in executor/bakery/runtimes/all.go.
package runtime

import (
	"io/fs"

	"github.com/slipway-paas/slipway/executor/bakery/manifest"
	"github.com/slipway-paas/slipway/server/paas"
)

// Runtime recognises an app's sources and writes the Dockerfile that builds and runs them. Implementations are pure:
// they read the tree they are given and nothing else, keep no state, and give the same answer for the same tree.
type Runtime interface {
	// Name is the folder's name and the value of `runtime:` in slipway.yaml: "node".
	Name() string
	// Title is the name for people: "Node.js".
	Title() string
	// LooksFor says, for the page shown when nothing fits, what this runtime would have recognised:
	// "package.json (Node.js)".
	LooksFor() string
	// Detect decides whether and how this runtime would run the tree. It is asked even if the person chose the runtime
	// herself (manifest or form), then it should do its best instead of refusing. An error is a paas.Error about the
	// tree (package.json line 3 is wrong): it ends detection only if this runtime is chosen or no other one fits.
	Detect(tree Tree) (Verdict, error)
	// Layers are the images baked once and shared by all apps that plan fits, in the order they build on each other.
	Layers(plan paas.Plan) []Layer
	// Dockerfile writes the app's own build on top of the layers. image gives the reference of a layer by its name.
	Dockerfile(plan paas.Plan, image func(layer string) string) (string, error)
}

// Tree is a checked-out source tree. Symbolic links out of it are not followed.
type Tree struct {
	Repo     fs.FS             // the whole repository: workspaces keep their lock file at its root; also the build context
	Root     string            // the app's folder inside Repo, "." for the whole; valid by fs.ValidPath
	Manifest manifest.Manifest // the person's choices over slipway.yaml, Procfile and app.json of Root
	Chosen   bool              // the person named this runtime; do not refuse
}

// Verdict is what Detect answers.
type Verdict struct {
	// Score says how sure the runtime is: 0 not mine; 10 a stray file; 50 the usual sign (package.json);
	// 90 beyond doubt (a Dockerfile named in slipway.yaml). The highest score wins, ties by the order in all.go.
	Score int
	Plan  paas.Plan // complete when Score > 0; detect sets Runtime, Title and Build.Root, and lays the Manifest over it
	Note  string    // when Score is 0 but something was close: why it was not enough, one sentence
}

// Layer is a shared image: a runtime's packages on the base image, baked once per definition.
type Layer struct {
	Name  string   // "node-22", "java-21-build"; lower-case letters, digits, dot and dash
	From  string   // the layer below by name; "" is the base image
	Lines []string // Dockerfile instructions after FROM, such as RUN apt-get …; see Apt and Run for reaching registries
}
