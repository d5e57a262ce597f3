package source_test

import (
	"errors"
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

// link commits a submodule of the commit sha at libs/part, with an address as .gitmodules has it.
func (r repo) link(t *testing.T, url, sha string) {
	t.Helper()
	write(t, filepath.Join(r.work, ".gitmodules"), "[submodule \"part\"]\n\tpath = libs/part\n\turl = "+url+"\n")
	git(t, r.work, "add", "--", ".gitmodules")
	git(t, r.work, "update-index", "--add", "--cacheinfo", "160000,"+sha+",libs/part")
	git(t, r.work, "commit", "--quiet", "-m", "Link a part")
	git(t, r.work, "push", "--quiet", "origin", "main")
}

func TestSubmodulesAreFetchedAtTheirCommits(t *testing.T) {
	t.Parallel()
	part := newRepo(t)
	other := serveHTTP(t, part.root, false)
	tests := map[string]string{
		"by an address of its own": other.URL + "/shop.git",
		"relative to the parent's": "../part.git",
	}
	for name, url := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := newRepo(t)
			if err := os.Symlink(part.bare, filepath.Join(r.root, "part.git")); err != nil {
				t.Fatal(err)
			}
			r.link(t, url, part.first)
			private := serveHTTP(t, r.root, true)
			f := fetcher(t, source.Options{AllowLocal: true})
			tree, err := f.Fetch(t.Context(), source.Request{
				URL:        parse(t, private.URL+"/shop.git"),
				Credential: source.Credential{Kind: paas.CredentialToken, Secret: testToken},
			})
			if err != nil {
				t.Fatal(err)
			}
			defer tree.Close()
			want := []string{".gitmodules", "README", "apps/web/index.html", "libs/part/README"}
			if files := listed(t, tree.Dir); !slices.Equal(files, want) {
				t.Errorf("checked out %q, want %q", files, want)
			}
		})
	}
}

func TestSubmodulesThatAreRefused(t *testing.T) {
	t.Parallel()
	var mu sync.Mutex
	var told []string
	thief := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, q *http.Request) {
		mu.Lock()
		defer mu.Unlock()
		told = append(told, q.Header.Get("Authorization"))
		w.Header().Set("WWW-Authenticate", `Basic realm="give it to me"`)
		http.Error(w, "", http.StatusUnauthorized)
	}))
	t.Cleanup(thief.Close)
	elsewhere := strings.Replace(thief.URL, "127.0.0.1", "localhost", 1)
	tests := map[string]struct {
		url  string
		want paas.Code
		says string
	}{
		"a path of Slipway's machine":          {"/etc", paas.CodeUnreachable, "Slipway's own machine"},
		"a file address":                       {"file:///etc", paas.CodeUnreachable, "Slipway's own machine"},
		"a program instead of an address":      {"ext::touch /tmp/x", paas.CodeUnreachable, "libs/part"},
		"an option instead of an address":      {"--upload-pack=x", paas.CodeUnreachable, "libs/part"},
		"another host, which gets no token":    {elsewhere + "/part.git", paas.CodeRepoAuth, "without a token"},
		"a repository that links itself again": {"./", paas.CodeRepoTooLarge, "submodules"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			r := newRepo(t)
			sha := r.second
			r.link(t, tt.url, sha)
			if tt.url == "./" { // every commit links one that links again
				for range 4 {
					r.link(t, tt.url, git(t, r.work, "rev-parse", "HEAD"))
				}
			}
			private := serveHTTP(t, r.root, true)
			f := fetcher(t, source.Options{AllowLocal: true})
			_, err := f.Fetch(t.Context(), source.Request{
				URL:        parse(t, private.URL+"/shop.git"),
				Credential: source.Credential{Kind: paas.CredentialToken, Secret: testToken},
			})
			var d *paas.Diagnosis
			if !errors.As(err, &d) || d.Code != tt.want || !strings.Contains(d.Cause, tt.says) {
				t.Errorf("got %v, want %s with %q", err, tt.want, tt.says)
			}
		})
	}
	mu.Lock()
	defer mu.Unlock()
	for _, header := range told {
		if header != "" {
			t.Errorf("another host was given %q", header)
		}
	}
}

func TestPruneRemovesCachesThatNobodyUsed(t *testing.T) {
	t.Parallel()
	r := newRepo(t)
	dir := t.TempDir()
	f := fetcher(t, source.Options{Dir: dir, AllowLocal: true})
	caches := func() int {
		entries, err := os.ReadDir(filepath.Join(dir, "repos"))
		if err != nil {
			t.Fatal(err)
		}
		return len(entries)
	}
	fetch := func() {
		tree, err := f.Fetch(t.Context(), source.Request{URL: parse(t, r.bare)})
		if err != nil {
			t.Fatal(err)
		}
		tree.Close()
	}
	fetch()
	if err := f.Prune(t.Context(), time.Hour); err != nil || caches() != 1 {
		t.Errorf("a cache in use is gone (%v)", err)
	}
	if err := f.Prune(t.Context(), -time.Hour); err != nil || caches() != 0 {
		t.Errorf("an unused cache stayed (%v)", err)
	}
	fetch() // and is simply made again
}
