package source

import (
	"context"
	"net"
	"net/netip"

	"github.com/slipway-paas/slipway/server/paas"
)

// addresses checks where the repository's host is, when the operator refuses private addresses, and returns the
// addresses git must then use: a name that resolves to something else a moment later gains nothing.
func (f *Fetcher) addresses(ctx context.Context, url paas.RepoURL) ([]net.IP, error) {
	if !f.o.RefusePrivate || url.Local() {
		return nil, nil
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
