package paas

import (
	"net/url"
	"path"
	"strings"
)

// RepoURL is the address of a git repository, parsed once. It never carries a secret: addresses with a password or a
// token in them are refused, because addresses are shown, logged and kept. The zero value is no address.
type RepoURL struct {
	text     string // what git is given
	protocol string
	host     string // without user and port; "" for a local path
	path     string
}

// MaxRepoURL is how long an address may be, in bytes; as long as git hosts allow and short enough for any column.
const MaxRepoURL = 1000

// The protocols of a RepoURL; the same words as in git's GIT_ALLOW_PROTOCOL.
const (
	ProtocolHTTPS = "https"
	ProtocolHTTP  = "http"
	ProtocolSSH   = "ssh"
	ProtocolGit   = "git"
	ProtocolFile  = "file"
)

// ParseRepoURL understands https, http, ssh, git and file addresses, the short ssh form git@host:owner/name, absolute
// local paths, and host.example/owner/name as it stands in a browser's bar (read as https). Whether local addresses may
// be used is the operator's decision: see Local.
func ParseRepoURL(s string) (RepoURL, error) {
	s = strings.TrimSpace(s)
	switch {
	case s == "":
		return RepoURL{}, repoError("Enter the address of a git repository, such as https://git.example.com/team/app.git.")
	case len(s) > MaxRepoURL:
		return RepoURL{}, repoError("The repository address is longer than %d characters.", MaxRepoURL)
	case strings.ContainsFunc(s, unprintable) || strings.Contains(s, " "):
		return RepoURL{}, repoError("The repository address must not contain spaces or control characters.")
	case strings.HasPrefix(s, "-"):
		return RepoURL{}, repoError("A repository address does not begin with a dash.")
	case strings.HasPrefix(s, "/"):
		return localRepo(s)
	case strings.Contains(s, "://"):
		return parseRepoScheme(s)
	case strings.Contains(s, "::"):
		return RepoURL{}, repoError("Addresses of the form helper::address are not allowed.")
	}
	if r, ok := parseRepoSCP(s); ok {
		return r, nil
	}
	if host, rest, ok := strings.Cut(s, "/"); ok && strings.Contains(host, ".") && !strings.HasPrefix(host, ".") && rest != "" {
		return parseRepoScheme("https://" + s)
	}
	return RepoURL{}, repoError("%q is not a repository address. Use https://host/team/app.git or git@host:team/app.git.", s)
}

func parseRepoScheme(s string) (RepoURL, error) {
	u, err := url.Parse(s)
	if err != nil {
		// The parser's error repeats the address, which may hold a secret: the person gets a sentence of our own.
		return RepoURL{}, repoError("That repository address cannot be read. Use https://host/team/app.git.")
	}
	protocol := strings.ToLower(u.Scheme)
	switch protocol {
	case ProtocolFile:
		if u.Host != "" && u.Host != "localhost" || u.User != nil {
			return RepoURL{}, repoError("A file address names a path on this machine: file:///path/to/repository.")
		}
		return localRepo(u.Path)
	case ProtocolHTTPS, ProtocolHTTP, ProtocolGit:
		if u.User != nil {
			return RepoURL{}, repoError("Leave user, password and token out of the address and enter the token in its own field.")
		}
	case ProtocolSSH:
		if _, has := u.User.Password(); has {
			return RepoURL{}, repoError("Leave the password out of the address; ssh repositories are opened with a deploy key.")
		}
	default:
		return RepoURL{}, repoError("Repositories are reached by https, http, ssh or git, not by %q.", u.Scheme)
	}
	host := u.Hostname()
	switch {
	case !validHost(host):
		return RepoURL{}, repoError("The repository address names no valid host.")
	case strings.HasPrefix(u.User.Username(), "-"):
		return RepoURL{}, repoError("The user in the repository address must not begin with a dash.")
	case strings.Trim(u.Path, "/") == "":
		return RepoURL{}, repoError("The repository address names a host but no repository on it.")
	case u.RawQuery != "" || u.Fragment != "":
		return RepoURL{}, repoError("Leave everything from ? or # on out of the repository address.")
	case strings.ContainsFunc(u.Path, unprintable):
		return RepoURL{}, repoError("The repository address must not contain spaces or control characters.")
	}
	u.Scheme, u.Path = protocol, strings.TrimRight(u.Path, "/")
	u.RawPath = ""
	return RepoURL{text: u.String(), protocol: protocol, host: strings.ToLower(host), path: u.Path}, nil
}

// parseRepoSCP reads user@host:path. Without a user it must not look like anything else (C:\dir, host:port/path).
func parseRepoSCP(s string) (RepoURL, bool) {
	where, p, ok := strings.Cut(s, ":")
	if !ok || strings.Trim(p, "/") == "" || strings.Contains(where, "/") {
		return RepoURL{}, false
	}
	user, host, ok := strings.Cut(where, "@")
	if !ok || user == "" || strings.HasPrefix(user, "-") || !validHost(host) {
		return RepoURL{}, false
	}
	p = strings.TrimRight(p, "/")
	return RepoURL{text: where + ":" + p, protocol: ProtocolSSH, host: strings.ToLower(host), path: p}, true
}

func localRepo(p string) (RepoURL, error) {
	if !strings.HasPrefix(p, "/") || strings.ContainsFunc(p, unprintable) {
		return RepoURL{}, repoError("A local repository is given by its absolute path.")
	}
	p = path.Clean(p)
	if p == "/" {
		return RepoURL{}, repoError("A local repository is given by its absolute path, not by / alone.")
	}
	return RepoURL{text: p, protocol: ProtocolFile, path: p}, nil
}

func repoError(format string, args ...any) *Error { return FieldErrorf("repo", format, args...) }

// validHost accepts names and addresses as they may stand in a URL. A leading dash would be an option to ssh.
func validHost(host string) bool {
	return host != "" && len(host) <= 253 && host[0] != '-' && !strings.ContainsFunc(host, func(r rune) bool {
		letter := r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z'
		return !letter && (r < '0' || r > '9') && r != '.' && r != '-' && r != '_' && r != ':' && r < 0x80
	})
}

// String is the address as git takes it.
func (r RepoURL) String() string { return r.text }

// IsZero reports whether there is no address.
func (r RepoURL) IsZero() bool { return r.text == "" }

// Protocol is one of the Protocol constants.
func (r RepoURL) Protocol() string { return r.protocol }

// Host is the host's name or address in lower case, "" for a local path.
func (r RepoURL) Host() string { return r.host }

// Local reports whether the address is a path on the machine that fetches, which only an operator may allow.
func (r RepoURL) Local() bool { return r.protocol == ProtocolFile }

// Name is the repository's own name, a good first guess for an app's: "shop" of git@host:team/shop.git.
func (r RepoURL) Name() string { return strings.TrimSuffix(path.Base(r.path), ".git") }

// MarshalText gives the address as text, for JSON and databases.
func (r RepoURL) MarshalText() ([]byte, error) { return []byte(r.text), nil }

// UnmarshalText parses the address; empty text is the zero value.
func (r *RepoURL) UnmarshalText(text []byte) (err error) {
	if len(text) == 0 {
		*r = RepoURL{}
		return nil
	}
	*r, err = ParseRepoURL(string(text))
	return err
}
