package source

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/slipway-paas/slipway/server/paas"
)

// fetched is the name the cache gives to what was last fetched; it exists only under the repository's lock.
const fetched = "refs/slipway/fetched"

var (
	errEmpty = errors.New("the repository has no commit")
	errNoRef = errors.New("no branch, tag or commit has that name")
)

func (g *git) fetch(ref paas.Ref) (*Tree, error) {
	revision, err := g.bring(ref)
	if err != nil {
		return nil, err
	}
	commit, hash, err := g.describe(revision)
	if err != nil {
		return nil, err
	}
	tree := &Tree{Commit: commit, Hash: hash}
	if tree.Dir, tree.submodules, err = g.checkOut(commit.SHA); err != nil {
		return nil, err
	}
	return tree, nil
}

// bring gets the commit ref points at into the cache and returns how to call it there. The repository is asked every
// time, also for what the cache holds: only it knows whether this credential may read, and where a branch is now.
func (g *git) bring(ref paas.Ref) (revision string, err error) {
	if ref.IsCommit() {
		return g.bringNamed(ref)
	}
	// Nearly always it is a branch: then one connection does. HEAD is the default branch.
	name := "HEAD"
	switch {
	case strings.HasPrefix(string(ref), "refs/"):
		name = string(ref)
	case ref != "":
		name = "refs/heads/" + string(ref)
	}
	err = g.runFetch("--depth=1", "+"+name+":"+fetched)
	var refused *failure
	if errors.As(err, &refused) && refusedCommit(refused.stderr) {
		return g.bringNamed(ref)
	}
	return fetched, err
}

// bringNamed looks the ref up in what the repository says it has: branches, tags, and commits behind no name.
func (g *git) bringNamed(ref paas.Ref) (revision string, err error) {
	refs, err := g.remoteRefs()
	if err != nil {
		return "", err
	}
	if len(refs.names) == 0 {
		return "", errEmpty
	}
	switch name, sha := refs.find(ref); {
	case name != "" && g.has(sha):
		return sha, nil
	case name != "":
		return fetched, g.runFetch("--depth=1", "+"+name+":"+fetched)
	case !ref.IsCommit():
		return "", errNoRef
	}
	return g.bringCommit(strings.ToLower(string(ref)))
}

// bringCommit gets a commit that no branch or tag points at now. Servers give one by its full hash; for an abbreviated
// one, or from a server that refuses, the branches' history has to be fetched to look there.
func (g *git) bringCommit(sha string) (revision string, err error) {
	if g.has(sha) {
		return sha, nil
	}
	if len(sha) == 40 || len(sha) == 64 {
		err := g.runFetch("--depth=1", "+"+sha+":"+fetched)
		var refused *failure
		if !errors.As(err, &refused) || !refusedCommit(refused.stderr) {
			return fetched, err
		}
	}
	history := []string{"+refs/heads/*:refs/slipway/heads/*"}
	if _, err := os.Stat(filepath.Join(g.repo, "shallow")); err == nil {
		history = append([]string{"--unshallow"}, history...)
	}
	return sha, g.runFetch(history...)
}

func refusedCommit(stderr string) bool {
	return strings.Contains(stderr, "not our ref") || strings.Contains(stderr, "unadvertised object") || strings.Contains(stderr, "couldn't find remote ref")
}

// runFetch runs git fetch; the last of options is the refspec.
func (g *git) runFetch(options ...string) error {
	args := []string{"--git-dir=" + g.repo, "fetch", "--quiet", "--no-tags", "--force", "--no-write-fetch-head", "--no-recurse-submodules", "--no-auto-maintenance"}
	last := len(options) - 1
	args = append(args, options[:last]...)
	return g.runSized(append(args, "--", g.url.String(), options[last])...)
}

// has reports whether the cache holds the commit; a commit is only there together with its files.
func (g *git) has(sha string) bool {
	_, err := g.run("--git-dir="+g.repo, "cat-file", "-e", sha+"^{commit}")
	return err == nil
}

