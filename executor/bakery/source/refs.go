package source

import (
	"slices"
	"strings"

	"github.com/slipway-paas/slipway/server/paas"
)

// remoteRefs is what a repository says it has.
type remoteRefs struct {
	names map[string]string // full name to hash; annotated tags to the commit behind them
	head  string            // what HEAD points at, such as refs/heads/main; "" when it says nothing
}

// remoteRefs asks for HEAD, branches and tags. Other refs, such as the thousands of a forge's pull requests, are left out.
func (g *git) remoteRefs() (remoteRefs, error) {
	out, err := g.run("ls-remote", "--quiet", "--symref", "--", g.url.String(), "HEAD", "refs/heads/*", "refs/tags/*")
	if err != nil {
		return remoteRefs{}, err
	}
	return parseRefs(out), nil
}

func parseRefs(out string) remoteRefs {
	refs := remoteRefs{names: map[string]string{}}
	for line := range strings.Lines(out) {
		value, name, ok := strings.Cut(strings.TrimRight(line, "\n"), "\t")
		if !ok {
			continue
		}
		if target, ok := strings.CutPrefix(value, "ref: "); ok {
			if name == "HEAD" {
				refs.head = target
			}
			continue
		}
		refs.names[strings.TrimSuffix(name, "^{}")] = value // the peeled tag comes after the tag
	}
	return refs
}

// find looks a ref up as git does for a person: a full name, then a branch, then a tag. "" is HEAD, and where HEAD
// points at nothing (a server whose default branch was never pushed) main, master, or the only branch.
func (r remoteRefs) find(ref paas.Ref) (name, sha string) {
	candidates := []string{string(ref), "refs/heads/" + string(ref), "refs/tags/" + string(ref)}
	if ref == "" {
		candidates = []string{"HEAD", "refs/heads/main", "refs/heads/master"}
		if b := r.branches(); len(b) == 1 {
			candidates = append(candidates, "refs/heads/"+b[0])
		}
	}
	for _, c := range candidates {
		if sha, ok := r.names[c]; ok {
			return c, sha
		}
	}
	return "", ""
}

// branches are the names of the branches, the default one first.
func (r remoteRefs) branches() []string {
	var names []string
	for full := range r.names {
		if name, ok := strings.CutPrefix(full, "refs/heads/"); ok {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	if i := slices.Index(names, strings.TrimPrefix(r.head, "refs/heads/")); i > 0 {
		first := names[i]
		names = slices.Insert(slices.Delete(names, i, i+1), 0, first)
	}
	return names
}

func (g *git) branches() ([]string, error) {
	refs, err := g.remoteRefs()
	if err != nil {
		return nil, err
	}
	if len(refs.names) == 0 {
		return nil, errEmpty
	}
	return refs.branches(), nil
}
