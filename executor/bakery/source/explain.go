package source

import (
	"context"
	"errors"
	"fmt"
	"os/exec"
	"strings"
	"unicode"

	"github.com/slipway-paas/slipway/server/paas"
)

// explain turns the end of a fetch into what the person needs to know. parent is the caller's own context.
func (g *git) explain(parent context.Context, err error) error {
	var asked *paas.Error
	var known *paas.Diagnosis
	var failed *failure
	switch {
	case err == nil:
		return nil
	case parent.Err() != nil && !errors.Is(context.Cause(parent), errTimeout):
		return context.Cause(parent)
	case errors.As(err, &asked), errors.As(err, &known):
		return err
	case errors.Is(err, errTimeout):
		return paas.Diagnose(paas.CodeFetchTimeout, fmt.Sprintf("Fetching from %s was stopped after %s, its limit.", g.where(), g.f.o.Timeout))
	case errors.Is(err, errTooLarge):
		return paas.Diagnose(paas.CodeRepoTooLarge, fmt.Sprintf("The repository or its files take more than %s, the limit.", paas.Bytes(g.f.o.MaxBytes)))
	case errors.Is(err, errEmpty):
		return paas.Diagnose(paas.CodeEmptyRepo, fmt.Sprintf("The repository %s has no commit yet.", g.url))
	case errors.Is(err, errNoRef):
		return paas.Diagnose(paas.CodeNoSuchRef, fmt.Sprintf("The repository %s has no such branch, tag or commit.", g.url))
	case errors.As(err, &failed):
		return g.explainFailure(failed)
	}
	return fmt.Errorf("fetch the source: %w", err)
}

// where is the host for sentences.
func (g *git) where() string {
	if g.url.Local() {
		return g.url.String()
	}
	return g.url.Host()
}

// complaints are git's, curl's and ssh's own words (LC_ALL=C), the surest first.
var complaints = []struct {
	says  []string
	code  paas.Code
	cause func(g *git) string
}{
	{[]string{"No space left on device"}, paas.CodePlatformFault, func(*git) string { return "The disk of the machine that fetches is full." }},
	{[]string{"cannot run ssh"}, paas.CodePlatformFault, func(*git) string { return "The program ssh is not installed on this machine." }},
	{[]string{"REMOTE HOST IDENTIFICATION HAS CHANGED", "Host key verification failed"}, paas.CodeUnreachable, func(g *git) string {
		return "The host " + g.where() + " shows another ssh key than before. If that is right, the operator must remove the old one."
	}},
	{[]string{"could not read Username", "could not read Password", "Authentication failed", "terminal prompts disabled", "Permission denied (", "Access denied",
		"error: 401", "error: 403", "no mutual signature", "invalid format", "error in libcrypto"}, paas.CodeRepoAuth, func(g *git) string {
		switch g.credential.Kind {
		case paas.CredentialToken:
			return "The host " + g.where() + " did not accept the token."
		case paas.CredentialSSHKey:
			return "The host " + g.where() + " did not accept the deploy key."
		}
		return "The host " + g.where() + " lets nobody read the repository without a token or a deploy key."
	}},
	{[]string{"Could not resolve host", "Name or service not known", "Temporary failure in name resolution", "unable to look up"}, paas.CodeUnreachable, func(g *git) string {
		return "The host " + g.where() + " is not known."
	}},
	{[]string{"Connection refused", "Connection timed out", "Connection reset", "No route to host", "Network is unreachable", "Failed to connect", "Couldn't connect", "unable to connect", "Operation too slow"},
		paas.CodeUnreachable, func(g *git) string { return "The host " + g.where() + " does not answer." }},
	{[]string{"SSL certificate", "server certificate", "SSL peer", "certificate verify failed"}, paas.CodeUnreachable, func(g *git) string {
		return "The host " + g.where() + " shows a certificate that this machine does not trust."
	}},
	{[]string{"couldn't find remote ref", "not our ref", "unadvertised object"}, paas.CodeNoSuchRef, func(g *git) string {
		return "The repository " + g.url.String() + " has no such branch, tag or commit."
	}},
	{[]string{"epository not found", "does not appear to be a git repository", "not found", "error: 404", "access denied or repository not exported", "does not exist"},
		paas.CodeUnreachable, func(g *git) string { return "There is no repository at " + g.url.String() + "." }},
	{[]string{"unable to update url base from redirection", "error: 301", "error: 302", "error: 307", "error: 308"}, paas.CodeUnreachable, func(g *git) string {
		return "The host " + g.where() + " sends on to another address. Use that one."
	}},
}

func (g *git) explainFailure(f *failure) error {
	if errors.Is(f.err, exec.ErrNotFound) {
		return fmt.Errorf("%w: %w", paas.Diagnose(paas.CodePlatformFault, "The program git is not installed on this machine."), f)
	}
	for _, c := range complaints {
		for _, words := range c.says {
			if strings.Contains(f.stderr, words) {
				return paas.Diagnose(c.code, c.cause(g), evidence(f.stderr)...)
			}
		}
	}
	return paas.Diagnose(paas.CodeUnreachable, "The repository "+g.url.String()+" cannot be fetched.", evidence(f.stderr)...)
}

// evidence is what git said, without control characters. No secret is in it: git never learns one from an address.
func evidence(stderr string) []string {
	var lines []string
	for line := range strings.Lines(stderr) {
		line = strings.Map(func(r rune) rune {
			if unicode.IsPrint(r) {
				return r
			}
			return -1
		}, strings.TrimSpace(line))
		if line != "" {
			lines = append(lines, line)
		}
	}
	return lines[max(0, len(lines)-10):]
}
