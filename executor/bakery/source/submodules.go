package source

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path"
	"path/filepath"
	"strings"

	"github.com/slipway-paas/slipway/server/paas"
)

const (
	// maxSubmodules and maxDepth bound what one commit can make Slipway fetch.
	maxSubmodules = 50
	maxDepth      = 3
)

// submodule is a folder of a commit that is a commit of another repository.
type submodule struct {
	path string
	url  string // as .gitmodules has it: may be relative to the repository's own
	sha  string
}

// submodules lists those that .gitmodules gives an address.
func (g *git) submodules(sha, dir string) ([]submodule, error) {
	if _, err := os.Lstat(filepath.Join(dir, ".gitmodules")); err != nil {
		return nil, nil //nolint:nilerr // most repositories have none
	}
	links, err := g.links()
	if err != nil || len(links) == 0 {
		return nil, err
	}
	out, err := g.run("--git-dir="+g.repo, "config", "--null", "--blob", sha+":.gitmodules", "--get-regexp", `^submodule\..*\.(path|url)$`)
	var none *failure
	if errors.As(err, &none) {
		return nil, nil // links without addresses are empty folders, as for git itself
	}
	if err != nil {
		return nil, err
	}
	byName := map[string]*submodule{}
	var order []*submodule
	for entry := range strings.SplitSeq(out, "\x00") {
		key, value, ok := strings.Cut(entry, "\n")
		dot := strings.LastIndexByte(key, '.')
		if !ok || dot < 0 {
			continue
		}
		name := key[:dot]
		if byName[name] == nil {
			byName[name] = &submodule{}
			order = append(order, byName[name])
		}
		switch key[dot+1:] {
		case "path":
			byName[name].path = value
		case "url":
			byName[name].url = value
		}
	}
	var found []submodule
	for _, s := range order {
		// Only what the commit itself links, at its own path: .gitmodules alone names any folder it likes.
		if s.sha = links[s.path]; s.sha != "" && s.url != "" {
			found = append(found, *s)
		}
	}
	return found, nil
}

// links are the commits that stand in the checked-out tree as folders, by path.
func (g *git) links() (map[string]string, error) {
	out, err := g.run("--git-dir="+g.repo, "ls-files", "--stage", "-z")
	if err != nil {
		return nil, err
	}
	links := map[string]string{}
	for entry := range strings.SplitSeq(out, "\x00") {
		meta, file, ok := strings.Cut(entry, "\t")
		if fields := strings.Fields(meta); ok && len(fields) == 3 && fields[0] == "160000" {
			links[file] = fields[1]
		}
	}
	return links, nil
}

// fillSubmodules fetches a tree's submodules into it. The credential goes along to the same host only.
func (f *Fetcher) fillSubmodules(ctx context.Context, parent Request, tree *Tree, depth int) error {
	if len(tree.submodules) == 0 {
		return nil
	}
	if depth >= maxDepth || len(tree.submodules) > maxSubmodules {
		return paas.Diagnose(paas.CodeRepoTooLarge, fmt.Sprintf("The repository has more than %d submodules, or submodules within submodules more than %d deep.", maxSubmodules, maxDepth))
	}
	root, err := os.OpenRoot(tree.Dir) // no symbolic link on the way leads out
	if err != nil {
		return fmt.Errorf("open the source tree: %w", err)
	}
	defer root.Close()
	for _, s := range tree.submodules {
		if err := f.fillSubmodule(ctx, parent, root, s, depth); err != nil {
			return about(s.path, err)
		}
	}
	return nil
}

func (f *Fetcher) fillSubmodule(ctx context.Context, parent Request, root *os.Root, s submodule, depth int) error {
	address, err := submoduleURL(parent.URL, s.url)
	if err != nil {
		return err
	}
	if address.Local() && !parent.URL.Local() {
		return paas.Diagnose(paas.CodeUnreachable, "Its address is a path on Slipway's own machine.")
	}
	r := Request{URL: address, Ref: paas.Ref(s.sha)}
	if address.Host() == parent.URL.Host() && address.Protocol() == parent.URL.Protocol() {
		r.Credential = parent.Credential
	}
	sub, err := f.fetch(ctx, r, depth+1)
	if err != nil {
		return err
	}
	defer sub.Close() // empty after the move; temporary otherwise
	info, err := root.Lstat(filepath.FromSlash(s.path))
	if err != nil || !info.IsDir() {
		return fmt.Errorf("the submodule's folder is not in the tree: %w", errors.Join(err, os.ErrInvalid))
	}
	place := filepath.FromSlash(s.path)
	if err := root.Remove(place); err != nil {
		return fmt.Errorf("make room for a submodule: %w", err)
	}
	// Both are under the data folder, and Lstat above went through no link.
	if err := os.Rename(sub.Dir, filepath.Join(root.Name(), place)); err != nil {
		return fmt.Errorf("move a submodule into its place: %w", err)
	}
	return nil
}

// submoduleURL resolves what .gitmodules says as git does: "./" and "../" begin an address relative to the parent's.
func submoduleURL(parent paas.RepoURL, s string) (paas.RepoURL, error) {
	if !strings.HasPrefix(s, "./") && !strings.HasPrefix(s, "../") {
		return paas.ParseRepoURL(s)
	}
	base := parent.String()
	if u, err := url.Parse(base); err == nil && u.Scheme != "" && u.Host != "" {
		u.Path = path.Join(u.Path, s)
		return paas.ParseRepoURL(u.String())
	}
	if where, p, ok := strings.Cut(base, ":"); ok && !parent.Local() { // git@host:team/app.git
		return paas.ParseRepoURL(where + ":" + path.Join(p, s))
	}
	return paas.ParseRepoURL(path.Join(base, s))
}

// about says of which submodule an error is.
func about(path string, err error) error {
	var d *paas.Diagnosis
	if errors.As(err, &d) {
		named := *d
		named.Cause = "The submodule " + path + " cannot be fetched. " + d.Cause
		return &named
	}
	var e *paas.Error
	if errors.As(err, &e) {
		return paas.Diagnose(paas.CodeUnreachable, "The submodule "+path+" cannot be fetched. "+e.Message)
	}
	return err
}
