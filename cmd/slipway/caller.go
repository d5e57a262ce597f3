package main

import (
	"bytes"
	"cmp"
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"strings"

	"github.com/slipway-paas/slipway/server/paas"
	"github.com/slipway-paas/slipway/web/api"
)

// caller talks to a running Slipway by its JSON API.
type caller struct {
	url, token string
	http       *http.Client
}

func newCaller() (*caller, error) {
	c := &caller{
		url:   strings.TrimRight(cmp.Or(os.Getenv("SLIPWAY_URL"), "http://127.0.0.1:8080"), "/"),
		token: os.Getenv("SLIPWAY_TOKEN"), http: http.DefaultClient,
	}
	if c.token == "" {
		return nil, paas.Errorf(paas.Unauthorized, "Set SLIPWAY_TOKEN to an API token: make one under API tokens in the portal, or with `slipway admin token`.")
	}
	return c, nil
}

// get, post, put, patch and del are one request each; the answer is decoded into Out.
func get[Out any](ctx context.Context, c *caller, path string) (Out, error) {
	return call[Out](ctx, c, http.MethodGet, path, nil)
}

func post[Out any](ctx context.Context, c *caller, path string, in any) (Out, error) {
	return call[Out](ctx, c, http.MethodPost, path, in)
}

func call[Out any](ctx context.Context, c *caller, method, path string, in any) (out Out, err error) {
	r, err := c.send(ctx, method, path, in)
	if err != nil {
		return out, err
	}
	defer r.Body.Close()
	if r.StatusCode == http.StatusNoContent {
		return out, nil
	}
	if err := json.NewDecoder(r.Body).Decode(&out); err != nil {
		return out, fmt.Errorf("read the answer of %s %s: %w", method, path, err)
	}
	return out, nil
}

// send makes one request; an answer that is an error becomes one. Whoever gets a response closes its body.
func (c *caller) send(ctx context.Context, method, path string, in any) (*http.Response, error) {
	var body io.Reader
	if in != nil {
		text, err := json.Marshal(in)
		if err != nil {
			return nil, fmt.Errorf("encode the request: %w", err)
		}
		body = bytes.NewReader(text)
	}
	request, err := http.NewRequestWithContext(ctx, method, c.url+path, body)
	if err != nil {
		return nil, paas.Errorf(paas.Invalid, "SLIPWAY_URL is %q, which is not an address.", c.url).Because(err)
	}
	request.Header.Set("Authorization", "Bearer "+c.token)
	request.Header.Set("Accept", "application/json")
	if in != nil {
		request.Header.Set("Content-Type", "application/json")
	}
	if method != http.MethodGet {
		// A proxy that repeats the request does not repeat what it does.
		request.Header.Set("Idempotency-Key", rand.Text())
	}
	r, err := c.http.Do(request)
	if err != nil {
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		return nil, paas.Errorf(paas.Unavailable, "Slipway does not answer at %s. Is it running? Set SLIPWAY_URL if it is elsewhere.", c.url).Because(err)
	}
	if r.StatusCode < http.StatusBadRequest {
		return r, nil
	}
	defer r.Body.Close()
	return nil, failure(r)
}

// failure turns an error answer back into the error it was.
func failure(r *http.Response) error {
	var f api.Failure
	if err := json.NewDecoder(io.LimitReader(r.Body, 1<<20)).Decode(&f); err != nil || f.Error.Message == "" {
		return errors.Join(paas.Errorf(paas.Unavailable, "Slipway answers %s.", r.Status), err)
	}
	if len(f.Error.Fields) < 2 {
		return &paas.Error{Kind: f.Error.Kind, Field: f.Error.Field, Message: f.Error.Message}
	}
	var all paas.FieldErrors
	for field, message := range f.Error.Fields {
		all = append(all, &paas.Error{Kind: paas.Invalid, Field: field, Message: message})
	}
	return all
}
