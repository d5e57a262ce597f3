package edge

import (
	"bytes"
	"crypto/sha256"
	_ "embed" // the page's template and style
	"encoding/base64"
	"encoding/json"
	"fmt"
	"html/template"
	"mime"
	"net/http"
	"strconv"
	"strings"
	"sync"
)

// page is an answer of the edge's own, where no instance gives one. It says nothing that the visitor of an app should
// not know: no address, no reason from inside.
type page struct {
	State  State
	App    string // "" when there is none
	Status int    // overrides the state's status when not 0
}

// shape is how the page of a state looks.
type shape struct {
	Status  int
	Code    string // for programs
	Word    string
	Title   string // %s is the app's name
	Text    string
	Refresh int // seconds until the page looks again by itself; 0 for never
}

var shapes = map[State]shape{
	Unknown: {
		Status: http.StatusNotFound, Code: "no_such_app", Word: "Not found",
		Title: "There is no app at this address",
		Text:  "Check the address for a typo. If the app is new, its name may be spelled differently.",
	},
	Stopped: {
		Status: http.StatusServiceUnavailable, Code: "app_stopped", Word: "Stopped",
		Title: "%s is stopped",
		Text:  "Nothing of it runs right now. It answers again once its team starts it.",
	},
	Starting: {
		Status: http.StatusServiceUnavailable, Code: "app_starting", Word: "Starting",
		Title:   "%s is starting",
		Text:    "This usually takes a few seconds. The page reloads by itself.",
		Refresh: 2,
	},
	Failing: {
		Status: http.StatusServiceUnavailable, Code: "app_failing", Word: "Not answering",
		Title: "%s is not answering",
		Text:  "It should be running, but it gives no answer. Its team can see why on the app's page in Slipway.",
	},
}

// view is what the template shows.
type view struct {
	shape
	State State
	Title string
	Style template.CSS
}

//go:embed page.html
var pageHTML string

//go:embed page.css
var pageCSS string

var pageTemplate = sync.OnceValue(func() *template.Template {
	return template.Must(template.New("page").Parse(pageHTML))
})

// pagePolicy lets the page have its one style sheet and nothing else.
var pagePolicy = sync.OnceValue(func() string {
	sum := sha256.Sum256([]byte(pageCSS))
	return "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; style-src 'sha256-" +
		base64.StdEncoding.EncodeToString(sum[:]) + "'"
})

// showPage answers with a page for people, JSON or a line of text, as the client asks.
func showPage(w http.ResponseWriter, r *http.Request, p page) {
	s, known := shapes[p.State]
	if !known {
		p.State = Failing
		s = shapes[Failing]
	}
	v := view{shape: s, State: p.State, Title: s.Title, Style: template.CSS(pageCSS)} // our own file
	if strings.Contains(s.Title, "%s") {
		v.Title = fmt.Sprintf(s.Title, p.App)
	}
	if p.Status != 0 {
		v.Status = p.Status
	}

	h := w.Header()
	clear(h) // what Caddy or a failed attempt put there says too much
	kind := preferred(r.Header.Get("Accept"))
	body, err := v.render(kind)
	if err != nil {
		w.WriteHeader(http.StatusInternalServerError)
		return
	}
	h.Set("Content-Type", kind+"; charset=utf-8")
	h.Set("Content-Length", strconv.Itoa(len(body)))
	h.Set("Cache-Control", "no-store")
	h.Set("Vary", "Accept")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Referrer-Policy", "no-referrer")
	h.Set("Content-Security-Policy", pagePolicy())
	if v.Refresh > 0 {
		h.Set("Retry-After", strconv.Itoa(v.Refresh))
	}
	w.WriteHeader(v.Status)
	_, _ = w.Write(body) // a client that went away needs no page
}

func (v view) render(kind string) ([]byte, error) {
	switch kind {
	case "application/json":
		body, err := json.Marshal(map[string]string{"error": v.Code, "message": v.Title + ". " + v.Text})
		return append(body, '\n'), err
	case "text/html":
		var body bytes.Buffer
		err := pageTemplate().Execute(&body, v)
		return body.Bytes(), err
	default:
		return []byte(v.Title + ". " + v.Text + "\n"), nil
	}
}

// preferred picks the form of a page by an Accept header. A client that takes anything, such as curl, gets text.
func preferred(accept string) string {
	best, bestQ := "text/plain", 0.0
	for part := range strings.SplitSeq(accept, ",") {
		kind, params, err := mime.ParseMediaType(part)
		if err != nil {
			continue
		}
		if strings.HasSuffix(kind, "+json") {
			kind = "application/json"
		}
		if kind != "text/html" && kind != "application/json" && kind != "text/plain" {
			continue
		}
		q := 1.0
		if given, err := strconv.ParseFloat(params["q"], 64); err == nil {
			q = given
		}
		if q > bestQ {
			best, bestQ = kind, q
		}
	}
	return best
}
