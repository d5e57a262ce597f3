package web_test

import (
	"errors"
	"slices"
	"testing"

	"github.com/gorilla/websocket"

	"github.com/slipway-paas/slipway/web/fake"
)

// FuzzLiveMessages sends whatever a browser may send before a proper ask. The connection goes on or ends with a code that
// the browser knows, the portal lives, and nobody is shown another team's log.
func FuzzLiveMessages(f *testing.F) {
	for _, seed := range []string{
		`{"view":"/"}`, `{"view":"/apps/harbor-shop","have":{"a":"b"}}`, `{"sub":[{"topic":"logs:task:1001","cursor":-1}]}`, `{"unsub":["logs:task:1"]}`,
		`{"view":"//evil.example/%zz"}`, `{"view":"/apps/../nodes?x=\u0000"}`, `[]`, `{`, "\xff\xfe", `{"sub":[{"topic":"logs:*:>","cursor":9223372036854775807}]}`,
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, said string) {
		p := newPortal(t)
		b := p.browse(p.serve(), fake.Eve) // of another team than the world's apps
		// The portal may close the connection between the two.
		if b.ws.WriteMessage(websocket.TextMessage, []byte(said)) == nil {
			_ = b.ws.WriteMessage(websocket.TextMessage, []byte(`{"view":"/tokens"}`))
		}
		for {
			m, err := b.hear()
			var end *websocket.CloseError
			if errors.As(err, &end) {
				if !slices.Contains([]int{websocket.CloseUnsupportedData, websocket.CloseMessageTooBig, 4403}, end.Code) {
					t.Errorf("closed with %d %s", end.Code, end.Text)
				}
				break
			}
			if err != nil {
				t.Fatal(err)
			}
			if m.Topic != "" {
				t.Fatalf("it was shown %s", m.Topic)
			}
			if m.Reload { // /tokens is not kept fresh: the answer to the ask that came after
				break
			}
		}
		if got := p.get(fake.Ada, "/"); got.status != 200 {
			t.Errorf("the portal answers %d afterwards", got.status)
		}
	})
}
