package auth_test

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"github.com/slipway-paas/slipway/server/auth"
	"github.com/slipway-paas/slipway/server/paas"
)

func TestAPasswordIsKnownByItsHash(t *testing.T) {
	t.Parallel()
	hash, err := auth.HashPassword("correct horse")
	if err != nil || !strings.HasPrefix(hash, "$argon2id$v=19$m=19456,t=2,p=1$") {
		t.Fatalf("hash %q, %v", hash, err)
	}
	if again, _ := auth.HashPassword("correct horse"); again == hash {
		t.Error("two hashes of one password are equal: there is no salt")
	}
	for password, want := range map[string]bool{"correct horse": true, "Correct horse": false, "": false, "correct horse ": false} {
		if got := auth.CheckPassword(hash, password); got != want {
			t.Errorf("CheckPassword(%q) = %v, want %v", password, got, want)
		}
	}
	for _, bad := range []string{"", "plain", "$argon2id$v=19$m=1,t=1,p=1$AA$", "$argon2id$v=18$m=19456,t=2,p=1$AAAA$AAAA", "$argon2i$v=19$m=1,t=1,p=1$AA$AA", "$argon2id$v=19$m=1,t=1,p=1$!$!"} {
		if auth.CheckPassword(bad, "correct horse") {
			t.Errorf("the hash %q lets in", bad)
		}
	}
}

func TestPasswordsThatAreTooEasyAreRefused(t *testing.T) {
	t.Parallel()
	for password, ok := range map[string]bool{
		"":                        false,
		"short":                   false,
		"aaaaaaaaaaaaaaa":         false,
		"ada@example.com":         false,
		strings.Repeat("ab", 150): false,
		"correct horse":           true,
		"пароль-пароль":           true,
	} {
		err := auth.ValidatePassword("password", password, "ada@example.com")
		if (err == nil) != ok || (err != nil && paas.KindOf(err) != paas.Invalid) {
			t.Errorf("%q: %v, want ok %v", password, err, ok)
		}
	}
}

func TestTokensAreRecognisedWithoutTheDatabase(t *testing.T) {
	t.Parallel()
	seen := map[string]bool{}
	for range 200 {
		token, err := auth.NewToken()
		if err != nil || !auth.WellFormed(token) || len(token) != 53 || !strings.HasPrefix(token, "slp_") || seen[token] {
			t.Fatalf("token %q, %v", token, err)
		}
		seen[token] = true
		for i := 4; i < len(token); i += 7 {
			wrong := []byte(token)
			wrong[i] ^= 1
			if auth.WellFormed(string(wrong)) {
				t.Errorf("%s with a wrong letter at %d is well formed", token, i)
			}
		}
		if !bytes.Equal(auth.Hash(token), auth.Hash(token)) || !auth.Matches(token, auth.Hash(token)) || auth.Matches(token+"x", auth.Hash(token)) {
			t.Error("the hash does not tell tokens apart")
		}
	}
	for _, bad := range []string{"", "slp_", "slp_x", "ghp_" + strings.Repeat("a", 49)} {
		if auth.WellFormed(bad) {
			t.Errorf("%q is well formed", bad)
		}
	}
}

func TestNewPasswordsPassOurOwnRules(t *testing.T) {
	t.Parallel()
	seen := map[string]bool{}
	for range 100 {
		p, err := auth.NewPassword()
		if err != nil || auth.ValidatePassword("p", p, "") != nil || len(p) != 23 || seen[p] {
			t.Fatalf("password %q, %v", p, err)
		}
		seen[p] = true
	}
}

func TestALimiterCountsPerKeyInAWindow(t *testing.T) {
	t.Parallel()
	l := auth.NewLimiter(3, time.Minute)
	now := time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)
	for i := range 3 {
		if err := l.Try("ada", now.Add(time.Duration(i)*time.Second)); err != nil {
			t.Fatalf("try %d: %v", i+1, err)
		}
	}
	if err := l.Try("ada", now.Add(3*time.Second)); paas.KindOf(err) != paas.TooMany {
		t.Errorf("the fourth try: %v, want too many", err)
	}
	if err := l.Try("bob", now); err != nil {
		t.Errorf("somebody else: %v", err)
	}
	if err := l.Try("ada", now.Add(time.Minute)); err != nil {
		t.Errorf("a minute after the first: %v", err)
	}
	if err := l.Try("ada", now.Add(time.Minute)); paas.KindOf(err) != paas.TooMany {
		t.Errorf("the window slides: %v, want too many", err)
	}
	l.Forget("ada")
	if err := l.Try("ada", now.Add(time.Minute)); err != nil {
		t.Errorf("after it was forgotten: %v", err)
	}
}
