package components

import (
	"bytes"
	"context"
	"fmt"
	"hash/fnv"
	"io"

	"github.com/a-h/templ"
)

// Fragment is a part of a page that is kept fresh without a reload.
type Fragment struct {
	ID   string `json:"id"`
	Hash string `json:"v"`
	HTML string `json:"html"`
}

type collectorKey struct{}

// Collect returns a context in which Live also hands each fragment to add.
func Collect(ctx context.Context, add func(Fragment)) context.Context {
	return context.WithValue(ctx, collectorKey{}, add)
}

// Live wraps its children as a fragment: an element with an id and a hash of what it shows. A browser says which hashes
// it has, and is sent the fragments that read differently now.
func Live(id string) templ.Component {
	return templ.ComponentFunc(func(ctx context.Context, w io.Writer) error {
		var inner bytes.Buffer
		if err := templ.GetChildren(ctx).Render(templ.ClearChildren(ctx), &inner); err != nil {
			return fmt.Errorf("render fragment %s: %w", id, err)
		}
		hash := hashOf(inner.Bytes())
		html := fmt.Sprintf(`<div class="stack" id="%s" data-live="%s">%s</div>`, templ.EscapeString(id), hash, inner.Bytes())
		if add, ok := ctx.Value(collectorKey{}).(func(Fragment)); ok {
			add(Fragment{ID: id, Hash: hash, HTML: html})
		}
		_, err := io.WriteString(w, html)
		return err
	})
}

// hashOf leaves out what stands inside <time>: browsers let those tick by themselves, and "3 min ago" turning into
// "4 min ago" is no change.
func hashOf(html []byte) string {
	sum := fnv.New64a()
	for {
		before, rest, ok := bytes.Cut(html, []byte("<time"))
		_, _ = sum.Write(before) // a hash takes everything
		if !ok {
			return fmt.Sprintf("%x", sum.Sum64())
		}
		tag, rest, _ := bytes.Cut(rest, []byte(">"))
		_, _ = sum.Write(tag)
		_, html, _ = bytes.Cut(rest, []byte("</time>"))
	}
}
