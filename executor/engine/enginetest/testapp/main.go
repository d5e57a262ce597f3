// Command testapp is the app that tests run in containers. By its flags it behaves well or badly in every way that an
// app can. Flags may also come in the variable TESTAPP_FLAGS, separated by blanks, for tests that cannot choose the
// command.
package main

import (
	"bufio"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"os/signal"
	"strings"
	"sync/atomic"
	"syscall"
	"time"
)

type behaviour struct {
	print      string
	lines      int
	lineBytes  int
	longLine   int
	open       string
	exit       int
	after      time.Duration
	crash      bool
	ignoreTerm bool
	eat        int64
	forkBomb   bool
	delay      time.Duration
	status     int
	loopback   bool
	port       string
	tcp        bool
	report     bool
	term       time.Duration
	slow       time.Duration
	dial       string
}

func parse(args []string) (behaviour, error) {
	var b behaviour
	f := flag.NewFlagSet("testapp", flag.ContinueOnError)
	f.StringVar(&b.print, "print", "", "print this line first")
	f.IntVar(&b.lines, "lines", 0, "print so many numbered lines as fast as possible")
	f.IntVar(&b.lineBytes, "line-bytes", 60, "length of each numbered line")
	f.IntVar(&b.longLine, "long-line", 0, "print one line of so many bytes")
	f.StringVar(&b.open, "open", "", "print this without a line end")
	f.IntVar(&b.exit, "exit", -1, "end with this code instead of serving")
	f.DurationVar(&b.after, "after", 0, "wait so long before -exit, -crash or -eat")
	f.BoolVar(&b.crash, "crash", false, "panic")
	f.BoolVar(&b.ignoreTerm, "ignore-term", false, "ignore SIGTERM")
	f.Int64Var(&b.eat, "eat", 0, "use so many bytes of memory")
	f.BoolVar(&b.forkBomb, "fork-bomb", false, "start processes until it fails, say how many, and go on")
	f.DurationVar(&b.delay, "delay", 0, "wait so long before listening")
	f.IntVar(&b.status, "status", 200, "answer every request with this status")
	f.BoolVar(&b.loopback, "loopback", false, "listen on 127.0.0.1 only")
	f.StringVar(&b.port, "port", os.Getenv("PORT"), "listen here instead of PORT; empty serves nothing")
	f.BoolVar(&b.tcp, "tcp", false, "accept connections but speak no HTTP")
	f.BoolVar(&b.report, "report", false, "print what the process may do, as JSON")
	f.DurationVar(&b.term, "term", 0, "take so long to end after SIGTERM")
	f.DurationVar(&b.slow, "slow", 0, "take so long for each answer")
	f.StringVar(&b.dial, "dial", "", "print whether this TCP address can be reached")
	return b, f.Parse(append(strings.Fields(os.Getenv("TESTAPP_FLAGS")), args...))
}

func main() {
	if len(os.Args) > 1 && os.Args[1] == "sleep" {
		select {}
	}
	b, err := parse(os.Args[1:])
	if err != nil {
		os.Exit(2)
	}
	os.Exit(b.run())
}

func (b behaviour) run() int {
	stop := make(chan os.Signal, 1)
	signal.Notify(stop, syscall.SIGTERM)
	b.output()
	if b.report {
		_ = json.NewEncoder(os.Stdout).Encode(self())
	}
	if b.dial != "" {
		fmt.Println("dial", b.dial, reach(b.dial))
	}
	if b.forkBomb {
		fmt.Println("forked", fork())
	}
	if b.after > 0 {
		time.Sleep(b.after)
	}
	if b.eat > 0 {
		eat(b.eat)
	}
	if b.crash {
		panic("as asked")
	}
	if b.exit >= 0 {
		return b.exit
	}
	if b.port != "" {
		time.Sleep(b.delay)
		go b.serve()
	}
	for range stop {
		if b.ignoreTerm {
			fmt.Println("ignoring SIGTERM")
			continue
		}
		time.Sleep(b.term)
		fmt.Println("bye")
		return 0
	}
	return 0
}

