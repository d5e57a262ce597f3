package web

import (
	"compress/gzip"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"time"

	"github.com/labstack/echo/v4"

	"github.com/slipway-paas/slipway/server/paas"
	"github.com/slipway-paas/slipway/web/pages"
)

const (
	// linesPerRead is the most lines of one answer; the viewer asks for windows of a thousand.
	linesPerRead = 5000
	// hitsPerSearch is the most hits of one search; a person who has more makes the query narrower.
	hitsPerSearch = 10_000
	plainPerPage  = 1000
)

// logOf reads which log is meant, and asks whether the actor may read it.
func (s *Server) logOf(c echo.Context) (paas.Topic, error) {
	id, err := strconv.ParseInt(c.Param("id"), 10, 64)
	kind := c.Param("kind")
	if err != nil || (kind != "task" && kind != "build") {
		return "", paas.Errorf(paas.NotFound, "There is no such log.")
	}
	topic := topicOf("logs:"+kind, id)
	return topic, s.Control.CanFollow(c.Request().Context(), actorOf(c), topic)
}

// logLines answers {"first":…,"last":…,"lines":[…]}: a window of a log; from may be negative to count from the end.
func (s *Server) logLines(c echo.Context) error {
	ctx := c.Request().Context()
	topic, err := s.logOf(c)
	if err != nil {
		return err
	}
	first, last, err := s.Bus.CountLogs(ctx, topic)
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
		if lines, err = s.Bus.ReadLogs(ctx, topic, from, int(limit)); err != nil {
			return err
		}
	}
	body := fmt.Appendf(make([]byte, 0, 128*len(lines)+64), `{"first":%d,"last":%d,"lines":`, first, last)
	body = append(appendLines(body, lines), '}')
	return c.Blob(http.StatusOK, echo.MIMEApplicationJSON, body)
}

func queryInt(c echo.Context, name string, preset int64) int64 {
	n, err := strconv.ParseInt(c.QueryParam(name), 10, 64)
	if err != nil {
		return preset
	}
	return n
}

// logSearch answers {"hits":[…],"more":…}: the numbers of the lines that match.
func (s *Server) logSearch(c echo.Context) error {
	topic, err := s.logOf(c)
	if err != nil {
		return err
	}
	query, regex := c.QueryParam("q"), c.QueryParam("regex") == "1"
	hits, err := s.Bus.SearchLogs(c.Request().Context(), topic, query, regex, queryInt(c, "from", 1), hitsPerSearch)
	if err != nil {
		var e *paas.Error
		if errors.As(err, &e) && e.Kind == paas.Invalid {
			return c.JSON(http.StatusOK, map[string]any{"hits": []int64{}, "error": e.Message})
		}
		return err
	}
	if hits == nil {
		hits = []int64{}
	}
	return c.JSON(http.StatusOK, map[string]any{"hits": hits, "more": len(hits) == hitsPerSearch})
}

// logPlain reads a log without scripts, a page at a time.
func (s *Server) logPlain(c echo.Context) error {
	ctx := c.Request().Context()
	topic, err := s.logOf(c)
	if err != nil {
		return err
	}
	first, last, err := s.Bus.CountLogs(ctx, topic)
	if err != nil {
		return err
	}
	from := max(queryInt(c, "from", last-plainPerPage+1), first, 1)
	lines, err := s.Bus.ReadLogs(ctx, topic, from, plainPerPage)
	if err != nil {
		return err
	}
	var earlier, later string
	if from > first {
		earlier = fmt.Sprintf("%s?from=%d", c.Request().URL.Path, max(from-plainPerPage, 1))
	}
	if from+plainPerPage <= last {
		later = fmt.Sprintf("%s?from=%d", c.Request().URL.Path, from+plainPerPage)
	}
	title := "Log of " + c.Param("kind") + " " + c.Param("id")
	return s.show(c, view{title: title, section: "apps", body: pages.PlainLogPage(title, lines, earlier, later)})
}

// logDownload sends the whole log as a compressed file. The write deadline moves on with every part that the browser
// took: a slow one may take its time, a dead one may not.
func (s *Server) logDownload(c echo.Context) error {
	topic, err := s.logOf(c)
	if err != nil {
		return err
	}
	h := c.Response().Header()
	h.Set(echo.HeaderContentType, "application/gzip")
	h.Set(echo.HeaderContentDisposition, fmt.Sprintf(`attachment; filename="%s-%s.log.gz"`, c.Param("kind"), c.Param("id")))
	z := gzip.NewWriter(&patientWriter{response: c.Response()})
	if err := s.Bus.WriteLogs(c.Request().Context(), topic, z); err != nil {
		return err
	}
	if err := z.Close(); err != nil {
		return fmt.Errorf("send %s: %w", topic, err)
	}
	return nil
}

// patientWriter moves the write deadline on before each write.
type patientWriter struct{ response *echo.Response }

func (w *patientWriter) Write(b []byte) (int, error) {
	control := http.NewResponseController(w.response)
	// A recorder in tests has no deadline to move; a real connection has.
	if err := control.SetWriteDeadline(time.Now().Add(writeTimeout)); err != nil && !errors.Is(err, http.ErrNotSupported) {
		return 0, fmt.Errorf("move the write deadline: %w", err)
	}
	return w.response.Write(b)
}
