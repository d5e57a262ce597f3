package draft_test

import (
	"bytes"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/slipway-paas/slipway/server/secret"
	"github.com/slipway-paas/slipway/web/draft"
)

var noon = time.Date(2026, 11, 25, 12, 0, 0, 0, time.UTC)

func keeper(t testing.TB, b byte) *secret.Keeper {
	t.Helper()
	k, err := secret.New(bytes.Repeat([]byte{b}, secret.KeyBytes))
	if err != nil {
		t.Fatal(err)
	}
	return k
}

func TestAFormComesBackWithoutItsSecrets(t *testing.T) {
	t.Parallel()
	k := keeper(t, 1)
	entered := url.Values{"repo": {"https://git.example.com/a.git"}, "process": {"web", "worker"}, "secret": {"hunter2hunter2"}, "old": {"a"}, "new": {"b"}, "password": {"c"}}
	text, err := draft.Draft{Page: "/credentials?team=main", Values: entered, At: noon}.Seal(k)
	if err != nil {
		t.Fatal(err)
	}
	if strings.Contains(text, "git.example.com") || entered.Get("secret") == "" {
		t.Errorf("the sealed form can be read, or sealing changed what was entered")
	}
	d, ok := draft.Open(k, text, noon.Add(time.Hour))
	if want := "process=web&process=worker&repo=https%3A%2F%2Fgit.example.com%2Fa.git"; !ok || d.Page != "/credentials?team=main" || d.Values.Encode() != want {
		t.Errorf("got %v %q %q", ok, d.Page, d.Values.Encode())
	}
	for name, open := range map[string]func() bool{
		"a day later":         func() bool { _, ok := draft.Open(k, text, noon.Add(25*time.Hour)); return ok },
		"with another key":    func() bool { _, ok := draft.Open(keeper(t, 2), text, noon); return ok },
		"with a changed byte": func() bool { _, ok := draft.Open(k, text[:len(text)-2]+"AA", noon); return ok },
		"nothing":             func() bool { _, ok := draft.Open(k, "", noon); return ok },
	} {
		if open() {
			t.Errorf("%s: the form opened", name)
		}
	}
}

func TestAFormThatIsTooLargeIsNotKept(t *testing.T) {
	t.Parallel()
	text, err := draft.Draft{Page: "/", Values: url.Values{"variables": {strings.Repeat("x", draft.Longest)}}, At: noon}.Seal(keeper(t, 1))
	if text != "" || err != nil {
		t.Errorf("got %d bytes, %v", len(text), err)
	}
}

func FuzzOpen(f *testing.F) {
	k := keeper(f, 1)
	f.Add("")
	f.Add("AAAA")
	f.Add("_____________")
	f.Fuzz(func(t *testing.T, text string) {
		if _, ok := draft.Open(k, text, noon); ok {
			t.Error("a text of nobody's opened")
		}
	})
}