func (b behaviour) output() {
	if b.print != "" {
		fmt.Println(b.print)
	}
	w := bufio.NewWriterSize(os.Stdout, 64<<10)
	pad := strings.Repeat("x", max(0, b.lineBytes-11))
	for i := range b.lines {
		fmt.Fprintf(w, "%010d %s\n", i+1, pad)
	}
	if b.longLine > 0 {
		fmt.Fprintln(w, strings.Repeat("y", b.longLine))
	}
	_, _ = w.WriteString(b.open)
	_ = w.Flush()
}

func (b behaviour) serve() {
	host := ""
	if b.loopback {
		host = "127.0.0.1"
	}
	l, err := net.Listen("tcp", net.JoinHostPort(host, b.port))
	if err != nil {
		fmt.Fprintln(os.Stderr, "listen:", err)
		os.Exit(1)
	}
	fmt.Println("listening on", b.port)
	if b.tcp {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			_, _ = c.Write([]byte("HELO\r\n"))
			_ = c.Close()
		}
	}
	var inFlight atomic.Int64
	_ = http.Serve(l, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		inFlight.Add(1)
		defer inFlight.Add(-1)
		time.Sleep(b.slow)
		w.WriteHeader(b.status)
		if r.URL.Path == "/self" {
			_ = json.NewEncoder(w).Encode(self())
			return
		}
		fmt.Fprintf(w, "testapp %s %s answers %d\n", os.Getenv("VERSION"), r.URL.Path, b.status)
	}))
}

// Self is what the process finds it may do.
type Self struct {
	UID, GID int
	Env      []string
	Status   map[string]string // of /proc/self/status: CapEff, NoNewPrivs, Seccomp
	Writable map[string]string // folder → "" or the error
	Limits   string
	Mounts   string
	MTU      map[string]int
}

func self() Self {
	s := Self{UID: os.Getuid(), GID: os.Getgid(), Env: os.Environ(), Status: map[string]string{}, Writable: map[string]string{}, MTU: map[string]int{}}
	status, _ := os.ReadFile("/proc/self/status")
	for line := range strings.Lines(string(status)) {
		if name, value, ok := strings.Cut(line, ":"); ok {
			s.Status[name] = strings.TrimSpace(value)
		}
	}
	for _, dir := range []string{"/", "/tmp", os.Getenv("HOME")} {
		s.Writable[dir] = ""
		if err := os.WriteFile(dir+"/probe", []byte("x"), 0o600); err != nil {
			s.Writable[dir] = err.Error()
		}
	}
	limits, _ := os.ReadFile("/proc/self/limits")
	mounts, _ := os.ReadFile("/proc/self/mounts")
	s.Limits, s.Mounts = string(limits), string(mounts)
	interfaces, _ := net.Interfaces()
	for _, i := range interfaces {
		s.MTU[i.Name] = i.MTU
	}
	return s
}

func reach(address string) string {
	c, err := net.DialTimeout("tcp", address, 2*time.Second)
	if err != nil {
		return err.Error()
	}
	_ = c.Close()
	return "reached"
}

// eat touches every page, so that the kernel must really give it.
func eat(bytes int64) {
	var held [][]byte
	for got := int64(0); got < bytes; got += 1 << 20 {
		page := make([]byte, 1<<20)
		for i := 0; i < len(page); i += 4096 {
			page[i] = 1
		}
		held = append(held, page)
	}
	fmt.Println("ate", len(held), "MiB")
}

func fork() int {
	n := 0
	for ; n < 5000; n++ {
		c := exec.Command("/proc/self/exe", "sleep")
		if err := c.Start(); err != nil {
			fmt.Println("fork:", errors.Unwrap(err))
			break
		}
	}
	return n
}
