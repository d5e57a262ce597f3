package source

import (
	"cmp"
	"errors"
	"fmt"
	"net"
	"net/url"
	"os"
	"path/filepath"
	"strings"

	"github.com/slipway-paas/slipway/server/paas"
)

// passedOn are the machine's variables that git keeps: where programs are, how the network is reached and trusted.
var passedOn = []string{
	"PATH", "TMPDIR", "HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "ALL_PROXY", "http_proxy", "https_proxy", "no_proxy", "all_proxy",
	"SSL_CERT_FILE", "SSL_CERT_DIR", "GIT_SSL_CAINFO", "GIT_SSL_CAPATH",
}

// environment is everything git sees. pinned are the only addresses it may connect to; nil leaves it the choice.
func (g *git) environment(pinned []net.IP) ([]string, error) {
	protocols := "https:http:ssh:git"
	if g.f.o.RefusePrivate {
		protocols = "https:http:ssh"
	}
	if g.f.o.AllowLocal {
		protocols += ":file"
	}
	env := []string{
		"HOME=" + g.f.dir("home"),
		"LC_ALL=C", // explain reads git's English
		"GIT_CONFIG_NOSYSTEM=1",
		"GIT_CONFIG_GLOBAL=" + g.globalConfig(),
		"GIT_TERMINAL_PROMPT=0",
		"GIT_ASKPASS=/bin/false",
		"SSH_ASKPASS=/bin/false",
		"GIT_ALLOW_PROTOCOL=" + protocols,
		"GIT_HTTP_LOW_SPEED_LIMIT=100", // bytes a second …
		"GIT_HTTP_LOW_SPEED_TIME=60",   // … for so many seconds is a dead connection
		"GIT_NO_REPLACE_OBJECTS=1",
		"GIT_ADVICE=0",
	}
	for _, name := range passedOn {
		if value, ok := os.LookupEnv(name); ok {
			env = append(env, name+"="+value)
		}
	}
	var s settings
	s.set("core.hooksPath", "/dev/null")
	s.set("core.fsmonitor", "false")
	s.set("core.protectNTFS", "true")
	s.set("gc.auto", "0")
	s.set("maintenance.auto", "false")
	s.set("protocol.version", "2")
	s.set("submodule.recurse", "false")
	s.set("fetch.recurseSubmodules", "false")
	s.set("credential.helper", "")
	s.set("init.defaultBranch", "main")
	s.set("core.bigFileThreshold", "16m") // larger files are not held in memory
	if g.f.o.RefusePrivate {
		s.set("http.followRedirects", "false")
	}
	for _, ip := range pinned {
		if g.url.Protocol() != paas.ProtocolSSH {
			s.set("http.curloptResolve", resolveEntry(g.url, ip))
		}
	}
	more, err := g.authenticate(&s, pinned)
	if err != nil {
		return nil, err
	}
	return append(append(env, more...), s.environ()...), nil
}

// globalConfig is the file git takes for the user's configuration: none, but for a local path one of our own. There git starts
// a second one in the repository, which reads no options from its environment and refuses the folder of another user,
// such as that of whoever ran `sudo make up`. The operator allowed local paths, whoever owns them.
func (g *git) globalConfig() string {
	if g.url.Local() {
		return g.f.dir("home", localConfig)
	}
	return os.DevNull
}

const localConfig = "local.gitconfig"

// resolveEntry ties the address's host and port to ip, in curl's form.
func resolveEntry(r paas.RepoURL, ip net.IP) string {
	port := map[string]string{paas.ProtocolHTTPS: "443", paas.ProtocolHTTP: "80"}[r.Protocol()]
	if u, err := url.Parse(r.String()); err == nil {
		port = cmp.Or(u.Port(), port)
	}
	return r.Host() + ":" + port + ":" + ip.String()
}

// authenticate readies the credential: in files of a private folder that lives as long as this use, so that it is on no
// command line, in no address and in no log, and is given to no other host than the repository's.
func (g *git) authenticate(s *settings, pinned []net.IP) ([]string, error) {
	switch g.url.Protocol() {
	case paas.ProtocolSSH:
		return g.sshCommand(pinned)
	case paas.ProtocolHTTP, paas.ProtocolHTTPS:
		if g.credential.Kind != paas.CredentialToken {
			return nil, nil
		}
		u, err := url.Parse(g.url.String())
		if err != nil {
			return nil, fmt.Errorf("read a parsed address again: %w", err)
		}
		// Any name does on GitHub, GitLab and Gitea when the password is a token.
		u.User = url.UserPassword(cmp.Or(g.credential.Username, "git"), g.credential.Secret)
		u.Path = ""
		file, err := g.secretFile("credentials", u.String()+"\n")
		if err != nil {
			return nil, err
		}
		s.set("credential.helper", "store --file="+shellQuote(file))
	}
	return nil, nil
}

// sshCommand makes ssh use the deploy key and nothing of the machine's own: no agent, no configuration, no password.
// A host is trusted when it is first seen and must show the same key from then on.
func (g *git) sshCommand(pinned []net.IP) ([]string, error) {
	identity := "none"
	if g.credential.Kind == paas.CredentialSSHKey {
		file, err := g.secretFile("key", strings.TrimSpace(g.credential.Secret)+"\n")
		if err != nil {
			return nil, err
		}
		identity = file
	}
	lines := []string{
		"IdentityFile " + sshQuote(identity),
		"IdentitiesOnly yes",
		"IdentityAgent none",
		"UserKnownHostsFile " + sshQuote(g.f.dir("known_hosts")),
		"GlobalKnownHostsFile none",
		"StrictHostKeyChecking accept-new",
		"BatchMode yes",
		"ConnectTimeout 20",
		"ServerAliveInterval 15",
		"ForwardAgent no",
		"PermitLocalCommand no",
	}
	if len(pinned) > 0 {
		lines = append(lines, "HostName "+pinned[0].String(), "HostKeyAlias "+g.url.Host())
	}
	config, err := g.secretFile("ssh_config", strings.Join(lines, "\n")+"\n")
	if err != nil {
		return nil, err
	}
	// git hands this to a shell: it holds nothing but the name of our own file.
	return []string{"GIT_SSH_COMMAND=ssh -F " + shellQuote(config), "GIT_SSH_VARIANT=ssh"}, nil
}

func (g *git) secretFile(name, text string) (string, error) {
	if g.private == "" {
		dir, err := os.MkdirTemp(g.f.dir("run"), "")
		if err != nil {
			return "", fmt.Errorf("make a folder for a credential: %w", err)
		}
		g.private = dir
	}
	file := filepath.Join(g.private, name)
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		return "", errors.Join(fmt.Errorf("write a credential: %w", err), os.RemoveAll(g.private))
	}
	return file, nil
}

func shellQuote(s string) string { return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'" }

func sshQuote(s string) string { return `"` + strings.ReplaceAll(s, `"`, `\"`) + `"` }
