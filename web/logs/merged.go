package logs

import (
	"bufio"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/labstack/echo/v4"

	"github.com/slipway-paas/slipway/server/paas"
	"github.com/slipway-paas/slipway/web/pages"
	"github.com/slipway-paas/slipway/web/render"
)

// mostStrands is how many logs are merged at most. Source: 24 colours of tags are more than people tell apart.
const mostStrands = 24

// mergeOf reads of=task.1001,task.1002 or, with bounds, of=task.1001.FIRST.END,…, and asks whether the actor may read
// each. Without bounds they are what is kept now.
func (p *Pages) mergeOf(c echo.Context) (*merge, error) {
	ctx := c.Request().Context()
	none := paas.Errorf(paas.NotFound, "There is no such log.")
	m := &merge{bus: p.Bus}
	names := strings.Split(c.QueryParam("of"), ",")
	if len(names) > 2*mostStrands { // a page that is open for long gathers new tasks
		return nil, paas.Errorf(paas.Invalid, "At most %d logs can be read as one.", 2*mostStrands)
	}
	for _, name := range names {
		parts := strings.Split(name, ".")
		numbers := make([]int64, len(parts))
		for i, part := range parts[1:] {
			n, err := strconv.ParseInt(part, 10, 64)
			if err != nil || n < 0 {
				return nil, none
			}
			numbers[i+1] = n
		}
		if parts[0] != "task" || len(parts) != 2 && len(parts) != 4 {
			return nil, none
		}
		s := strand{topic: topicOf("task", numbers[1])}
		if err := p.Control.CanFollow(ctx, render.Actor(c), s.topic); err != nil {
			return nil, err
		}
		if len(parts) == 4 {
			s.first, s.end = numbers[2], max(numbers[2], numbers[3])
		} else if err := s.kept(ctx, p.Bus); err != nil {
			return nil, err
		}
		m.strands = append(m.strands, s)
	}
	return m, nil
}

// kept sets the bounds to the lines that are kept now.
func (s *strand) kept(ctx context.Context, bus Bus) error {
	first, last, err := bus.CountLogs(ctx, s.topic)
	s.first, s.end = max(first, 1), last+1
	return err
}

// MergedLines answers {"of":[[first,end],…],"from":…,"lines":[[number in its log, time, stream, text, cut, which log,
// time it counts as],…]}: a window of the merged logs from place from on; from may be negative to count from the end.
// When lines within the bounds are gone it answers {"moved":true}.
func (p *Pages) MergedLines(c echo.Context) error {
	m, err := p.mergeOf(c)
	if err != nil {
		return err
	}
	limit := max(min(queryInt(c, "limit", 1000), linesPerRead), 0)
	from, total := queryInt(c, "from", 0), m.lines()
	if from < 0 {
		from += total
	}
	from = max(from, 0)
	body := append(make([]byte, 0, 128*limit+256), `{"of":[`...)
	for i, s := range m.strands {
		if i > 0 {
			body = append(body, ',')
		}
		body = fmt.Appendf(body, "[%d,%d]", s.first, s.end)
	}
	body = fmt.Appendf(body, `],"from":%d,"lines":[`, from)
	if from < total && limit > 0 {
		body, err = appendWindow(c.Request().Context(), body, m, from, limit)
		if errors.Is(err, errMoved) {
			return c.JSON(http.StatusOK, map[string]bool{"moved": true})
		}
		if err != nil {
			return err
		}
	}
	return c.Blob(http.StatusOK, echo.MIMEApplicationJSON, append(body, ']', '}'))
}

func appendWindow(ctx context.Context, b []byte, m *merge, from, limit int64) ([]byte, error) {
	r, err := m.seek(ctx, from)
	if err != nil {
		return nil, err
	}
	for i := range limit {
		line, ok, err := r.next(ctx)
		if err != nil {
			return nil, err
		}
		if !ok {
			break
		}
		if i > 0 {
			b = append(b, ',')
		}
		b = appendMerged(b, line)
	}
	return b, nil
}

// MergedSearch answers {"hits":[[which log, number in it],…],"more":…}, by time.
func (p *Pages) MergedSearch(c echo.Context) error {
	m, err := p.mergeOf(c)
	if err != nil {
		return err
	}
	type hit struct {
		paas.LogHit
		of int
	}
	ctx, query, regex := c.Request().Context(), c.QueryParam("q"), c.QueryParam("regex") == "1"
	found, errs := make([][]paas.LogHit, len(m.strands)), make([]error, len(m.strands))
	var searching sync.WaitGroup
	for i, s := range m.strands {
		searching.Go(func() { found[i], errs[i] = p.Bus.SearchLogs(ctx, s.topic, query, regex, s.first, hitsPerSearch) })
	}
	searching.Wait()
	var hits []hit
	for i := range m.strands {
		if err := errs[i]; err != nil {
			return searchFailed(c, err)
		}
		for _, h := range found[i] {
			hits = append(hits, hit{h, i})
		}
	}
	slices.SortStableFunc(hits, func(a, b hit) int {
		return cmp.Or(cmp.Compare(micros(a.At), micros(b.At)), cmp.Compare(a.of, b.of), cmp.Compare(a.Seq, b.Seq))
	})
	more := len(hits) > hitsPerSearch
	hits = hits[max(0, len(hits)-hitsPerSearch):]
	numbers := make([][2]int64, len(hits))
	for i, h := range hits {
		numbers[i] = [2]int64{int64(h.of), h.Seq}
	}
	return c.JSON(http.StatusOK, map[string]any{"hits": numbers, "more": more})
}

