// Package source fetches the commits that builds are made of. It is the one package of Slipway that runs git: always by
// argument list, with "--" before what a person wrote, in an environment of its own that holds no prompt, hook, helper
// or configuration of the machine, and under a time and a size limit.
//
// Every repository has one bare, shallow cache in the data folder, which concurrent fetches share one after the other.
// The cache's name includes the credential: a fetch can only ever find what its own credential was given.
package source

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"time"

	"github.com/slipway-paas/slipway/server/paas"
)

// Options configure a Fetcher.
type Options struct {
	// Dir is the data folder: caches, checked-out trees, ssh's known hosts. It belongs to this process alone.
	Dir string
	// AllowLocal lets repositories be paths on this machine; meant for one person's own machine.
	AllowLocal bool
	// RefusePrivate refuses repositories on private, loopback and link-local addresses, so that people cannot reach
	// into the operator's network through Slipway. Redirects are not followed then, and git:// is refused. Off by
	// default, because on one machine the private network is where the repositories are. Behind an HTTP proxy the
	// proxy resolves names and must refuse them itself.
	RefusePrivate bool
	// MaxBytes limits what one repository may bring over the network and what its files may take on disk. 0 means 1 GiB.
	MaxBytes int64
	// Timeout limits one fetch as a whole. 0 means 5 minutes.
	Timeout time.Duration
}

// atOnce is how many fetches run at the same time: each is some programs and a connection, and a hundred deployments that
// begin together shall not be a hundred of them.
const atOnce = 8

// Fetcher fetches commits. It is safe for concurrent use.
type Fetcher struct {
	o        Options
	slots    chan struct{} // holds a token for each fetch under way
	locks    keyedLocks
	resolver resolver
}

// resolver looks up a host's addresses; net.DefaultResolver outside tests.
type resolver interface {
	LookupIPAddr(ctx context.Context, host string) ([]net.IPAddr, error)
}

// New prepares the data folder and forgets trees and secrets that a crash may have left there.
func New(o Options) (*Fetcher, error) {
	o.MaxBytes = cmp.Or(o.MaxBytes, 1<<30)
	o.Timeout = cmp.Or(o.Timeout, 5*time.Minute)
	dir, err := filepath.Abs(o.Dir)
	if err != nil {
		return nil, fmt.Errorf("find the data folder of sources: %w", err)
	}
	o.Dir = dir
	f := &Fetcher{o: o, slots: make(chan struct{}, atOnce), resolver: net.DefaultResolver}
	err = errors.Join(os.RemoveAll(f.dir("trees")), os.RemoveAll(f.dir("run")))
	for _, name := range []string{"trees", "run", "repos", "home"} {
		err = errors.Join(err, os.MkdirAll(f.dir(name), 0o700))
	}
	err = errors.Join(err, os.WriteFile(f.dir("home", localConfig), []byte("[safe]\n\tdirectory = *\n"), 0o600))
	if err != nil {
		return nil, fmt.Errorf("prepare the data folder of sources: %w", err)
	}
	return f, nil
}

func (f *Fetcher) dir(names ...string) string {
	return filepath.Join(append([]string{f.o.Dir}, names...)...)
}

// Credential opens a private repository. The zero value opens none.
type Credential struct {
	Kind     paas.CredentialKind
	Username string // for tokens; "" means a name every forge accepts
	Secret   string // the token, or the private key in OpenSSH's form
}

// String keeps the secret out of logs, whatever verb prints it.
func (c Credential) String() string { return "credential(" + string(c.Kind) + ")" }

// GoString is String for %#v.
func (c Credential) GoString() string { return c.String() }

// Request says what to fetch.
type Request struct {
	URL        paas.RepoURL
	Ref        paas.Ref // "" is the default branch
	Credential Credential
}

// Tree is a checked-out commit. Close removes it.
type Tree struct {
	Dir    string // absolute; without .git. Symbolic links in it may point anywhere: read through os.OpenRoot.
	Commit paas.Commit
	Hash   string // git's hash of the root tree, submodules' commits included: equal hashes are equal files

	submodules []submodule // not filled yet
}

// Close removes the tree from disk.
func (t *Tree) Close() error {
	if err := os.RemoveAll(t.Dir); err != nil {
		return fmt.Errorf("remove a checked-out tree: %w", err)
	}
	return nil
}

// Fetch resolves the ref, fetches its commit and checks it out. Its error is ctx's, a *paas.Diagnosis that says what is
// wrong with the repository, or the platform's own.
func (f *Fetcher) Fetch(ctx context.Context, r Request) (*Tree, error) {
	select {
	case f.slots <- struct{}{}:
		defer func() { <-f.slots }()
	case <-ctx.Done():
		return nil, context.Cause(ctx)
	}
	ctx, cancel := context.WithTimeoutCause(ctx, f.o.Timeout, errTimeout)
	defer cancel()
	return f.fetch(ctx, r, 0)
}

// fetch is Fetch for a repository that is so many submodules deep.
func (f *Fetcher) fetch(ctx context.Context, r Request, depth int) (*Tree, error) {
	tree, err := f.fetchOne(ctx, r)
	if err != nil {
		return nil, err
	}
	if err := f.fillSubmodules(ctx, r, tree, depth); err != nil {
		return nil, errors.Join(err, tree.Close())
	}
	return tree, nil
}

func (f *Fetcher) fetchOne(ctx context.Context, r Request) (*Tree, error) {
	g, done, err := f.open(ctx, r.URL, r.Credential)
	if err != nil {
		return nil, err
	}
	defer done()
	tree, err := g.fetch(r.Ref)
	return tree, g.explain(ctx, err)
}

// Branches lists the repository's branches, the default one first, then by name.
func (f *Fetcher) Branches(ctx context.Context, url paas.RepoURL, c Credential) ([]string, error) {
	g, done, err := f.open(ctx, url, c)
	if err != nil {
		return nil, err
	}
	defer done()
	branches, err := g.branches()
	return branches, g.explain(ctx, err)
}

// open checks the address against the operator's rules and readies git for it. done must be called.
func (f *Fetcher) open(ctx context.Context, url paas.RepoURL, c Credential) (g *git, done func(), err error) {
	if url.Local() && !f.o.AllowLocal {
		return nil, nil, paas.FieldErrorf("repo", "Repositories on Slipway's own machine are not allowed here. Use an https or ssh address.")
	}
	key := cacheKey(url, c)
	unlock, err := f.locks.lock(ctx, key)
	if err != nil {
		return nil, nil, (&git{f: f, url: url}).explain(ctx, err)
	}
	run, cancel := context.WithTimeoutCause(ctx, f.o.Timeout, errTimeout)
	g = &git{ctx: run, f: f, url: url, credential: c, repo: f.dir("repos", key+".git")}
	done = func() {
		cancel()
		g.clean()
		unlock()
	}
	if err := g.prepare(); err != nil {
		done()
		return nil, nil, g.explain(ctx, err)
	}
	return g, done, nil
}

// cacheKey names a repository's cache. The secret is part of the hash, so that a revoked token finds nothing.
func cacheKey(url paas.RepoURL, c Credential) string {
	sum := sha256.Sum256([]byte(url.String() + "\x00" + string(c.Kind) + "\x00" + c.Username + "\x00" + c.Secret))
	return hex.EncodeToString(sum[:16])
}
