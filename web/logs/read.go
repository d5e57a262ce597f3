package logs

import (
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"net/http"
	"time"

	"github.com/labstack/echo/v4"

	"github.com/slipway-paas/slipway/server/paas"
	"github.com/slipway-paas/slipway/web/pages"
	"github.com/slipway-paas/slipway/web/render"
)

const (
	// linesPerRead is the most lines of one answer; the viewer asks for windows of a thousand.
	linesPerRead = 5000
	// hitsPerSearch is the most hits of one search; a person who has more makes the query narrower.
	hitsPerSearch = 10_000
	plainPerPage  = 1000
)

// Lines answers {"first":…,"last":…,"lines":[…]}: a window of a log; from may be negative to count from the end.
func (p *Pages) Lines(c echo.Context) error {
	ctx := c.Request().Context()
	topic, err := p.logOf(c)
	if err != nil {
		return err
	}
	first, last, err := p.Bus.CountLogs(ctx, topic)
	if err != nil {
		return err
	}
	limit := min(queryInt(c, "limit", 1000), linesPerRead)
	from := queryInt(c, "from", 1)
	if from < 0 {
		from = last + 1 + from
	}
	from = max(from, first, 1)
	var lines []paas.Log
	if from <= last && limit > 0 {
		if lines, err = p.Bus.ReadLogs(ctx, topic, from, int(limit)); err != nil {
			return err
		}
	}
	body := fmt.Appendf(make([]byte, 0, 128*len(lines)+64), `{"first":%d,"last":%d,"lines":`, first, last)
	body = append(AppendLines(body, lines), '}')
	return c.Blob(http.StatusOK, echo.MIMEApplicationJSON, body)
}

// Search answers {"hits":[…],"more":…}: the numbers of the lines that match.
func (p *Pages) Search(c echo.Context) error {
	topic, err := p.logOf(c)
	if err != nil {
		return err
	}
	query, regex := c.QueryParam("q"), c.QueryParam("regex") == "1"
	hits, err := p.Bus.SearchLogs(c.Request().Context(), topic, query, regex, queryInt(c, "from", 1), hitsPerSearch)
	if err != nil {
		return searchFailed(c, err)
	}
	numbers := make([]int64, len(hits))
	for i, h := range hits {
		numbers[i] = h.Seq
	}
	return c.JSON(http.StatusOK, map[string]any{"hits": numbers, "more": len(hits) == hitsPerSearch})
}

// searchFailed answers what is wrong with a query as a result: it is shown beside the field.
func searchFailed(c echo.Context, err error) error {
	var e *paas.Error
	if errors.As(err, &e) && e.Kind == paas.Invalid {
		return c.JSON(http.StatusOK, map[string]any{"hits": []int64{}, "error": e.Message})
	}
	return err
}

// Plain reads a log without scripts, a page at a time.
func (p *Pages) Plain(c echo.Context) error {
	ctx := c.Request().Context()
	topic, err := p.logOf(c)
	if err != nil {
		return err
	}
	first, last, err := p.Bus.CountLogs(ctx, topic)
	if err != nil {
		return err
	}
	from := max(queryInt(c, "from", last-plainPerPage+1), first, 1)
	lines, err := p.Bus.ReadLogs(ctx, topic, from, plainPerPage)
	if err != nil {
		return err
	}
	plain := make([]pages.PlainLine, len(lines))
	for i, l := range lines {
		plain[i].Log = l
	}
	var earlier, later string
	if from > first {
		earlier = fmt.Sprintf("%s?from=%d", c.Request().URL.Path, max(from-plainPerPage, 1))
	}
	if from+plainPerPage <= last {
		later = fmt.Sprintf("%s?from=%d", c.Request().URL.Path, from+plainPerPage)
	}
	title := "Log of " + c.Param("kind") + " " + c.Param("id")
	return p.Renderer.Show(c, render.Page{Title: title, Section: "apps", Body: pages.PlainLogPage(title, plain, earlier, later)})
}

// Download sends the whole log as a compressed file. The write deadline moves on with every part that the browser
// took: a slow one may take its time, a dead one may not.
func (p *Pages) Download(c echo.Context) error {
	topic, err := p.logOf(c)
	if err != nil {
		return err
	}
	return p.send(c, c.Param("kind")+"-"+c.Param("id"), func(w io.Writer) error {
		return p.Bus.WriteLogs(c.Request().Context(), topic, w)
	})
}

// send answers with a compressed file.
func (p *Pages) send(c echo.Context, name string, write func(io.Writer) error) error {
	h := c.Response().Header()
	h.Set(echo.HeaderContentType, "application/gzip")
	h.Set(echo.HeaderContentDisposition, `attachment; filename="`+name+`.log.gz"`)
	z := gzip.NewWriter(&patientWriter{c.Response(), p.WriteTimeout})
	if err := write(z); err != nil {
		return err
	}
	if err := z.Close(); err != nil {
		return fmt.Errorf("send the log %s: %w", name, err)
	}
	return nil
}

// patientWriter moves the write deadline on before each write.
type patientWriter struct {
	response *echo.Response
	patience time.Duration
}

func (w *patientWriter) Write(b []byte) (int, error) {
	control := http.NewResponseController(w.response)
	// A recorder in tests has no deadline to move; a real connection has.
	if err := control.SetWriteDeadline(time.Now().Add(w.patience)); err != nil && !errors.Is(err, http.ErrNotSupported) {
		return 0, fmt.Errorf("move the write deadline: %w", err)
	}
	return w.response.Write(b)
}
