package paas_test

import (
	"errors"
	"io/fs"
	"strings"
	"testing"

	"github.com/slipway-paas/slipway/server/paas"
)

func TestParseRepoURL(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		in, want, protocol, host, name string // want "" means refused
	}{
		"an https address":                      {"https://git.example.com/team/shop.git", "https://git.example.com/team/shop.git", "https", "git.example.com", "shop"},
		"an http address with a port":           {"http://127.0.0.1:3000/a/b", "http://127.0.0.1:3000/a/b", "http", "127.0.0.1", "b"},
		"a scheme in capitals":                  {"HTTPS://Git.Example.com/A/B", "https://Git.Example.com/A/B", "https", "git.example.com", "B"},
		"spaces around are cut":                 {"  https://h.example/a/b/ \n", "https://h.example/a/b", "https", "h.example", "b"},
		"as it stands in the browser's bar":     {"git.example.com/team/shop", "https://git.example.com/team/shop", "https", "git.example.com", "shop"},
		"an ssh address":                        {"ssh://git@host.example:2222/team/shop.git", "ssh://git@host.example:2222/team/shop.git", "ssh", "host.example", "shop"},
		"the short ssh form":                    {"git@host.example:team/shop.git", "git@host.example:team/shop.git", "ssh", "host.example", "shop"},
		"the short ssh form at the root":        {"git@host.example:shop.git", "git@host.example:shop.git", "ssh", "host.example", "shop"},
		"the git protocol":                      {"git://host.example/shop", "git://host.example/shop", "git", "host.example", "shop"},
		"an absolute path":                      {"/srv/repos/../shop", "/srv/shop", "file", "", "shop"},
		"a file address":                        {"file:///srv/shop.git", "/srv/shop.git", "file", "", "shop"},
		"an IPv6 host":                          {"https://[::1]:8443/a/b", "https://[::1]:8443/a/b", "https", "::1", "b"},
		"nothing":                               {in: ""},
		"an option":                             {in: "--upload-pack=touch /tmp/x"},
		"an option without spaces":              {in: "-oProxyCommand=x"},
		"an ssh host that is an option":         {in: "ssh://-oProxyCommand=x/a"},
		"a short ssh host that is an option":    {in: "git@-oProxyCommand=x:a/b"},
		"an ssh user that is an option":         {in: "ssh://-l@host.example/a"},
		"a remote helper":                       {in: "ext::sh -c touch% /tmp/x"},
		"a remote helper without a space":       {in: "ext::x"},
		"an unknown scheme":                     {in: "ftp://host.example/a/b"},
		"a token in the address":                {in: "https://ghp_secret@host.example/a/b"},
		"a password in the address":             {in: "https://me:secret@host.example/a/b"},
		"an ssh password in the address":        {in: "ssh://git:secret@host.example/a/b"},
		"a host only":                           {in: "https://host.example/"},
		"a query":                               {in: "https://host.example/a?b=c"},
		"a fragment":                            {in: "https://host.example/a#readme"},
		"an encoded line break":                 {in: "https://host.example/a%0ab"},
		"a space inside":                        {in: "https://host.example/a b"},
		"a file address of another machine":     {in: "file://host.example/srv/a"},
		"the root of the machine":               {in: "/"},
		"a relative path":                       {in: "../shop"},
		"a word":                                {in: "shop"},
		"a Windows path":                        {in: `C:\repos\shop`},
		"a broken address":                      {in: "https://[::1/a"},
		"more than a thousand characters":       {in: "https://host.example/" + strings.Repeat("a", 1000)},
		"a NUL":                                 {in: "https://host.example/a\x00b"},
		"a direction mark that hides its end":   {in: "https://host.example/a\u202eb"},
		"a short form with nothing after colon": {in: "git@host.example:"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, err := paas.ParseRepoURL(tt.in)
			if tt.want == "" {
				var e *paas.Error
				if !errors.As(err, &e) || e.Field != "repo" || e.Kind != paas.Invalid {
					t.Fatalf("ParseRepoURL(%q) = %v, %v; want a field error", tt.in, got, err)
				}
				if strings.Contains(e.Message, "secret") {
					t.Errorf("the message repeats the secret: %s", e.Message)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if got.String() != tt.want || got.Protocol() != tt.protocol || got.Host() != tt.host || got.Name() != tt.name {
				t.Errorf("got %q %q %q %q, want %q %q %q %q", got, got.Protocol(), got.Host(), got.Name(), tt.want, tt.protocol, tt.host, tt.name)
			}
		})
	}
}

