package source

import (
	"context"
	"net"
	"net/netip"
	"strings"

	"github.com/slipway-paas/slipway/server/paas"
)

// addresses checks where the repository's host is. When the operator refuses private addresses it returns those that git
// must then use: a name that resolves to something else a moment later gains nothing.
func (f *Fetcher) addresses(ctx context.Context, url paas.RepoURL) ([]net.IP, error) {
	if url.Local() {
		return nil, nil
	}
	if !f.o.RefusePrivate {
		return nil, f.reachable(ctx, url.Host())
	}
	if url.Protocol() == paas.ProtocolGit {
		return nil, paas.FieldErrorf("repo", "Repositories are not fetched by git:// here. Use https or ssh.")
	}
	found, err := f.resolver.LookupIPAddr(ctx, url.Host())
	if err != nil {
		return nil, paas.Diagnose(paas.CodeUnreachable, "The host "+url.Host()+" is not known.")
	}
	var ips []net.IP
	for _, a := range found {
		if !public(a.IP) {
			return nil, paas.FieldErrorf("repo", "The host %s is on a private network, which this Slipway does not fetch from.", url.Host())
		}
		ips = append(ips, a.IP)
	}
	return ips, nil
}

// reachable refuses the hosts where no repository ever is, but something that trusts this machine: link-local addresses,
// with the clouds' keys at 169.254.169.254, and this machine itself unless its own repositories are allowed.
func (f *Fetcher) reachable(ctx context.Context, host string) error {
	found, err := f.resolver.LookupIPAddr(ctx, host)
	if err != nil {
		if last := host[strings.LastIndexByte(host, '.')+1:]; last != "" && last[0] >= '0' && last[0] <= '9' { // "2852039166" is an address to curl
			return paas.FieldErrorf("repo", "%q is not the name of a host.", host)
		}
		return nil // git says what is wrong; behind a proxy nothing is
	}
	for _, a := range found {
		switch {
		case a.IP.IsLinkLocalUnicast(), a.IP.IsMulticast(), a.IP.Equal(net.IPv4bcast), cloudKeys.Equal(a.IP):
			return paas.FieldErrorf("repo", "The host %s has an address on which no repository is fetched (%s).", host, a.IP)
		case (a.IP.IsLoopback() || a.IP.IsUnspecified()) && !f.o.AllowLocal:
			return paas.FieldErrorf("repo", "The host %s is Slipway's own machine, from which no repository is fetched here.", host)
		}
	}
	return nil
}

// cloudKeys is where EC2 serves a machine's keys over IPv6.
var cloudKeys = net.ParseIP("fd00:ec2::254")

// Ranges that are neither private nor global by net's words. Source: IANA's special-purpose address registries.
var special = []netip.Prefix{
	netip.MustParsePrefix("0.0.0.0/8"),      // this network
	netip.MustParsePrefix("100.64.0.0/10"),  // shared by carriers
	netip.MustParsePrefix("192.0.0.0/24"),   // protocol assignments
	netip.MustParsePrefix("198.18.0.0/15"),  // benchmarks
	netip.MustParsePrefix("240.0.0.0/4"),    // reserved
	netip.MustParsePrefix("64:ff9b::/96"),   // IPv4 behind NAT64
	netip.MustParsePrefix("64:ff9b:1::/48"), // likewise, local
	netip.MustParsePrefix("2002::/16"),      // IPv4 inside 6to4
	netip.MustParsePrefix("2001::/32"),      // Teredo
	netip.MustParsePrefix("fec0::/10"),      // the old site-local
}

func public(ip net.IP) bool {
	addr, ok := netip.AddrFromSlice(ip)
	if !ok {
		return false
	}
	addr = addr.Unmap()
	if !addr.IsGlobalUnicast() || addr.IsPrivate() || addr.IsLoopback() || addr.IsLinkLocalUnicast() {
		return false
	}
	for _, p := range special {
		if p.Contains(addr) {
			return false
		}
	}
	return true
}
