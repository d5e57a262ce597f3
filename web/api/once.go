package api

import (
	"bytes"
	"context"
	"crypto/sha256"
	"fmt"
	"io"
	"net/http"

	"github.com/labstack/echo/v4"

	"github.com/slipway-paas/slipway/server/paas"
)

// longestKey bounds an Idempotency-Key, in bytes. Source: Stripe's API allows 255.
const longestKey = 255

// once answers a write with an Idempotency-Key from what is remembered, or carries it out and remembers the answer.
// Only answers of success are kept: a verb that failed has done nothing and may be tried again.
func (a *API) once(c echo.Context, o Operation, carryOut func(echo.Context) (*Answer, error)) (answer *Answer, err error) {
	key := c.Request().Header.Get("Idempotency-Key")
	if key == "" || a.Requests == nil || o.Method == http.MethodGet {
		return carryOut(c)
	}
	switch {
	case len(key) > longestKey:
		return nil, paas.Errorf(paas.Invalid, "An Idempotency-Key may have at most %d characters.", longestKey)
	case o.secret:
		return nil, paas.Errorf(paas.Invalid, "This answer holds a secret that is shown only once and therefore not kept: send the request without Idempotency-Key.")
	}
	body, err := io.ReadAll(c.Request().Body)
	if err != nil {
		return nil, fmt.Errorf("read the body: %w", err)
	}
	c.Request().Body = io.NopCloser(bytes.NewReader(body))
	hash := sha256.Sum256(body)
	actor, _ := c.Get(ActorKey).(paas.Actor)
	ctx := c.Request().Context()
	before, err := a.Requests.BeginRequest(ctx, key, actor.UserID, o.Method, c.Request().URL.RequestURI(), hash[:])
	if err != nil {
		return nil, err
	}
	if before != nil {
		c.Response().Header().Set("Idempotency-Replayed", "true")
		return before, nil
	}
	answer, err = carryOut(c)
	// The client may be gone; what was done must be remembered all the same.
	if endErr := a.Requests.EndRequest(context.WithoutCancel(ctx), key, actor.UserID, answer); endErr != nil && err == nil {
		return nil, fmt.Errorf("remember the answer: %w", endErr)
	}
	return answer, err
}
