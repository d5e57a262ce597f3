package web

import (
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"github.com/slipway-paas/slipway/server/paas"
)

// sessionLength is how long a browser keeps the cookie; control ends sessions by itself earlier.
// Source: NIST SP 800-63B-4, reauthentication at AAL2 at least every 12 to 24 h.
const sessionLength = 12 * time.Hour

// cookieName binds the cookie to this very host where browsers allow it (https), see RFC 6265bis, 4.1.3.2.
func (s *Server) cookieName() string {
	if s.https() {
		return "__Host-slipway"
	}
	return "slipway"
}

// authenticate finds out who sends the request: by API token in the header, or by session cookie.
func (s *Server) authenticate(c echo.Context) (paas.Actor, error) {
	ctx := c.Request().Context()
	if scheme, token, ok := strings.Cut(c.Request().Header.Get(echo.HeaderAuthorization), " "); ok && strings.EqualFold(scheme, "Bearer") {
		return s.Control.AuthenticateToken(ctx, strings.TrimSpace(token))
	}
	cookie, err := c.Cookie(s.cookieName())
	if err != nil || cookie.Value == "" {
		return paas.Actor{}, paas.Errorf(paas.Unauthorized, "Sign in first.")
	}
	return s.Control.Authenticate(ctx, cookie.Value)
}
