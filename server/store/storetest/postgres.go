package storetest

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"net"
	"net/url"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"runtime"
	"strconv"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/slipway-paas/slipway/server/store"
)

// PostgreSQL opens a fresh store in a database of its own. The server is that of SLIPWAY_TEST_POSTGRES (an address
// whose user may create databases), else one that this test process starts and that ends with it.
func PostgreSQL(t testing.TB, change ...func(*store.Config)) *store.Store {
	t.Helper()
	address := Database(t)
	return Open(t, append([]func(*store.Config){func(c *store.Config) { c.DatabaseURL = address }}, change...)...)
}

// Database makes a fresh PostgreSQL database, dropped with the test, and returns its address.
func Database(t testing.TB) string {
	t.Helper()
	admin, err := server(t.Context())
	if err != nil {
		t.Fatalf("PostgreSQL for tests: %v", err)
	}
	var id [8]byte
	if _, err := rand.Read(id[:]); err != nil {
		t.Fatal(err)
	}
	name := "slipway_test_" + hex.EncodeToString(id[:])
	if err := execute(t.Context(), admin, "CREATE DATABASE "+name); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(t.Context()), time.Minute)
		defer cancel()
		if err := execute(ctx, admin, "DROP DATABASE "+name+" WITH (FORCE)"); err != nil {
			t.Errorf("drop the test's database: %v", err)
		}
	})
	u, err := url.Parse(admin)
	if err != nil {
		t.Fatal(err)
	}
	u.Path = "/" + name
	return u.String()
}

func execute(ctx context.Context, address, statement string) error {
	conn, err := pgx.Connect(ctx, address)
	if err != nil {
		return fmt.Errorf("connect: %w", err)
	}
	_, err = conn.Exec(ctx, statement)
	return errors.Join(err, conn.Close(ctx))
}

// Main runs a package's tests and then stops the server that they started: call it from TestMain.
func Main(m *testing.M) {
	here = &cluster{stop: make(chan struct{}), stopped: make(chan error, 1)}
	code := m.Run()
	if err := here.end(); err != nil {
		fmt.Fprintln(os.Stderr, "storetest: stop PostgreSQL:", err)
		code = 1
	}
	os.Exit(code)
}

// here is this test process's server; nil outside Main, where nobody would stop it.
var here *cluster

// server is the address of the server that this process uses, started once.
func server(ctx context.Context) (string, error) {
	if given := os.Getenv("SLIPWAY_TEST_POSTGRES"); given != "" {
		return given, nil
	}
	if here == nil {
		return "", errors.New("call storetest.Main from the package's TestMain, which stops the server again")
	}
	here.once.Do(func() {
		// The test that comes first must not end the server for those that come later.
		here.address, here.err = here.boot(context.WithoutCancel(ctx))
	})
	return here.address, here.err
}

// boot makes a database cluster and starts its server.
func (s *cluster) boot(ctx context.Context) (string, error) {
	if err := s.prepare(); err != nil {
		return "", err
	}
	if out, err := s.run("initdb", "-D", s.data, "-U", "slipway", "-A", "trust", "-E", "UTF8", "--no-locale", "--no-sync"); err != nil {
		return "", fmt.Errorf("initdb: %w: %s", err, out)
	}
	return s.start(ctx)
}

// programs finds the newest PostgreSQL that the machine has.
func programs() (string, error) {
	found, err := filepath.Glob("/usr/lib/postgresql/*/bin/postgres")
	if err != nil {
		return "", err
	}
	if len(found) > 0 {
		return filepath.Dir(found[len(found)-1]), nil
	}
	if path, err := exec.LookPath("postgres"); err == nil {
		return filepath.Dir(path), nil
	}
	return "", errors.New("the program postgres is not on this machine: install PostgreSQL (Debian: apt-get install postgresql) or set SLIPWAY_TEST_POSTGRES")
}

// cluster is one server of this test process.
type cluster struct {
	programs, dir, data string
	owner               *syscall.Credential // nil unless we are root, under whom PostgreSQL refuses to run
	once                sync.Once
	address             string // once it answers
	err                 error
	started             bool
	stop                chan struct{}
	stopped             chan error
}

// prepare finds the programs, a directory, and who may run them.
func (s *cluster) prepare() (err error) {
	if s.programs, err = programs(); err != nil {
		return err
	}
	if s.dir, err = os.MkdirTemp("", "slipway-postgres-"); err != nil {
		return err
	}
	s.data = filepath.Join(s.dir, "data")
	if os.Geteuid() != 0 {
		return nil
	}
	for _, name := range []string{"postgres", "nobody"} {
		u, err := user.Lookup(name)
		if err != nil {
			continue
		}
		uid, err1 := strconv.Atoi(u.Uid)
		gid, err2 := strconv.Atoi(u.Gid)
		if err := errors.Join(err1, err2, os.Chown(s.dir, uid, gid)); err != nil {
			return err
		}
		s.owner = &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}
		return nil
	}
	return errors.New("PostgreSQL does not run as root, and there is no user postgres or nobody")
}

func (s *cluster) command(program string, args ...string) *exec.Cmd {
	cmd := exec.Command(filepath.Join(s.programs, program), args...)
	cmd.Dir = s.dir
	// The server ends with this test process, also when that is killed.
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: s.owner, Pdeathsig: syscall.SIGQUIT}
	return cmd
}

func (s *cluster) run(program string, args ...string) ([]byte, error) {
	return s.command(program, args...).CombinedOutput()
}

// start runs the server on a free loopback port and waits until it answers.
func (s *cluster) start(ctx context.Context) (string, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	port := l.Addr().(*net.TCPAddr).Port
	if err := l.Close(); err != nil {
		return "", err
	}
	logFile, err := os.Create(filepath.Join(s.dir, "log"))
	if err != nil {
		return "", err
	}
	cmd := s.command("postgres", "-D", s.data, "-p", strconv.Itoa(port), "-k", s.dir, "-c", "listen_addresses=127.0.0.1",
		"-c", "fsync=off", "-c", "max_connections=300", "-c", "shared_buffers=64MB")
	cmd.Stdout, cmd.Stderr = logFile, logFile
	s.started = true
	go func() {
		// The kernel sends Pdeathsig when the thread that started the process ends: keep it.
		runtime.LockOSThread()
		s.stopped <- errors.Join(s.serve(cmd), logFile.Close())
	}()
	address := fmt.Sprintf("postgres://slipway@127.0.0.1:%d/postgres?sslmode=disable", port)
	ctx, cancel := context.WithTimeout(ctx, 30*time.Second)
	defer cancel()
	retry := time.NewTicker(20 * time.Millisecond)
	defer retry.Stop()
	for {
		if err = execute(ctx, address, "SELECT 1"); err == nil {
			return address, nil
		}
		select {
		case <-ctx.Done():
			said, _ := os.ReadFile(filepath.Join(s.dir, "log"))
			return "", fmt.Errorf("postgres does not answer: %w: %s", err, said)
		case <-retry.C:
		}
	}
}

// serve runs the server until stop is closed.
func (s *cluster) serve(cmd *exec.Cmd) error {
	if err := cmd.Start(); err != nil {
		return err
	}
	<-s.stop
	// SIGINT is PostgreSQL's fast shutdown: it does not wait for clients.
	return errors.Join(cmd.Process.Signal(syscall.SIGINT), cmd.Wait())
}

// end stops the server, if one was started, and removes what it wrote.
func (s *cluster) end() error {
	var err error
	if s.started {
		close(s.stop)
		err = <-s.stopped
	}
	if s.dir != "" {
		err = errors.Join(err, os.RemoveAll(s.dir))
	}
	return err
}
