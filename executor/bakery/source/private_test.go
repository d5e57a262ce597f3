package source

import (
	"context"
	"errors"
	"net"
	"slices"
	"testing"

	"github.com/slipway-paas/slipway/server/paas"
)

// names is a resolver that knows what it was told.
type names map[string][]string

func (n names) LookupIPAddr(_ context.Context, host string) ([]net.IPAddr, error) {
	var found []net.IPAddr
	for _, s := range n[host] {
		found = append(found, net.IPAddr{IP: net.ParseIP(s)})
	}
	if len(found) == 0 {
		return nil, errors.New("no such host")
	}
	return found, nil
}

func TestSomeHostsAreNeverFetchedFrom(t *testing.T) {
	t.Parallel()
	resolver := names{"forge.example": {"93.184.216.34"}, "10.1.2.3": {"10.1.2.3"}, "keys.example": {"93.184.216.34", "169.254.169.254"}, "169.254.169.254": {"169.254.169.254"},
		"fe80::1": {"fe80::1"}, "fd00:ec2::254": {"fd00:ec2::254"}, "localhost": {"127.0.0.1", "::1"}, "0.0.0.0": {"0.0.0.0"}, "::ffff:169.254.169.254": {"::ffff:169.254.169.254"}}
	tests := map[string]struct {
		host           string
		allowed, local bool // local: where the machine's own repositories are allowed
	}{
		"a forge":                            {"forge.example", true, true},
		"the company's own network":          {"10.1.2.3", true, true},
		"a name that nobody knows":           {"nobody.example", true, true}, // git says so
		"the cloud's keys":                   {"169.254.169.254", false, false},
		"the cloud's keys, IPv4 in IPv6":     {"::ffff:169.254.169.254", false, false},
		"the cloud's keys by IPv6":           {"fd00:ec2::254", false, false},
		"the cloud's keys by a name":         {"keys.example", false, false},
		"the cloud's keys as one number":     {"2852039166", false, false},
		"the cloud's keys in hexadecimal":    {"0xa9fea9fe", false, false},
		"another machine on the same wire":   {"fe80::1", false, false},
		"this machine":                       {"localhost", false, true},
		"this machine by an unusual address": {"0.0.0.0", false, true},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for _, local := range []bool{false, true} {
				f, err := New(Options{Dir: t.TempDir(), AllowLocal: local})
				if err != nil {
					t.Fatal(err)
				}
				f.resolver = resolver
				want := tt.allowed
				if local {
					want = tt.local
				}
				if err := f.reachable(t.Context(), tt.host); (err == nil) != want {
					t.Errorf("local repositories allowed %t: got %v", local, err)
				}
			}
		})
	}
}

func TestAddressesArePinnedWhenPrivateOnesAreRefused(t *testing.T) {
	t.Parallel()
	resolver := names{"forge.example": {"93.184.216.34"}, "mixed.example": {"93.184.216.34", "10.0.0.1"}, "carrier.example": {"100.64.1.1"}, "nat64.example": {"64:ff9b::7f00:1"}}
	tests := map[string]struct {
		url  string
		want []string // entries that tie git to the address; none means refused
	}{
		"https":                      {"https://forge.example/a/b", []string{"GIT_CONFIG_VALUE_12=forge.example:443:93.184.216.34"}},
		"http with a port":           {"http://forge.example:3000/a/b", []string{"GIT_CONFIG_VALUE_12=forge.example:3000:93.184.216.34"}},
		"one address is private":     {"https://mixed.example/a/b", nil},
		"a carrier's shared range":   {"https://carrier.example/a/b", nil},
		"loopback behind NAT64":      {"https://nat64.example/a/b", nil},
		"a name that nobody knows":   {"https://nobody.example/a/b", nil},
		"git:// cannot be tied down": {"git://forge.example/a/b", nil},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f, err := New(Options{Dir: t.TempDir(), RefusePrivate: true})
			if err != nil {
				t.Fatal(err)
			}
			f.resolver = resolver
			url, err := paas.ParseRepoURL(tt.url)
			if err != nil {
				t.Fatal(err)
			}
			g := &git{ctx: t.Context(), f: f, url: url}
			pinned, err := f.addresses(t.Context(), url)
			if tt.want == nil {
				if err == nil {
					t.Errorf("allowed at %v", pinned)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			env, err := g.environment(pinned)
			if err != nil {
				t.Fatal(err)
			}
			for _, want := range append(tt.want, "GIT_ALLOW_PROTOCOL=https:http:ssh") {
				if !slices.Contains(env, want) {
					t.Errorf("%s is not in git's environment: %q", want, env)
				}
			}
		})
	}
}

func FuzzParseRefs(f *testing.F) {
	f.Add("ref: refs/heads/main\tHEAD\nabc\tHEAD\nabc\trefs/heads/main\n")
	f.Fuzz(func(t *testing.T, out string) {
		refs := parseRefs(out)
		if got := refs.branches(); len(got) > len(refs.names) {
			t.Errorf("%d branches of %d refs", len(got), len(refs.names))
		}
		refs.find("")
	})
}
