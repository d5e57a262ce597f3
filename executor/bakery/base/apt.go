package base

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
)

// host is what the machine's own apt knows about reaching Debian.
type host struct {
	mirrors []string // sources.list lines for the wanted suite; none on a machine that is not Debian
	options []string // proxies and the like, in apt.conf's form
}

// readHost reads apt's configuration: a machine that reaches Debian by a mirror or a proxy of its company tells so there.
func readHost(ctx context.Context, dir, suite string) (host, error) {
	var h host
	archives, err := debianArchives(dir)
	if err != nil {
		return h, err
	}
	for _, a := range archives {
		if a.security {
			h.mirrors = append(h.mirrors, "deb "+a.uri+" "+suite+"-security main")
		} else {
			h.mirrors = append(h.mirrors, "deb "+a.uri+" "+suite+" main", "deb "+a.uri+" "+suite+"-updates main")
		}
	}
	out, err := exec.CommandContext(ctx, "apt-config", "dump").Output()
	if err != nil && !errors.Is(err, exec.ErrNotFound) {
		return h, fmt.Errorf("ask apt for its configuration: %w", err)
	}
	h.options = reachOptions(string(out))
	return h, nil
}

// reachOptions keeps, of a dump of apt's configuration, what decides how archives are reached.
func reachOptions(dump string) []string {
	var kept []string
	for line := range strings.Lines(dump) {
		line = strings.TrimSpace(line)
		name, value, _ := strings.Cut(line, " ")
		lower := strings.ToLower(name)
		if value == `"";` || strings.Contains(lower, "cainfo") || strings.Contains(lower, "sslcert") || strings.Contains(lower, "sslkey") {
			continue // files of this machine are not in the image; layers name the bundle themselves
		}
		for _, prefix := range []string{"acquire::http::proxy", "acquire::https::proxy", "acquire::check-valid-until", "acquire::check-date", "acquire::retries", "acquire::http::timeout"} {
			if strings.HasPrefix(lower, prefix) && !strings.Contains(lower, "detect") {
				kept = append(kept, strings.TrimSuffix(line, ";"))
			}
		}
	}
	slices.Sort(kept)
	return kept
}

type archive struct {
	uri      string
	security bool
}

// debianArchives lists Debian's archives among the machine's sources, in both of apt's formats.
func debianArchives(dir string) ([]archive, error) {
	var uris []string
	files := []string{filepath.Join(dir, "sources.list")}
	more, err := filepath.Glob(filepath.Join(dir, "sources.list.d", "*"))
	if err != nil {
		return nil, fmt.Errorf("list apt's sources: %w", err)
	}
	for _, file := range append(files, more...) {
		parse := oneLine
		switch filepath.Ext(file) {
		case ".list":
		case ".sources":
			parse = deb822
		default:
			continue // as apt does
		}
		text, err := os.ReadFile(file)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return nil, fmt.Errorf("read apt's sources: %w", err)
		}
		uris = append(uris, parse(string(text))...)
	}
	var found []archive
	for _, uri := range uris {
		u, err := url.Parse(uri)
		if err != nil || u.User != nil || (u.Scheme != "http" && u.Scheme != "https") {
			continue
		}
		uri = strings.TrimRight(uri, "/")
		last := uri[strings.LastIndex(uri, "/")+1:]
		a := archive{uri: uri, security: last == "debian-security"}
		if (last == "debian" || a.security) && !slices.Contains(found, a) {
			found = append(found, a)
		}
	}
	if !slices.ContainsFunc(found, func(a archive) bool { return !a.security }) {
		return nil, nil // not a Debian machine: mmdebstrap knows Debian's default
	}
	return found, nil
}

func oneLine(text string) (uris []string) {
	for line := range strings.Lines(text) {
		rest, ok := strings.CutPrefix(strings.TrimSpace(line), "deb ")
		if !ok {
			continue
		}
		if i := strings.Index(rest, "]"); strings.HasPrefix(strings.TrimSpace(rest), "[") && i >= 0 {
			rest = rest[i+1:]
		}
		if fields := strings.Fields(rest); len(fields) > 0 {
			uris = append(uris, fields[0])
		}
	}
	return uris
}

func deb822(text string) (uris []string) {
	var types, stanza []string
	enabled := true
	end := func() {
		if enabled && slices.Contains(types, "deb") {
			uris = append(uris, stanza...)
		}
		types, stanza, enabled = nil, nil, true
	}
	scan := bufio.NewScanner(strings.NewReader(text))
	for scan.Scan() {
		line := strings.TrimSpace(scan.Text())
		name, value, _ := strings.Cut(line, ":")
		switch {
		case line == "":
			end()
		case strings.EqualFold(name, "Types"):
			types = strings.Fields(value)
		case strings.EqualFold(name, "URIs"):
			stanza = strings.Fields(value)
		case strings.EqualFold(name, "Enabled"):
			enabled = !strings.EqualFold(strings.TrimSpace(value), "no")
		}
	}
	end()
	return uris
}
