package web

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"net/http"
	"runtime/debug"
	"time"

	"github.com/labstack/echo/v4"

	"github.com/slipway-paas/slipway/server/paas"
	"github.com/slipway-paas/slipway/web/render"
)

// maxBody is the largest request body, in bytes; a pasted .env file is the largest thing people send.
const maxBody = 2 << 20

func random(bytes int) string {
	b := make([]byte, bytes)
	_, _ = rand.Read(b) // never fails, see crypto/rand
	return hex.EncodeToString(b)
}

// identify gives each request a reference of its own, limits its body and logs how it went.
func (s *Server) identify(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		start := time.Now()
		reference := random(8)
		render.SetReference(c, reference)
		c.Response().Header().Set(echo.HeaderXRequestID, reference)
		r := c.Request()
		r.Body = http.MaxBytesReader(c.Response(), r.Body, maxBody)
		err := next(c)
		if err != nil {
			c.Error(err) // here, so that the log line has the status
		}
		s.Log.DebugContext(r.Context(), "request", "reference", reference, "method", r.Method, "path", r.URL.Path, "status", c.Response().Status, "took", time.Since(start), "ip", c.RealIP())
		return nil
	}
}

// recover turns a panic in a handler into an internal error of that request.
func (s *Server) recover(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) (err error) {
		defer func() {
			if p := recover(); p != nil {
				if e, ok := p.(error); ok && errors.Is(e, http.ErrAbortHandler) {
					panic(p) // net/http's own way to break off an answer
				}
				err = fmt.Errorf("panic: %v\n%s", p, debug.Stack())
			}
		}()
		return next(c)
	}
}

// secure sets the headers that keep a page from doing what it should not: no script without this answer's nonce, no
// frame around it, nothing from elsewhere.
func (s *Server) secure(next echo.HandlerFunc) echo.HandlerFunc {
	ws := "ws://" + s.public.Host
	if s.https() {
		ws = "wss://" + s.public.Host
	}
	return func(c echo.Context) error {
		nonce := random(16)
		render.SetNonce(c, nonce)
		h := c.Response().Header()
		h.Set("Content-Security-Policy", "default-src 'none'; script-src 'nonce-"+nonce+"'; style-src 'self'; font-src 'self'; img-src 'self' data:; connect-src 'self' "+ws+"; form-action 'self'; base-uri 'none'; frame-ancestors 'none'")
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Referrer-Policy", "same-origin")
		h.Set("Cross-Origin-Opener-Policy", "same-origin")
		h.Set("Permissions-Policy", "camera=(), microphone=(), geolocation=()")
		h.Set("Cache-Control", "no-store")
		if s.https() {
			h.Set("Strict-Transport-Security", "max-age=31536000")
		}
		return next(c)
	}
}

func (s *Server) denyCrossOrigin(w http.ResponseWriter, r *http.Request) {
	c := s.echo.NewContext(r, w)
	deny := func(echo.Context) error {
		return paas.Errorf(paas.Forbidden, "This request came from another site and was refused.")
	}
	_ = s.identify(s.secure(deny))(c) // identify answers by itself
}

// canceled reports whether err only says that the browser went away.
func canceled(ctx context.Context, err error) bool {
	return ctx.Err() != nil && errors.Is(err, context.Canceled)
}
