package web

import (
	"errors"
	"net/http"
	"net/url"
	"strings"

	"github.com/labstack/echo/v4"

	"github.com/slipway-paas/slipway/server/paas"
	"github.com/slipway-paas/slipway/web/api"
	"github.com/slipway-paas/slipway/web/pages"
	"github.com/slipway-paas/slipway/web/render"
)

// fail turns every error into an answer, here only: JSON for programs, a page for people. What was not written for the
// person shows a reference that the operator finds in the log.
func (s *Server) fail(err error, c echo.Context) {
	ctx := c.Request().Context()
	if c.Response().Committed || canceled(ctx, err) {
		return
	}
	if live := render.Live(c); live != nil {
		live.Err = err
		return
	}
	e := s.explain(err, c)
	if strings.HasPrefix(c.Request().URL.Path, "/api/") {
		err = c.JSON(e.Kind.Status(), api.ErrorOf(e, err))
	} else {
		err = s.failPage(c, e)
	}
	if err != nil && !canceled(ctx, err) {
		s.Log.ErrorContext(ctx, "answer an error", "reference", render.Reference(c), "error", err)
	}
}

// explain finds the sentence for the person; internal causes go to the log.
func (s *Server) explain(err error, c echo.Context) *paas.Error {
	var e *paas.Error
	var h *echo.HTTPError
	var large *http.MaxBytesError
	switch {
	case errors.As(err, &large):
		return paas.Errorf(paas.Invalid, "The request is larger than %s.", paas.Bytes(maxBody))
	case errors.As(err, &e) && e.Kind != paas.Internal:
		if e.Err != nil {
			s.Log.InfoContext(c.Request().Context(), "request refused", "reference", render.Reference(c), "error", err)
		}
		return e
	case errors.As(err, &h) && h.Code == http.StatusNotFound:
		return paas.Errorf(paas.NotFound, "There is nothing at this address.")
	case errors.As(err, &h) && h.Code == http.StatusMethodNotAllowed:
		return paas.Errorf(paas.NotFound, "This address does not understand %s.", c.Request().Method)
	case errors.As(err, &h) && h.Code < http.StatusInternalServerError:
		return paas.Errorf(paas.Invalid, "The request cannot be read.")
	}
	s.Log.ErrorContext(c.Request().Context(), "request failed", "reference", render.Reference(c), "method", c.Request().Method, "path", c.Path(), "error", err)
	return paas.Errorf(paas.Internal, "Something went wrong on our side. Tell the operator the reference %s.", render.Reference(c))
}

var failTitles = map[paas.Kind]string{
	paas.Invalid:     "This cannot be done",
	paas.NotFound:    "Not found",
	paas.Conflict:    "Not now",
	paas.Forbidden:   "Not allowed",
	paas.TooMany:     "Too many tries",
	paas.Unavailable: "Part of Slipway is down",
	paas.Internal:    "Slipway failed",
}

// failPage shows an error; who is not signed in is sent to where she can be.
func (s *Server) failPage(c echo.Context, e *paas.Error) error {
	if e.Kind == paas.Unauthorized {
		if needed, err := s.Control.SetupNeeded(c.Request().Context()); err == nil && needed {
			return c.Redirect(http.StatusSeeOther, "/setup")
		}
		if c.Request().Method == http.MethodPost {
			return s.signInAgain(c)
		}
		return c.Redirect(http.StatusSeeOther, "/sign-in?back="+url.QueryEscape(c.Request().URL.RequestURI()))
	}
	_, known := c.Get(api.ActorKey).(paas.Actor)
	if !known {
		if actor, err := s.authenticate(c); err == nil {
			c.Set(api.ActorKey, actor)
			known = true
		}
	}
	return s.Show(c, render.Page{
		Title: failTitles[e.Kind], Status: e.Kind.Status(),
		Body: pages.FailurePage(pages.Failure{Status: e.Kind.Status(), Title: failTitles[e.Kind], Message: e.Message, Reference: render.Reference(c), SignedIn: known}),
	})
}
