package source_test

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/slipway-paas/slipway/executor/bakery/source"
	"github.com/slipway-paas/slipway/server/paas"
)

// TestEveryWayToARepository fetches the same repository by each protocol.
func TestEveryWayToARepository(t *testing.T) {
	t.Parallel()
	r := newRepo(t)
	open, private := serveHTTP(t, r.root, false), serveHTTP(t, r.root, true)
	daemon := serveGit(t, r.root)
	port, key := serveSSH(t)
	tests := map[string]struct {
		url        string
		credential source.Credential
	}{
		"by a local path":               {url: r.bare},
		"by a work tree's path":         {url: r.work},
		"by http":                       {url: open.URL + "/shop.git"},
		"by http with a token":          {url: private.URL + "/shop.git", credential: source.Credential{Kind: paas.CredentialToken, Secret: testToken}},
		"by http with a token and name": {url: private.URL + "/shop.git", credential: source.Credential{Kind: paas.CredentialToken, Username: testUser, Secret: testToken}},
		"by git":                        {url: "git://" + daemon + "/shop.git"},
		"by ssh with a deploy key":      {url: sshURL(t, port, r.bare), credential: source.Credential{Kind: paas.CredentialSSHKey, Secret: key}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := fetcher(t, source.Options{AllowLocal: true})
			url := parse(t, tt.url)
			tree, err := f.Fetch(t.Context(), source.Request{URL: url, Credential: tt.credential})
			if err != nil {
				t.Fatal(err)
			}
			want := paas.Commit{SHA: r.second, Author: "Ada", Email: "ada@example.com", Subject: "Second commit", At: tree.Commit.At}
			if tree.Commit != want || time.Since(tree.Commit.At) > time.Hour {
				t.Errorf("got %+v, want %+v", tree.Commit, want)
			}
			if got := git(t, r.work, "rev-parse", r.second+"^{tree}"); tree.Hash != got {
				t.Errorf("tree hash %s, want %s", tree.Hash, got)
			}
			files := listed(t, tree.Dir)
			if !slices.Equal(files, []string{"README", "apps/web/index.html"}) {
				t.Errorf("checked out %q", files)
			}
			branches, err := f.Branches(t.Context(), url, tt.credential)
			if err != nil || !slices.Equal(branches, []string{"main", "feature/x"}) {
				t.Errorf("branches %q, %v", branches, err)
			}
			if err := tree.Close(); err != nil {
				t.Fatal(err)
			}
			if _, err := os.Stat(tree.Dir); !errors.Is(err, fs.ErrNotExist) {
				t.Errorf("the tree is still there: %v", err)
			}
		})
	}
}

func listed(t *testing.T, dir string) []string {
	t.Helper()
	var files []string
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			rel, _ := filepath.Rel(dir, path)
			files = append(files, rel)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return files
}

func TestEveryKindOfRef(t *testing.T) {
	t.Parallel()
	r := newRepo(t)
	server := serveHTTP(t, r.root, false)
	tests := map[string]struct {
		ref  string
		want string
	}{
		"the default branch":                         {"", r.second},
		"a branch":                                   {"feature/x", r.feature},
		"a full name":                                {"refs/heads/feature/x", r.feature},
		"a tag":                                      {"light", r.first},
		"an annotated tag":                           {"v1.0", r.first},
		"a commit that a branch holds":               {r.first, r.first},
		"a commit in capitals":                       {strings.ToUpper(r.first), r.first},
		"an abbreviated commit":                      {r.first[:8], r.first},
		"a commit that nothing holds any more":       {r.orphan, r.orphan},
		"a branch that looks like a commit, if real": {"main", r.second},
	}
	shared := fetcher(t, source.Options{AllowLocal: true})
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			// A cache of its own, and one that all share at the same time.
			for where, f := range map[string]*source.Fetcher{"fresh": fetcher(t, source.Options{AllowLocal: true}), "shared": shared} {
				ref, err := paas.ParseRef(tt.ref)
				if err != nil {
					t.Fatal(err)
				}
				tree, err := f.Fetch(t.Context(), source.Request{URL: parse(t, server.URL+"/shop.git"), Ref: ref})
				if err != nil {
					t.Fatalf("%s: %v", where, err)
				}
				defer tree.Close()
				if tree.Commit.SHA != tt.want {
					t.Errorf("%s: got %s, want %s", where, tree.Commit.SHA, tt.want)
				}
			}
		})
	}
}

