package source_test

import (
	"bufio"
	"crypto/ed25519"
	"crypto/rand"
	"encoding/pem"
	"fmt"
	"net"
	"net/http"
	"net/http/cgi"
	"net/http/httptest"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"golang.org/x/crypto/ssh"

	"github.com/slipway-paas/slipway/executor/bakery/source"
	"github.com/slipway-paas/slipway/server/paas"
)

// git runs git for a test's own set-up, away from the machine's configuration.
func git(t *testing.T, dir string, args ...string) string {
	t.Helper()
	cmd := exec.Command("git", append([]string{"-c", "user.name=Ada", "-c", "user.email=ada@example.com", "-c", "init.defaultBranch=main", "-c", "commit.gpgsign=false"}, args...)...)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "GIT_CONFIG_NOSYSTEM=1", "GIT_CONFIG_GLOBAL=/dev/null")
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("git %q: %v\n%s", args, err, out)
	}
	return strings.TrimSpace(string(out))
}

func write(t *testing.T, file, text string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

func commit(t *testing.T, work, file, text, message string) string {
	t.Helper()
	write(t, filepath.Join(work, file), text)
	git(t, work, "add", "--", file)
	git(t, work, "commit", "--quiet", "-m", message)
	return git(t, work, "rev-parse", "HEAD")
}

// repo is a repository for a server to show: root/shop.git, and the work tree that pushes to it.
type repo struct {
	root, bare, work string
	first, second    string // commits of main
	feature          string // commit of the branch feature/x
	orphan           string // commit that no branch or tag holds any more
}

func newRepo(t *testing.T) repo {
	t.Helper()
	dir := t.TempDir()
	r := repo{root: filepath.Join(dir, "root"), bare: filepath.Join(dir, "root", "shop.git"), work: filepath.Join(dir, "work")}
	git(t, dir, "init", "--quiet", "--bare", r.bare)
	git(t, dir, "init", "--quiet", r.work)
	git(t, r.work, "remote", "add", "origin", r.bare)
	r.first = commit(t, r.work, "README", "one", "First commit")
	git(t, r.work, "tag", "light")
	git(t, r.work, "tag", "-a", "v1.0", "-m", "Version 1")
	r.second = commit(t, r.work, "apps/web/index.html", "two", "Second commit")
	git(t, r.work, "checkout", "--quiet", "-b", "feature/x")
	r.feature = commit(t, r.work, "README", "feature", "Feature commit")
	r.orphan = commit(t, r.work, "README", "orphan", "Lost commit")
	git(t, r.work, "push", "--quiet", "origin", "main", "feature/x", "light", "v1.0")
	git(t, r.work, "reset", "--quiet", "--hard", r.feature)
	git(t, r.work, "push", "--quiet", "--force", "origin", "feature/x")
	git(t, r.work, "checkout", "--quiet", "main")
	return r
}

func (r repo) push(t *testing.T, file, text string) string {
	t.Helper()
	sha := commit(t, r.work, file, text, "Change "+file)
	git(t, r.work, "push", "--quiet", "origin", "main")
	return sha
}

const (
	testUser  = "ada"
	testToken = "s3cret+/token"
)

// serveHTTP is a smart HTTP server of git's own; private asks for the token.
func serveHTTP(t *testing.T, root string, private bool) *httptest.Server {
	t.Helper()
	path, err := exec.Command("git", "--exec-path").Output()
	if err != nil {
		t.Fatal(err)
	}
	backend := &cgi.Handler{
		Path:       filepath.Join(strings.TrimSpace(string(path)), "git-http-backend"),
		Env:        []string{"GIT_PROJECT_ROOT=" + root, "GIT_HTTP_EXPORT_ALL=1", "GIT_CONFIG_NOSYSTEM=1", "GIT_CONFIG_GLOBAL=/dev/null"},
		InheritEnv: []string{"PATH"},
	}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		name, token, _ := r.BasicAuth()
		if private && (token != testToken || name == "") {
			w.Header().Set("WWW-Authenticate", `Basic realm="git"`)
			http.Error(w, "who are you?", http.StatusUnauthorized)
			return
		}
		if protocol := r.Header.Get("Git-Protocol"); protocol != "" {
			h := *backend
			h.Env = append(h.Env[:len(h.Env):len(h.Env)], "GIT_PROTOCOL="+protocol)
			h.ServeHTTP(w, r)
			return
		}
		backend.ServeHTTP(w, r)
	}))
	t.Cleanup(server.Close)
	return server
}