// MergedPlace answers {"place":…} of line=task.1001.37.
func (p *Pages) MergedPlace(c echo.Context) error {
	m, err := p.mergeOf(c)
	if err != nil {
		return err
	}
	name, number, _ := strings.Cut(strings.TrimPrefix(c.QueryParam("line"), "task."), ".")
	id, err := strconv.ParseInt(name, 10, 64)
	seq, err2 := strconv.ParseInt(number, 10, 64)
	of := slices.IndexFunc(m.strands, func(s strand) bool { return s.topic == topicOf("task", id) })
	if err != nil || err2 != nil || of < 0 {
		return paas.Errorf(paas.NotFound, "This line is not in the logs that are shown.")
	}
	place, err := m.place(c.Request().Context(), of, seq)
	if errors.Is(err, errMoved) {
		err = paas.Errorf(paas.NotFound, "This line is no longer kept.")
	}
	if err != nil {
		return err
	}
	return c.JSON(http.StatusOK, map[string]int64{"place": place})
}

// chosen is the merge of the tasks of an app that a request asks for, with the label of each.
func (p *Pages) chosen(c echo.Context) (m *merge, labels []string, err error) {
	ctx := c.Request().Context()
	tasks, err := p.Control.LogTasks(ctx, render.Actor(c), c.Param("app"), tasksLooked)
	if err != nil {
		return nil, nil, err
	}
	shown := shownTasks(tasks, c.QueryParam("process"))
	m = &merge{bus: p.Bus}
	for _, t := range shown {
		s := strand{topic: topicOf("task", t.ID)}
		if err := s.kept(ctx, p.Bus); err != nil {
			return nil, nil, err
		}
		m.strands = append(m.strands, s)
	}
	return m, labelsOf(shown), nil
}

// MergedPlain reads merged logs without scripts, a page at a time.
func (p *Pages) MergedPlain(c echo.Context) error {
	ctx := c.Request().Context()
	m, labels, err := p.chosen(c)
	if err != nil {
		return err
	}
	total := m.lines()
	from := max(queryInt(c, "from", total-plainPerPage), 0)
	r, err := m.seek(ctx, from)
	if err != nil {
		return err
	}
	var lines []pages.PlainLine
	for len(lines) < plainPerPage {
		line, ok, err := r.next(ctx)
		if err != nil {
			return err
		}
		if !ok {
			break
		}
		lines = append(lines, pages.PlainLine{Label: labels[line.of], Log: line.Log})
	}
	address := func(from int64) string {
		query := c.QueryParams()
		query.Set("from", strconv.FormatInt(from, 10))
		return c.Request().URL.Path + "?" + query.Encode()
	}
	var earlier, later string
	if from > 0 {
		earlier = address(max(from-plainPerPage, 0))
	}
	if from+plainPerPage < total {
		later = address(from + plainPerPage)
	}
	title := "Logs of " + c.Param("app")
	return p.Renderer.Show(c, render.Page{Title: title, Section: "apps", Body: pages.PlainLogPage(title, lines, earlier, later)})
}

// MergedDownload sends merged logs as a compressed file: each line with its time and its task.
func (p *Pages) MergedDownload(c echo.Context) error {
	m, labels, err := p.chosen(c)
	if err != nil {
		return err
	}
	name := c.Param("app")
	if process := c.QueryParam("process"); process != "" && len(m.strands) > 0 {
		name += "-" + process
	}
	width := 0
	for _, label := range labels {
		width = max(width, len(label))
	}
	return p.send(c, name, func(w io.Writer) error {
		return m.write(c.Request().Context(), w, func(b []byte, line mergedLine) []byte {
			b = line.At.UTC().AppendFormat(b, "2006-01-02T15:04:05.000Z ")
			b = append(b, labels[line.of]...)
			return append(b, strings.Repeat(" ", width-len(labels[line.of])+1)...)
		})
	})
}

// write writes all lines as text after what head puts before each. A line that was stored in pieces is put together
// again, unless another log's line came between: then each piece stands on a line of its own.
func (m *merge) write(ctx context.Context, w io.Writer, head func([]byte, mergedLine) []byte) error {
	r, err := m.seek(ctx, 0)
	if err != nil {
		return err
	}
	r.ahead = linesPerRead
	out := bufio.NewWriterSize(w, 64<<10)
	within := -1 // the log whose line goes on
	for {
		line, ok, err := r.next(ctx)
		if err != nil {
			return err
		}
		if !ok {
			break
		}
		if within >= 0 && within != line.of {
			_ = out.WriteByte('\n') // a bufio.Writer keeps its first error for Flush
			within = -1
		}
		if within < 0 {
			_, _ = out.Write(head(out.AvailableBuffer(), line))
		}
		_, _ = out.WriteString(line.Text)
		within = line.of
		if !line.Cut {
			_ = out.WriteByte('\n')
			within = -1
		}
	}
	if err := out.Flush(); err != nil {
		return fmt.Errorf("write merged logs: %w", err)
	}
	return nil
}