func TestABranchIsFetchedWhereItIsNow(t *testing.T) {
	t.Parallel()
	r := newRepo(t)
	f := fetcher(t, source.Options{AllowLocal: true})
	for i := range 3 {
		want := r.push(t, "README", fmt.Sprint("push ", i))
		tree, err := f.Fetch(t.Context(), source.Request{URL: parse(t, r.bare), Ref: "main"})
		if err != nil {
			t.Fatal(err)
		}
		text, err := os.ReadFile(filepath.Join(tree.Dir, "README"))
		if tree.Commit.SHA != want || string(text) != fmt.Sprint("push ", i) || err != nil {
			t.Errorf("got %s with %q, %v; want %s", tree.Commit.SHA, text, err, want)
		}
		tree.Close()
	}
}

func TestConcurrentFetchesShareACache(t *testing.T) {
	t.Parallel()
	r := newRepo(t)
	server := serveHTTP(t, r.root, false)
	dir := t.TempDir()
	f := fetcher(t, source.Options{Dir: dir, AllowLocal: true})
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			tree, err := f.Fetch(t.Context(), source.Request{URL: parse(t, server.URL+"/shop.git")})
			if err != nil {
				t.Error(err)
				return
			}
			defer tree.Close()
			if tree.Commit.SHA != r.second {
				t.Errorf("got %s", tree.Commit.SHA)
			}
		})
	}
	all.Wait()
	caches, err := os.ReadDir(filepath.Join(dir, "repos"))
	if err != nil || len(caches) != 1 {
		t.Errorf("%d caches, %v; want one", len(caches), err)
	}
}

// TestRefusals is the list of what can be wrong with a repository, each with its code.
func TestRefusals(t *testing.T) {
	t.Parallel()
	r := newRepo(t)
	open, private := serveHTTP(t, r.root, false), serveHTTP(t, r.root, true)
	daemon := serveGit(t, r.root)
	port, _ := serveSSH(t)
	otherKey, _ := newKey(t)
	git(t, r.root, "init", "--quiet", "--bare", filepath.Join(r.root, "empty.git"))
	large := newRepo(t)
	noise := make([]byte, 3<<20)
	for i, x := 0, uint64(1); i < len(noise); i++ { // nothing that compresses
		x = x*6364136223846793005 + 1442695040888963407
		noise[i] = byte(x >> 56)
	}
	large.push(t, "noise", string(noise))
	bomb := newRepo(t)
	bomb.push(t, "zeros", strings.Repeat("\x00", 4<<20))
	silent, err := net.Listen("tcp", "127.0.0.1:0") // accepts by the kernel's queue and never says a word
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { silent.Close() })
	wrongToken := source.Credential{Kind: paas.CredentialToken, Secret: "wr0ng-token"}

	tests := map[string]struct {
		url        string
		ref        paas.Ref
		credential source.Credential
		options    source.Options
		want       paas.Code
		says       string
	}{
		"nobody listens":               {url: "http://127.0.0.1:1/shop.git", want: paas.CodeUnreachable, says: "does not answer"},
		"nobody listens by git":        {url: "git://127.0.0.1:1/shop.git", want: paas.CodeUnreachable},
		"nobody listens by ssh":        {url: "ssh://git@127.0.0.1:1/shop.git", want: paas.CodeUnreachable, says: "does not answer"},
		"no such host":                 {url: "https://no-such-host.invalid/shop.git", want: paas.CodeUnreachable, says: "is not known"},
		"no such repository":           {url: open.URL + "/nothing.git", want: paas.CodeUnreachable, says: "There is no repository"},
		"no such repository by git":    {url: "git://" + daemon + "/nothing.git", want: paas.CodeUnreachable, says: "There is no repository"},
		"no such path":                 {url: "/no/such/path", want: paas.CodeUnreachable, says: "There is no repository"},
		"a path that is no repository": {url: r.root, want: paas.CodeUnreachable, says: "There is no repository"},
		"an empty repository":          {url: open.URL + "/empty.git", want: paas.CodeEmptyRepo},
		"no such branch":               {url: open.URL + "/shop.git", ref: "nothing", want: paas.CodeNoSuchRef},
		"no such commit":               {url: open.URL + "/shop.git", ref: "0123456789abcdef0123456789abcdef01234567", want: paas.CodeNoSuchRef},
		"no such short commit":         {url: open.URL + "/shop.git", ref: "0123456", want: paas.CodeNoSuchRef},
		"asks for a password":          {url: private.URL + "/shop.git", want: paas.CodeRepoAuth, says: "without a token"},
		"a wrong token":                {url: private.URL + "/shop.git", credential: wrongToken, want: paas.CodeRepoAuth, says: "did not accept the token"},
		"ssh without a key":            {url: sshURL(t, port, r.bare), want: paas.CodeRepoAuth, says: "without a token"},
		"a wrong key":                  {url: sshURL(t, port, r.bare), credential: source.Credential{Kind: paas.CredentialSSHKey, Secret: otherKey}, want: paas.CodeRepoAuth, says: "did not accept the deploy key"},
		"a key that is none":           {url: sshURL(t, port, r.bare), credential: source.Credential{Kind: paas.CredentialSSHKey, Secret: "nonsense"}, want: paas.CodeRepoAuth},
		"too large":                    {url: large.bare, options: source.Options{MaxBytes: 1 << 20}, want: paas.CodeRepoTooLarge, says: "1 MiB"},
		"too large when unpacked":      {url: bomb.bare, options: source.Options{MaxBytes: 1 << 20}, want: paas.CodeRepoTooLarge, says: "1 MiB"},
		"never answers":                {url: "git://" + silent.Addr().String() + "/shop.git", options: source.Options{Timeout: time.Second}, want: paas.CodeFetchTimeout, says: "1s"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			tt.options.AllowLocal = true
			tt.options.Dir = t.TempDir()
			f := fetcher(t, tt.options)
			tree, err := f.Fetch(t.Context(), source.Request{URL: parse(t, tt.url), Ref: tt.ref, Credential: tt.credential})
			var d *paas.Diagnosis
			if !errors.As(err, &d) {
				t.Fatalf("got %+v, %v; want a diagnosis", tree, err)
			}
			if d.Code != tt.want || !strings.Contains(d.Cause, tt.says) {
				t.Errorf("got %s %q %q, want %s with %q", d.Code, d.Cause, d.Evidence, tt.want, tt.says)
			}
			if all := fmt.Sprintf("%+v %v", d, err); tt.credential.Secret != "" && strings.Contains(all, tt.credential.Secret) {
				t.Errorf("the secret is told: %s", all)
			}
			for _, left := range []string{"trees", "run"} {
				if entries, err := os.ReadDir(filepath.Join(tt.options.Dir, left)); err != nil || len(entries) > 0 {
					t.Errorf("%s is not empty afterwards: %v, %v", left, entries, err)
				}
			}
		})
	}
}

