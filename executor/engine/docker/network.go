package docker

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/docker/docker/api/types/network"

	"github.com/slipway-paas/slipway/executor/engine"
)

// DefaultPool is where the networks of teams get their addresses: 1,024 networks of 1,022 addresses, as many ports as a
// Linux bridge can have (BR_MAX_PORTS). Docker's own pool has room for about 30 networks only, and its ranges are the
// ones that offices and VPNs use.
var DefaultPool = netip.MustParsePrefix("10.208.0.0/12")

const (
	subnetBits = 22
	// bridgePrefix begins the interface name of every bridge, so that one firewall rule holds for all of them.
	bridgePrefix = "slw"
)

var errNoSubnet = errors.New("no free subnet in the address pool")

// EnsureNetwork implements engine.Engine. Docker allows two networks of one name but not two bridges: the bridge's name
// decides a race, and whoever loses waits for the winner's network to appear.
func (e *Engine) EnsureNetwork(ctx context.Context, n engine.Network) error {
	var refused error
	var taken []netip.Prefix
	name := networkName(e.install, n)
	if _, seen := e.networks.Load(name); seen {
		return nil // a start that fails forgets it
	}
	for range settleTries {
		known, err := e.api.networks(ctx)
		if err != nil {
			return err
		}
		if slices.ContainsFunc(known, func(k network.Summary) bool { return k.Name == name }) {
			e.networks.Store(name, true)
			return nil
		}
		subnet, ok := freeSubnet(e.pool, append(subnets(known), taken...), hash(name))
		if !ok {
			return fmt.Errorf("network %s: %w", name, errNoSubnet)
		}
		if refused = e.api.createNetwork(ctx, name, networkRequest(e.install, n, subnet, mtuOf(known))); refused == nil {
			e.networks.Store(name, true)
			return nil
		}
		switch text := refused.Error(); {
		case strings.Contains(text, "overlap"): // the engine knows of a network that cannot be seen from here
			taken = append(taken, subnet)
		case strings.Contains(text, "bridge name"), strings.Contains(text, "already exists"):
			select {
			case <-ctx.Done():
				return ctx.Err()
			case <-time.After(settlePause):
			}
		default:
			return refused
		}
	}
	return refused
}

// subnets are the addresses that are in use.
func subnets(known []network.Summary) []netip.Prefix {
	taken := hostSubnets()
	for _, k := range known {
		for _, c := range k.IPAM.Config {
			if p, err := netip.ParsePrefix(c.Subnet); err == nil {
				taken = append(taken, p)
			}
		}
	}
	return taken
}

// mtuOf is the smaller one of the host's MTU and what the engine was told to use for its own bridge.
func mtuOf(known []network.Summary) int {
	mtu := hostMTU()
	for _, k := range known {
		if k.Name == network.NetworkBridge {
			mtu = smallest(mtu, k.Options[mtuOption])
		}
	}
	return mtu
}

const mtuOption = "com.docker.network.driver.mtu"

// networkRequest is pure. Containers of one network reach each other; Docker's own rules keep networks apart.
func networkRequest(install string, n engine.Network, subnet netip.Prefix, mtu int) network.CreateOptions {
	name := networkName(install, n)
	options := map[string]string{
		"com.docker.network.bridge.name":                 bridgePrefix + hex.EncodeToString(sum(name)[:5]), // 13 of at most 15 characters
		"com.docker.network.bridge.enable_icc":           "true",
		"com.docker.network.bridge.enable_ip_masquerade": "true",
	}
	if mtu > 0 {
		options[mtuOption] = strconv.Itoa(mtu)
	}
	return network.CreateOptions{
		Driver:  "bridge",
		IPAM:    &network.IPAM{Driver: "default", Config: []network.IPAMConfig{{Subnet: subnet.String()}}},
		Options: options,
		Labels: map[string]string{
			labelInstall: install, labelTeam: strconv.FormatInt(n.Team, 10), labelEnv: n.Environment,
		},
	}
}

// freeSubnet finds a subnet of the pool that overlaps none that is taken. The search begins at a place of the name's
// own, so that a team gets the same addresses again and two installs seldom want the same.
func freeSubnet(pool netip.Prefix, taken []netip.Prefix, begin uint32) (netip.Prefix, bool) {
	bits := max(subnetBits, pool.Bits())
	count := uint32(1) << (bits - pool.Bits())
	base := pool.Masked().Addr().As4()
	first := uint32(base[0])<<24 | uint32(base[1])<<16 | uint32(base[2])<<8 | uint32(base[3])
search:
	for i := range count {
		at := first + ((begin+i)%count)<<(32-bits)
		subnet := netip.PrefixFrom(netip.AddrFrom4([4]byte{byte(at >> 24), byte(at >> 16), byte(at >> 8), byte(at)}), bits)
		for _, t := range taken {
			if t.Overlaps(subnet) {
				continue search
			}
		}
		return subnet, true
	}
	return netip.Prefix{}, false
}

func sum(s string) []byte { h := sha256.Sum256([]byte(s)); return h[:] }

func hash(s string) uint32 {
	h := sum(s)
	return uint32(h[0])<<24 | uint32(h[1])<<16 | uint32(h[2])<<8 | uint32(h[3])
}

// hostSubnets are the machine's own networks; a remote engine checks its routes itself.
func hostSubnets() []netip.Prefix {
	addresses, err := net.InterfaceAddrs()
	if err != nil {
		return nil
	}
	var subnets []netip.Prefix
	for _, a := range addresses {
		if p, err := netip.ParsePrefix(a.String()); err == nil {
			subnets = append(subnets, p.Masked())
		}
	}
	return subnets
}

// hostMTU is the MTU of the interface that has the default route, 0 when unknown. A bridge with a larger one would
// lose large packets silently.
func hostMTU() int {
	routes, err := os.ReadFile("/proc/net/route")
	if err != nil {
		return 0
	}
	return smallest(0, interfaceMTU(defaultInterface(string(routes))))
}

// defaultInterface reads the kernel's table: interface, destination and gateway in hex, and more.
func defaultInterface(routes string) string {
	for line := range strings.Lines(routes) {
		if f := strings.Fields(line); len(f) > 7 && f[1] == "00000000" && f[7] == "00000000" {
			return f[0]
		}
	}
	return ""
}

func interfaceMTU(name string) string {
	if name == "" || strings.ContainsAny(name, "/.") {
		return ""
	}
	mtu, err := os.ReadFile(filepath.Join("/sys/class/net", name, "mtu"))
	if err != nil {
		return ""
	}
	return strings.TrimSpace(string(mtu))
}

// smallest is the smaller of two MTUs, where 0 and what is no number mean unknown.
func smallest(mtu int, other string) int {
	n, err := strconv.Atoi(other)
	switch {
	case err != nil || n <= 0:
		return mtu
	case mtu == 0:
		return n
	}
	return min(mtu, n)
}

func (e *Engine) removeNetworks(ctx context.Context) error {
	e.networks.Clear()
	known, err := e.api.networks(ctx)
	for _, k := range known {
		if k.Labels[labelInstall] == e.install {
			err = errors.Join(err, e.api.removeNetwork(ctx, k.ID))
		}
	}
	return err
}
