// Command talker is the app that `make bench` deploys: it serves, and prints as many lines as it is asked for, each with
// its number and the moment it was printed.
package main

import (
	"bufio"
	"cmp"
	"fmt"
	"net/http"
	"os"
	"os/signal"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"
)

// beat is how often a paced talk prints what is due.
const beat = 5 * time.Millisecond

// pad brings a line to about 60 bytes, as much as a short line of an access log.
var pad = strings.Repeat("x", 28)

func main() {
	stop := make(chan os.Signal, 1)
	signal.Notify(stop, syscall.SIGTERM)
	var one sync.Mutex // two talks at once would mix their lines
	http.HandleFunc("/talk", func(w http.ResponseWriter, r *http.Request) {
		one.Lock()
		defer one.Unlock()
		lines, err := strconv.Atoi(r.FormValue("lines"))
		rate, rateErr := strconv.Atoi(cmp.Or(r.FormValue("rate"), "0"))
		if err != nil || rateErr != nil {
			http.Error(w, "lines and rate are numbers", http.StatusBadRequest)
			return
		}
		talk(lines, rate)
		fmt.Fprintln(w, "said")
	})
	http.HandleFunc("/", func(w http.ResponseWriter, _ *http.Request) { fmt.Fprintln(w, "listening") })
	go func() {
		fmt.Fprintln(os.Stderr, http.ListenAndServe(":"+cmp.Or(os.Getenv("PORT"), "8080"), nil))
		stop <- syscall.SIGTERM
	}()
	<-stop
}

// talk prints the lines at so many a second, or as fast as they are taken when rate is 0.
func talk(lines, rate int) {
	w := bufio.NewWriterSize(os.Stdout, 64<<10)
	defer w.Flush()
	began := time.Now()
	for said := 0; said < lines; {
		due := lines
		if rate > 0 {
			due = min(lines, int(time.Since(began).Seconds()*float64(rate))+1)
		}
		for ; said < due; said++ {
			line := fmt.Appendf(w.AvailableBuffer(), "%010d %d %s\n", said+1, time.Now().UnixNano(), pad)
			_, _ = w.Write(line)
		}
		if rate > 0 {
			_ = w.Flush()
			time.Sleep(beat)
		}
	}
}