// describe tells of the commit behind a name or hash of the cache, through annotated tags.
func (g *git) describe(revision string) (commit paas.Commit, treeHash string, err error) {
	out, err := g.run("--git-dir="+g.repo, "show", "--no-patch", "--no-show-signature", "--no-notes", "--encoding=UTF-8",
		"--format=%H%x00%an%x00%ae%x00%aI%x00%T%x00%s", "--end-of-options", revision+"^{commit}")
	var failed *failure
	if errors.As(err, &failed) {
		return commit, "", errNoRef // a tag may point at something that is no commit
	}
	if err != nil {
		return commit, "", err
	}
	fields := strings.SplitN(strings.TrimRight(out, "\n"), "\x00", 6)
	if len(fields) != 6 {
		return commit, "", fmt.Errorf("git show: unexpected answer %q", out)
	}
	at, err := time.Parse(time.RFC3339, fields[3])
	if err != nil {
		at = time.Time{} // git keeps dates that no clock ever showed
	}
	for i, f := range fields {
		fields[i] = strings.ToValidUTF8(f, "\uFFFD")
	}
	return paas.Commit{SHA: fields[0], Author: fields[1], Email: fields[2], Subject: fields[5], At: at.UTC()}, fields[4], nil
}

// checkOut writes the commit's files to a folder of their own, after it has counted them: a few kilobytes of history
// can unpack to more than any disk holds.
func (g *git) checkOut(sha string) (dir string, subs []submodule, err error) {
	if err := g.weigh(sha); err != nil {
		return "", nil, err
	}
	dir, err = os.MkdirTemp(g.f.dir("trees"), "")
	if err != nil {
		return "", nil, fmt.Errorf("make room for a tree: %w", err)
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, os.RemoveAll(dir))
		}
	}()
	index := filepath.Join(g.f.dir("trees"), filepath.Base(dir)+".index")
	defer os.Remove(index)
	g.env = append(g.env, "GIT_INDEX_FILE="+index)
	if _, err := g.run("--git-dir="+g.repo, "read-tree", "--no-recurse-submodules", sha); err != nil {
		return "", nil, err
	}
	// Absolute, with a slash at its end: git takes the prefix as it stands.
	if _, err := g.run("--git-dir="+g.repo, "--work-tree="+dir, "checkout-index", "--all", "--force", "--quiet", "--prefix="+dir+"/"); err != nil {
		return "", nil, err
	}
	if err := os.Chmod(dir, 0o755); err != nil {
		return "", nil, fmt.Errorf("open a tree: %w", err)
	}
	subs, err = g.submodules(sha, dir)
	return dir, subs, err
}

// maxFiles is how many files a commit may have; the largest known open repositories have some 500,000.
const maxFiles = 1_000_000

func (g *git) weigh(sha string) error {
	ctx, stop := context.WithCancelCause(g.ctx)
	defer stop(nil)
	r, w := io.Pipe()
	listed := make(chan error, 1)
	go func() {
		err := g.stream(ctx, w, "--git-dir="+g.repo, "ls-tree", "-r", "-l", "-z", "--full-tree", sha)
		w.Close()
		listed <- err
	}()
	var bytes, files int64
	scan := bufio.NewScanner(r)
	scan.Buffer(nil, 1<<20)
	scan.Split(splitNUL)
	for scan.Scan() {
		meta, _, _ := strings.Cut(scan.Text(), "\t")
		if fields := strings.Fields(meta); len(fields) == 4 {
			n, _ := strconv.ParseInt(fields[3], 10, 64) // "-" for a submodule
			bytes += n
		}
		if files++; files > maxFiles || bytes > g.f.o.MaxBytes {
			stop(errTooLarge)
			break
		}
	}
	r.CloseWithError(errTooLarge) // lets git's copy end when we stopped reading
	err := <-listed
	if cause := context.Cause(ctx); cause != nil {
		return cause
	}
	return errors.Join(err, scan.Err())
}

func splitNUL(data []byte, atEOF bool) (advance int, token []byte, err error) {
	if i := slices.Index(data, 0); i >= 0 {
		return i + 1, data[:i], nil
	}
	if atEOF && len(data) > 0 {
		return len(data), data, nil
	}
	return 0, nil, nil
}
