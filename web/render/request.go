package render

import (
	"net/http"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"github.com/slipway-paas/slipway/server/paas"
	"github.com/slipway-paas/slipway/web/api"
)

const (
	nonceKey     = "nonce"
	referenceKey = "request"
)

// Actor is who sent the request; only behind a policy other than public.
func Actor(c echo.Context) paas.Actor {
	actor, _ := c.Get(api.ActorKey).(paas.Actor)
	return actor
}

// SetReference gives a request the reference by which the operator finds it in the log.
func SetReference(c echo.Context, reference string) { c.Set(referenceKey, reference) }

// Reference is the request's reference.
func Reference(c echo.Context) string {
	reference, _ := c.Get(referenceKey).(string)
	return reference
}

// SetNonce gives an answer the nonce that its scripts carry.
func SetNonce(c echo.Context, nonce string) { c.Set(nonceKey, nonce) }

func nonce(c echo.Context) string {
	nonce, _ := c.Get(nonceKey).(string)
	return nonce
}

// ThemeCookie keeps a browser's theme.
const ThemeCookie = "slipway-theme"

func themeOf(c echo.Context) string {
	if cookie, err := c.Cookie(ThemeCookie); err == nil && (cookie.Value == "light" || cookie.Value == "dark") {
		return cookie.Value
	}
	return ""
}

// SetCookie sets a cookie for as long as life, or takes it away when value is empty.
func (r *Renderer) SetCookie(c echo.Context, name, value string, life time.Duration) {
	age := int(life.Seconds())
	if value == "" {
		age = -1
	}
	c.SetCookie(&http.Cookie{Name: name, Value: value, Path: "/", MaxAge: age, HttpOnly: true, Secure: r.Secure, SameSite: http.SameSiteLaxMode})
}

// LocalPath keeps redirects inside the portal: anything but a plain path becomes "/".
func LocalPath(p string) string {
	if !strings.HasPrefix(p, "/") || strings.HasPrefix(p, "//") || strings.ContainsAny(p, "\\\r\n") {
		return "/"
	}
	return p
}
