package docker

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"sync"
	"time"
)

// metadataAddress is where clouds hand out the machine's own credentials. A task that reaches it becomes the machine.
const metadataAddress = "169.254.169.254"

// guardEvery is how often the firewall is looked at: other programs reload it.
const guardEvery = time.Minute

// guard keeps tasks away from the machine's metadata service by one rule for all of Slipway's bridges.
type guard struct {
	mu      sync.Mutex
	checked time.Time
	warning string
}

// ensure puts the rule in place, where this process may, and returns what the operator should know.
func (g *guard) ensure(ctx context.Context, local bool) string {
	g.mu.Lock()
	defer g.mu.Unlock()
	if !g.checked.IsZero() && time.Since(g.checked) < guardEvery {
		return g.warning
	}
	g.checked, g.warning = time.Now(), ""
	by := "block it in the firewall"
	if local && os.Geteuid() == 0 {
		err := blockMetadata(ctx)
		if err == nil {
			return ""
		}
		by = fmt.Sprintf("block it in the firewall (iptables: %v)", err)
	}
	g.warning = fmt.Sprintf("Tasks may reach the cloud's metadata service at %s: %s.", metadataAddress, by)
	return g.warning
}

// blockMetadata adds the rule to the chain that Docker leaves to its users, unless it is there.
func blockMetadata(ctx context.Context) error {
	rule := []string{"DOCKER-USER", "-i", bridgePrefix + "+", "-d", metadataAddress + "/32", "-j", "REJECT"}
	if iptables(ctx, append([]string{"-C"}, rule...)) == nil {
		return nil
	}
	return iptables(ctx, append([]string{"-I"}, rule...))
}

func iptables(ctx context.Context, args []string) error {
	ctx, cancel := context.WithTimeout(ctx, readDeadline)
	defer cancel()
	var stderr bytes.Buffer
	c := exec.CommandContext(ctx, "iptables", append([]string{"-w", "5"}, args...)...) // -w: wait for others, 5 s
	c.Stderr = &stderr
	if err := c.Run(); err != nil {
		return fmt.Errorf("%w %s", err, strings.TrimSpace(stderr.String()))
	}
	return nil
}
