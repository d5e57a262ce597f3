// Command storybook serves the portal over a platform that is all in memory, with every page in every state: for looking
// at it, taking screenshots and checking it with axe. Sign in as ada@example.com, "correct horse battery".
package main

import (
	"context"
	"flag"
	"fmt"
	"log/slog"
	"net"
	"os"
	"os/signal"
	"time"

	"github.com/slipway-paas/slipway/assets"
	"github.com/slipway-paas/slipway/server/paas"
	"github.com/slipway-paas/slipway/web"
	"github.com/slipway-paas/slipway/web/components"
	"github.com/slipway-paas/slipway/web/fake"
	"github.com/slipway-paas/slipway/web/pages"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx); err != nil {
		fmt.Fprintln(os.Stderr, "storybook:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context) error {
	address := flag.String("listen", "127.0.0.1:8090", "address to serve on")
	apps := flag.Int("apps", 0, "further apps, to see long lists")
	lines := flag.Int("lines", 0, "lines of the first task's log, to see long logs")
	rate := flag.Int("rate", 2, "lines a second that the first app goes on to print")
	empty := flag.Bool("empty", false, "no apps and no nodes at all")
	unset := flag.Bool("unset", false, "not set up yet; the link's token is first")
	flag.Parse()

	files, err := assets.Load()
	if err != nil {
		return err
	}
	platform := fake.New(time.Now)
	platform.Unset = *unset
	if !*empty {
		platform.World(*apps)
	}
	if *lines > 0 {
		platform.Bus.Append("logs:task:1001", fake.TaskLog(time.Now().Add(-time.Duration(*lines)*time.Second), *lines)...)
	}
	server, err := web.New(web.Config{
		Control: platform, Bus: platform.Bus, Drafts: fake.Sealer{}, Assets: files, PublicURL: "http://" + *address,
		Log: slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: slog.LevelInfo})),
		Samples: []pages.Sample{
			{Name: "node", Title: "Node.js", Text: "Express, npm", Repo: "https://git.example.com/samples/apps.git", Root: "node"},
			{Name: "java", Title: "Java", Text: "Maven, a plain HTTP server", Repo: "https://git.example.com/samples/apps.git", Root: "java"},
			{Name: "groovy", Title: "Groovy", Text: "Groovy 4 script with Grapes", Repo: "https://git.example.com/samples/apps.git", Root: "groovy"},
			{Name: "r", Title: "R", Text: "plumber API", Repo: "https://git.example.com/samples/apps.git", Root: "r"},
			{Name: "python", Title: "Python", Text: "Flask with gunicorn", Repo: "https://git.example.com/samples/apps.git", Root: "python"},
		},
		Runtimes: []components.Choice{{Value: "node", Label: "Node.js"}, {Value: "java", Label: "Java"}, {Value: "python", Label: "Python"}},
	})
	if err != nil {
		return err
	}
	listener, err := (&net.ListenConfig{}).Listen(ctx, "tcp", *address)
	if err != nil {
		return fmt.Errorf("listen: %w", err)
	}
	printed := make(chan struct{})
	go func() {
		defer close(printed)
		printLines(ctx, platform, *rate)
	}()
	fmt.Println("http://" + *address)
	err = server.Serve(ctx, listener)
	<-printed
	return err
}

// printLines makes the tasks of the first app talk in turn, so that there is something to follow.
func printLines(ctx context.Context, platform *fake.Control, rate int) {
	if rate <= 0 {
		return
	}
	tasks := []paas.Topic{"logs:task:1001", "logs:task:1002", "logs:task:1003"}
	every := time.NewTicker(max(time.Second/time.Duration(rate), 50*time.Millisecond))
	defer every.Stop()
	each := max(1, rate/20)
	for turn := 0; ; turn++ {
		select {
		case <-ctx.Done():
			return
		case at := <-every.C:
			lines := fake.TaskLog(at, 7)
			lines = append(lines[turn%7:], lines[:turn%7]...)
			for len(lines) < each {
				lines = append(lines, lines...)
			}
			lines = lines[:each]
			for i := range lines {
				lines[i].At = at.Add(time.Duration(i) * time.Microsecond)
			}
			platform.Bus.Append(tasks[turn%len(tasks)], lines...)
		}
	}
}