func FuzzParseRepoURL(f *testing.F) {
	for _, s := range []string{"https://h.example/a/b.git", "git@h:a/b", "/srv/x", "file:///x", "ext::sh", "ssh://u@h:22/~/x", "h.example/a", "-x"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		r, err := paas.ParseRepoURL(s)
		if err != nil {
			return
		}
		if strings.HasPrefix(r.String(), "-") || strings.HasPrefix(r.Host(), "-") || strings.Contains(r.String(), "::") && r.Host() == "" && !r.Local() {
			t.Errorf("%q was accepted as %q", s, r)
		}
		again, err := paas.ParseRepoURL(r.String())
		if err != nil || again != r {
			t.Errorf("%q became %q, which became %q, %v", s, r, again, err)
		}
	})
}

func TestParseRef(t *testing.T) {
	t.Parallel()
	for _, good := range []string{"", "main", "feature/x-1", "v1.2.3", "refs/heads/main", "0123456789abcdef0123456789abcdef01234567", "ünï"} {
		if got, err := paas.ParseRef(" " + good + " "); err != nil || string(got) != good {
			t.Errorf("ParseRef(%q) = %q, %v", good, got, err)
		}
	}
	for _, bad := range []string{"-main", "--upload-pack=x", "a..b", "a b", "a~1", "a^", "a:b", "a?b", "a*b", "a[b", `a\b`, "/a", "a/", "a//b", "a.",
		".a", "a/.b", "a.lock", "@", "a@{1}", "a\x7fb", "a\nb", strings.Repeat("x", 300)} {
		var e *paas.Error
		if got, err := paas.ParseRef(bad); !errors.As(err, &e) || e.Field != "ref" {
			t.Errorf("ParseRef(%q) = %q, %v; want a field error", bad, got, err)
		}
	}
}

func TestRefIsCommit(t *testing.T) {
	t.Parallel()
	for ref, want := range map[paas.Ref]bool{"": false, "main": false, "abc123": false, "abc1234": true, "DEADBEEF": true, "abc123g": false} {
		if got := ref.IsCommit(); got != want {
			t.Errorf("Ref(%q).IsCommit() = %v, want %v", ref, got, want)
		}
	}
}

func FuzzParseRef(f *testing.F) {
	f.Add("main")
	f.Add("-x")
	f.Fuzz(func(t *testing.T, s string) {
		if r, err := paas.ParseRef(s); err == nil && (strings.HasPrefix(string(r), "-") || strings.ContainsAny(string(r), " \n\x00:")) {
			t.Errorf("%q was accepted", s)
		}
	})
}

func TestParseSubdir(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]paas.Subdir{"": ".", ".": ".", "/": ".", "apps/web": "apps/web", "./apps/web/": "apps/web", "/apps//web": "apps/web", "a/../b": "b"} {
		if got, err := paas.ParseSubdir(in); err != nil || got != want {
			t.Errorf("ParseSubdir(%q) = %q, %v; want %q", in, got, err, want)
		}
	}
	for _, bad := range []string{"..", "../x", "a/../../b", `a\b`, "a\x00b", ".git", "a/.GIT/hooks", strings.Repeat("x", 501)} {
		var e *paas.Error
		if got, err := paas.ParseSubdir(bad); !errors.As(err, &e) || e.Field != "root" {
			t.Errorf("ParseSubdir(%q) = %q, %v; want a field error", bad, got, err)
		}
	}
}

func FuzzParseSubdir(f *testing.F) {
	f.Add("../x")
	f.Fuzz(func(t *testing.T, s string) {
		if d, err := paas.ParseSubdir(s); err == nil && !fs.ValidPath(d.Path()) {
			t.Errorf("%q was accepted as %q", s, d)
		}
	})
}