func TestACanceledFetchEnds(t *testing.T) {
	t.Parallel()
	asked := make(chan struct{})
	var once sync.Once
	server := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		once.Do(func() { close(asked) })
		<-r.Context().Done()
	}))
	t.Cleanup(server.Close)
	f := fetcher(t, source.Options{AllowLocal: true})
	ctx, cancel := context.WithCancel(t.Context())
	go func() { <-asked; cancel() }()
	if _, err := f.Fetch(ctx, source.Request{URL: parse(t, server.URL+"/shop.git")}); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v, want canceled", err)
	}
}

func TestATokenIsGivenToItsOwnHostOnly(t *testing.T) {
	t.Parallel()
	var mu sync.Mutex
	var stolen []string
	thief := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, q *http.Request) {
		mu.Lock()
		defer mu.Unlock()
		if auth := q.Header.Get("Authorization"); auth != "" {
			stolen = append(stolen, auth)
		}
		w.Header().Set("WWW-Authenticate", `Basic realm="give it to me"`)
		http.Error(w, "", http.StatusUnauthorized)
	}))
	t.Cleanup(thief.Close)
	lure := httptest.NewServer(http.RedirectHandler(thief.URL+"/shop.git/info/refs?service=git-upload-pack", http.StatusFound))
	t.Cleanup(lure.Close)
	f := fetcher(t, source.Options{AllowLocal: true})
	_, err := f.Fetch(t.Context(), source.Request{URL: parse(t, lure.URL+"/shop.git"), Credential: source.Credential{Kind: paas.CredentialToken, Secret: testToken}})
	if err == nil {
		t.Error("the redirected fetch worked")
	}
	mu.Lock()
	defer mu.Unlock()
	if len(stolen) > 0 {
		t.Errorf("the token was sent to another host: %q", stolen)
	}
}

func TestACredentialsCacheIsItsOwn(t *testing.T) {
	t.Parallel()
	r := newRepo(t)
	private := serveHTTP(t, r.root, true)
	f := fetcher(t, source.Options{AllowLocal: true})
	url := parse(t, private.URL+"/shop.git")
	good := source.Credential{Kind: paas.CredentialToken, Secret: testToken}
	tree, err := f.Fetch(t.Context(), source.Request{URL: url, Ref: paas.Ref(r.second), Credential: good})
	if err != nil {
		t.Fatal(err)
	}
	tree.Close()
	if _, err := f.Fetch(t.Context(), source.Request{URL: url, Ref: paas.Ref(r.second)}); err == nil {
		t.Error("the cached commit was given to somebody without the token")
	}
}

