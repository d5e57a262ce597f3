package detect

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"

	"github.com/slipway-paas/slipway/executor/bakery/manifest"
	"github.com/slipway-paas/slipway/executor/bakery/runtime"
	"github.com/slipway-paas/slipway/executor/bakery/runtimes/dockerfile"
	"github.com/slipway-paas/slipway/server/paas"
)

func detect(repo fs.FS, opts Options, all []runtime.Runtime) (paas.Plan, error) {
	root, err := folder(repo, opts.Root)
	if err != nil {
		return paas.Plan{}, err
	}
	said, err := manifest.Read(repo, root)
	if err != nil {
		return paas.Plan{}, err
	}
	said = opts.Choices.Over(said)
	tree := runtime.Tree{Repo: repo, Root: root, Manifest: said}
	best, err := surest(tree, all)
	if err != nil {
		return paas.Plan{}, err
	}
	plan := best.plan
	plan.Runtime, plan.Title = best.runtime.Name(), best.runtime.Title()
	plan.Build.Root = root
	return overlay(plan, said), nil
}

// folder checks the app's folder and gives it as fs.ValidPath wants it.
func folder(repo fs.FS, root string) (string, error) {
	root = path.Clean(cmp.Or(strings.Trim(root, "/"), "."))
	if !fs.ValidPath(root) {
		return "", paas.FieldErrorf("root", "%q is not a folder inside the repository.", root)
	}
	info, err := fs.Stat(repo, root)
	if err != nil || !info.IsDir() {
		return "", paas.FieldErrorf("root", "The repository has no folder %q.", root)
	}
	return root, nil
}

// candidate is one runtime's answer.
type candidate struct {
	runtime runtime.Runtime
	score   int
	plan    paas.Plan
}

func (c candidate) ownDockerfile() bool { return c.runtime.Name() == dockerfile.Name }

func surest(tree runtime.Tree, all []runtime.Runtime) (candidate, error) {
	if wanted := tree.Manifest.Runtime; wanted.Set() {
		return named(tree, all, wanted)
	}
	var fits []candidate
	var notes []string
	var wrong error
	for _, r := range all {
		verdict, err := r.Detect(tree)
		if err != nil {
			wrong = cmp.Or(wrong, err)
			continue
		}
		if verdict.Score > 0 {
			fits = append(fits, candidate{r, verdict.Score, verdict.Plan})
		} else if verdict.Note != "" {
			notes = append(notes, verdict.Note)
		}
	}
	if len(fits) > 0 {
		slices.SortStableFunc(fits, func(a, b candidate) int { return b.score - a.score })
		if i := slices.IndexFunc(fits, candidate.ownDockerfile); i > 0 && len(fits[0].plan.Processes)+len(tree.Manifest.Processes) == 0 {
			// Sources of which nothing says what starts them, and a file that does.
			fits[0], fits[i] = fits[i], fits[0]
		}
		return fits[0].beside(fits[1:]), nil
	}
	if wrong != nil {
		return candidate{}, wrong
	}
	return candidate{}, nothingFits(tree, all, notes)
}

// likely is the score from which a runtime that lost deserves a word: the app may be meant for it.
const likely = 45

// beside warns of the runtimes that would have run the tree too.
func (c candidate) beside(others []candidate) candidate {
	for _, other := range others {
		saw := strings.Join(other.plan.Saw[:min(1, len(other.plan.Saw))], " ")
		if other.score < likely || saw != "" && slices.Contains(c.plan.Saw, saw) {
			continue // unlikely, or another name for what was seen: Groovy is built as Java is
		}
		c.plan.Warnings = append(slices.Clip(c.plan.Warnings), paas.Warning{Code: runtime.WarnSeveral,
			Message: fmt.Sprintf("This could also be run as %s (%s); choose the runtime %q if that is meant.",
				other.runtime.Title(), saw, other.runtime.Name())})
	}
	return c
}

// named is the runtime the person named, which does its best with the tree.
func named(tree runtime.Tree, all []runtime.Runtime, wanted manifest.Value[string]) (candidate, error) {
	tree.Chosen = true
	var names []string
	for _, r := range all {
		names = append(names, r.Name())
		if r.Name() != wanted.Value {
			continue
		}
		verdict, err := r.Detect(tree)
		if err != nil {
			return candidate{}, err
		}
		if verdict.Score == 0 {
			return candidate{}, paas.FieldErrorf("runtime", "%s was chosen (%s), but nothing here can be run with it. It looks for %s. %s",
				r.Title(), wanted.Source, r.LooksFor(), verdict.Note)
		}
		return candidate{r, verdict.Score, verdict.Plan}, nil
	}
	return candidate{}, paas.FieldErrorf("runtime", "There is no runtime %q (%s); there are %s.", wanted.Value, wanted.Source, strings.Join(names, ", "))
}

func nothingFits(tree runtime.Tree, all []runtime.Runtime, notes []string) error {
	var looked []string
	for _, r := range all {
		looked = append(looked, r.LooksFor())
	}
	where := "the repository"
	if tree.Root != "." {
		where = "the folder " + tree.Root
	}
	message := "Slipway found nothing it can run in " + where + ". It looked for " + strings.Join(looked, ", ") + "."
	if len(notes) > 0 {
		message += " " + strings.Join(notes, " ")
	}
	if folders := appsBelow(tree, all); len(folders) > 0 {
		message += " Name one of these as the app's folder: " + strings.Join(folders, ", ") + "."
	}
	return &paas.Error{Kind: paas.Invalid, Field: "runtime", Message: message, Err: errNothing}
}

// mostFolders bounds the search for apps below a folder that is none.
const mostFolders = 40

// appsBelow lists the folders right below that a runtime recognises: "backend (Node.js)".
func appsBelow(tree runtime.Tree, all []runtime.Runtime) []string {
	entries, err := fs.ReadDir(tree.Repo, tree.Root)
	if err != nil {
		return nil // the message is as good without them
	}
	var found []string
	for _, entry := range entries[:min(len(entries), mostFolders)] {
		below := runtime.Tree{Repo: tree.Repo, Root: path.Join(tree.Root, entry.Name())}
		if !entry.IsDir() || strings.HasPrefix(entry.Name(), ".") {
			continue
		}
		best := candidate{}
		for _, r := range all {
			if verdict, err := r.Detect(below); err == nil && verdict.Score > best.score {
				best = candidate{r, verdict.Score, verdict.Plan}
			}
		}
		if best.score > 0 {
			found = append(found, below.Root+" ("+best.runtime.Title()+")")
		}
	}
	return found
}

// errNothing marks the answer that no runtime fitted.
var errNothing = errors.New("no runtime recognised the tree")
