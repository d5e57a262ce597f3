package docker

import (
	"net/netip"
	"slices"
	"testing"

	"github.com/slipway-paas/slipway/executor/engine"
)

func TestFreeSubnet(t *testing.T) {
	t.Parallel()
	pool := netip.MustParsePrefix("10.0.0.0/20")
	tests := map[string]struct {
		taken []string
		begin uint32
		want  string
	}{
		"the first":                             {nil, 0, "10.0.0.0/22"},
		"the search begins at the name's place": {nil, 2, "10.0.8.0/22"},
		"it wraps around":                       {[]string{"10.0.12.0/22"}, 3, "10.0.0.0/22"},
		"a small overlap is one":                {[]string{"10.0.1.128/32"}, 0, "10.0.4.0/22"},
		"a large one too":                       {[]string{"10.0.0.0/21"}, 0, "10.0.8.0/22"},
		"a full pool has none":                  {[]string{"10.0.0.0/8"}, 0, ""},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var taken []netip.Prefix
			for _, s := range tt.taken {
				taken = append(taken, netip.MustParsePrefix(s))
			}
			got, ok := freeSubnet(pool, taken, tt.begin)
			if ok != (tt.want != "") || ok && got.String() != tt.want {
				t.Errorf("got %v, %v; want %q", got, ok, tt.want)
			}
		})
	}
}

func TestDefaultInterface(t *testing.T) {
	t.Parallel()
	table := "Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\t\tMTU\tWindow\tIRTT\n" +
		"docker0\t000011AC\t00000000\t0001\t0\t0\t0\t0000FFFF\t0\t0\t0\n" +
		"eth0\t00000000\t010012AC\t0003\t0\t0\t0\t00000000\t0\t0\t0\n"
	if got := defaultInterface(table); got != "eth0" {
		t.Errorf("got %q", got)
	}
	if got := defaultInterface(""); got != "" {
		t.Errorf("of nothing: %q", got)
	}
}

func TestParseListeners(t *testing.T) {
	t.Parallel()
	tcp := "  sl  local_address rem_address   st tx_queue rx_queue\n" +
		"   0: 0B00007F:A1B2 00000000:0000 0A 00000000:00000000\n" + // Docker's resolver
		"   1: 0100007F:1F90 00000000:0000 0A 00000000:00000000\n" +
		"   2: 00000000:0BB8 00000000:0000 0A 00000000:00000000\n" +
		"   3: 020011AC:1F90 010011AC:C350 01 00000000:00000000\n" + // a connection
		"   4: rubbish\n"
	tcp6 := "  sl  local_address                         remote_address                        st\n" +
		"   0: 00000000000000000000000000000000:0050 00000000000000000000000000000000:0000 0A\n" +
		"   1: 00000000000000000000000001000000:0051 00000000000000000000000000000000:0000 0A\n" +
		"   2: 0000000000000000FFFF00000100007F:0052 00000000000000000000000000000000:0000 0A\n"
	got := append(parseListeners(tcp), parseListeners(tcp6)...)
	want := []engine.Listener{{Port: 8080, Loopback: true}, {Port: 3000}, {Port: 80}, {Port: 81, Loopback: true}, {Port: 82, Loopback: true}}
	if !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}

func TestRuncWarning(t *testing.T) {
	t.Parallel()
	for version, warns := range map[string]bool{"1.1.5+ds1-1+deb12u1": true, "1.2.7": true, "1.2.8": false, "1.3.0": false, "2.0.0": false, "v1.0.0-0-g84113ee": true, "84113eef6fc27af1b01b3181f31bbaf708715301": false, "": false} {
		if got := runcWarning(version); (got != "") != warns {
			t.Errorf("runc %q: %q", version, got)
		}
	}
}