func TestAChangedHostKeyIsRefused(t *testing.T) {
	t.Parallel()
	r := newRepo(t)
	dir := t.TempDir()
	port, key := serveSSH(t)
	f := fetcher(t, source.Options{Dir: dir, AllowLocal: true})
	request := source.Request{URL: parse(t, sshURL(t, port, r.bare)), Credential: source.Credential{Kind: paas.CredentialSSHKey, Secret: key}}
	tree, err := f.Fetch(t.Context(), request)
	if err != nil {
		t.Fatal(err)
	}
	tree.Close()
	_, other := newKey(t)
	write(t, filepath.Join(dir, "known_hosts"), "[127.0.0.1]:"+port+" "+other)
	_, err = f.Fetch(t.Context(), request)
	var d *paas.Diagnosis
	if !errors.As(err, &d) || d.Code != paas.CodeUnreachable || !strings.Contains(d.Cause, "another ssh key") {
		t.Errorf("got %v", err)
	}
}

func TestLocalPathsNeedTheOperatorsLeave(t *testing.T) {
	t.Parallel()
	r := newRepo(t)
	_, err := fetcher(t, source.Options{}).Fetch(t.Context(), source.Request{URL: parse(t, "file://"+r.bare)})
	var e *paas.Error
	if !errors.As(err, &e) || e.Field != "repo" {
		t.Errorf("got %v, want a field error", err)
	}
}

func TestALocalRepositoryMayBelongToSomebodyElse(t *testing.T) {
	t.Parallel()
	if os.Getuid() != 0 {
		t.Log("only root can give a repository away, and only then can it happen")
		return
	}
	r := newRepo(t)
	err := filepath.WalkDir(r.work, func(path string, _ fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		return os.Lchown(path, 12345, 12345)
	})
	if err != nil {
		t.Fatal(err)
	}
	tree, err := fetcher(t, source.Options{AllowLocal: true}).Fetch(t.Context(), source.Request{URL: parse(t, r.work)})
	if err != nil {
		t.Fatal(err)
	}
	tree.Close()
}

func TestPrivateAddressesCanBeRefused(t *testing.T) {
	t.Parallel()
	f := fetcher(t, source.Options{RefusePrivate: true})
	for _, s := range []string{
		"http://127.0.0.1/a", "http://localhost/a", "http://10.1.2.3/a", "http://192.168.1.1/a", "http://169.254.169.254/latest/meta-data", "https://[::1]/a",
		"https://[fd00::1]/a", "https://[::ffff:127.0.0.1]/a", "ssh://git@127.0.0.1/a", "git://127.0.0.1/a", "http://0.0.0.0/a", "http://100.64.0.1/a",
	} {
		_, err := f.Fetch(t.Context(), source.Request{URL: parse(t, s)})
		var e *paas.Error
		if !errors.As(err, &e) || e.Field != "repo" {
			t.Errorf("%s: got %v, want a field error", s, err)
		}
	}
}

func TestHostileTrees(t *testing.T) {
	t.Parallel()
	r := newRepo(t)
	outside := filepath.Join(t.TempDir(), "outside")
	write(t, outside, "secret of the machine")
	if err := os.Symlink(outside, filepath.Join(r.work, "link")); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink("../../../../../../etc/passwd", filepath.Join(r.work, "relative")); err != nil {
		t.Fatal(err)
	}
	// A filter and a hook that the repository brings must not run.
	touched := filepath.Join(t.TempDir(), "touched")
	write(t, filepath.Join(r.work, ".gitattributes"), "* filter=evil diff=evil\n")
	write(t, filepath.Join(r.work, ".gitmodules"), "[submodule \"s\"]\n\tpath = s\n\turl = file://"+r.bare+"\n")
	write(t, filepath.Join(r.bare, "hooks", "post-checkout"), "#!/bin/sh\ntouch "+touched+"\n")
	git(t, r.work, "add", "-A")
	git(t, r.work, "commit", "--quiet", "-m", "Hostile")
	git(t, r.work, "push", "--quiet", "origin", "main")

	tree, err := fetcher(t, source.Options{AllowLocal: true}).Fetch(t.Context(), source.Request{URL: parse(t, r.bare)})
	if err != nil {
		t.Fatal(err)
	}
	defer tree.Close()
	root, err := os.OpenRoot(tree.Dir)
	if err != nil {
		t.Fatal(err)
	}
	defer root.Close()
	for _, link := range []string{"link", "relative"} {
		if text, err := fs.ReadFile(root.FS(), link); err == nil {
			t.Errorf("%s leads out of the tree: %q", link, text)
		}
	}
	if _, err := os.Stat(touched); err == nil {
		t.Error("a hook ran")
	}
}

func TestSecretsAreNotPrinted(t *testing.T) {
	t.Parallel()
	c := source.Credential{Kind: paas.CredentialToken, Username: testUser, Secret: testToken}
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q"} {
		if got := fmt.Sprintf(verb, c); strings.Contains(got, testToken) {
			t.Errorf("%s prints %s", verb, got)
		}
		if got := fmt.Sprintf(verb, source.Request{Credential: c}); strings.Contains(got, testToken) {
			t.Errorf("%s of a request prints %s", verb, got)
		}
	}
}