// serveGit is a git daemon; it returns host:port.
func serveGit(t *testing.T, root string) string {
	t.Helper()
	port := freePort(t)
	cmd := exec.Command("git", "daemon", "--reuseaddr", "--verbose", "--export-all", "--base-path="+root, "--listen=127.0.0.1", "--port="+port, root)
	cmd.Env = append(os.Environ(), "GIT_CONFIG_NOSYSTEM=1", "GIT_CONFIG_GLOBAL=/dev/null")
	startUntil(t, cmd, "Ready to rumble")
	return "127.0.0.1:" + port
}

// serveSSH is Debian's sshd on a port of its own that lets one key in; it returns the port and that private key.
func serveSSH(t *testing.T) (port, key string) {
	t.Helper()
	sshd, err := exec.LookPath("sshd")
	if err != nil {
		sshd = "/usr/sbin/sshd"
	}
	if _, err := os.Stat(sshd); err != nil {
		t.Fatal("these tests need sshd: apt-get install openssh-server")
	}
	if err := os.MkdirAll("/run/sshd", 0o755); err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	key, public := newKey(t)
	hostKey, _ := newKey(t)
	write(t, filepath.Join(dir, "authorized_keys"), public)
	write(t, filepath.Join(dir, "host_key"), hostKey)
	for _, name := range []string{"authorized_keys", "host_key"} {
		if err := os.Chmod(filepath.Join(dir, name), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	port = freePort(t)
	write(t, filepath.Join(dir, "sshd_config"), strings.Join([]string{
		"Port " + port, "ListenAddress 127.0.0.1", "HostKey " + filepath.Join(dir, "host_key"),
		"AuthorizedKeysFile " + filepath.Join(dir, "authorized_keys"), "StrictModes no", "UsePAM no", "PasswordAuthentication no",
		"KbdInteractiveAuthentication no", "PermitRootLogin prohibit-password", "PidFile none", "LogLevel INFO",
	}, "\n")+"\n")
	startUntil(t, exec.Command(sshd, "-D", "-e", "-f", filepath.Join(dir, "sshd_config")), "Server listening")
	return port, key
}

func newKey(t *testing.T) (private, authorized string) {
	t.Helper()
	public, secret, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	block, err := ssh.MarshalPrivateKey(secret, "")
	if err != nil {
		t.Fatal(err)
	}
	pub, err := ssh.NewPublicKey(public)
	if err != nil {
		t.Fatal(err)
	}
	return string(pem.EncodeToMemory(block)), string(ssh.MarshalAuthorizedKey(pub))
}

// startUntil starts a server and waits for the words it says when it is ready.
func startUntil(t *testing.T, cmd *exec.Cmd, words string) {
	t.Helper()
	stderr, err := cmd.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	lines := make(chan string)
	drained := make(chan struct{})
	go func() {
		defer close(drained)
		defer close(lines)
		ready := false
		for scan := bufio.NewScanner(stderr); scan.Scan(); {
			if !ready {
				lines <- scan.Text()
				ready = strings.Contains(scan.Text(), words)
			}
		}
	}()
	t.Cleanup(func() {
		_ = syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) // git daemon is a child of git
		<-drained
		_ = cmd.Wait()
	})
	said := ""
	for l := range lines {
		said += l + "\n"
		if strings.Contains(l, words) {
			return
		}
	}
	t.Fatalf("%s ended instead of serving:\n%s", cmd.Path, said)
}

func freePort(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	_, port, err := net.SplitHostPort(l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	return port
}

func sshURL(t *testing.T, port, path string) string {
	t.Helper()
	me, err := user.Current()
	if err != nil {
		t.Fatal(err)
	}
	return fmt.Sprintf("ssh://%s@127.0.0.1:%s%s", me.Username, port, path)
}

func parse(t *testing.T, s string) paas.RepoURL {
	t.Helper()
	url, err := paas.ParseRepoURL(s)
	if err != nil {
		t.Fatal(err)
	}
	return url
}

func fetcher(t *testing.T, o source.Options) *source.Fetcher {
	t.Helper()
	if o.Dir == "" {
		o.Dir = t.TempDir()
	}
	f, err := source.New(o)
	if err != nil {
		t.Fatal(err)
	}
	return f
}
