// Package auth knows who somebody is: passwords, browser sessions, API tokens, and how often one may try. It keeps
// nothing; what it makes is stored hashed.
package auth

import (
	"crypto/rand"
	"crypto/subtle"
	"encoding/base64"
	"fmt"
	"strings"
	"unicode/utf8"

	"golang.org/x/crypto/argon2"

	"github.com/slipway-paas/slipway/server/paas"
)

// Cost of argon2id. Source: OWASP Password Storage Cheat Sheet, second choice: 19 MiB, 2 passes, 1 lane; about 30 ms.
const (
	memoryKiB = 19 << 10
	passes    = 2
	lanes     = 1
	saltBytes = 16
	hashBytes = 32
)

// Lengths of a password, in characters. Length is what counts (NIST SP 800-63B-4); the upper bound keeps hashing cheap.
const (
	minPassword = 10
	maxPassword = 200
)

// ValidatePassword checks a new password; field is the form field that an error names.
func ValidatePassword(field, password, email string) error {
	n := utf8.RuneCountInString(password)
	switch {
	case n < minPassword:
		return paas.FieldErrorf(field, "Use at least %d characters for the password.", minPassword)
	case n > maxPassword:
		return paas.FieldErrorf(field, "Use at most %d characters for the password.", maxPassword)
	case strings.EqualFold(password, email), strings.Count(password, password[:1]) == len(password):
		return paas.FieldErrorf(field, "This password is too easy to guess. Choose another.")
	}
	return nil
}

// HashPassword makes what is stored of a password, in the PHC form $argon2id$v=19$m=…,t=…,p=…$salt$hash.
func HashPassword(password string) (string, error) {
	salt := make([]byte, saltBytes)
	if _, err := rand.Read(salt); err != nil {
		return "", fmt.Errorf("draw a salt: %w", err)
	}
	hash := argon2.IDKey([]byte(password), salt, passes, memoryKiB, lanes, hashBytes)
	encode := base64.RawStdEncoding.EncodeToString
	return fmt.Sprintf("$argon2id$v=%d$m=%d,t=%d,p=%d$%s$%s", argon2.Version, memoryKiB, passes, lanes, encode(salt), encode(hash)), nil
}

// CheckPassword reports whether hash is of password. An empty hash (there is no such account) takes as long as a wrong
// password, so that time does not tell who has an account.
func CheckPassword(hash, password string) bool {
	if hash == "" {
		argon2.IDKey([]byte(password), make([]byte, saltBytes), passes, memoryKiB, lanes, hashBytes)
		return false
	}
	var version int
	var m, t uint32
	var p uint8
	parts := strings.Split(hash, "$")
	if len(parts) != 6 || parts[1] != "argon2id" {
		return false
	}
	if _, err := fmt.Sscanf(parts[2]+" "+parts[3], "v=%d m=%d,t=%d,p=%d", &version, &m, &t, &p); err != nil || version != argon2.Version {
		return false
	}
	salt, err := base64.RawStdEncoding.DecodeString(parts[4])
	if err != nil {
		return false
	}
	want, err := base64.RawStdEncoding.DecodeString(parts[5])
	if err != nil || len(want) == 0 {
		return false
	}
	got := argon2.IDKey([]byte(password), salt, t, m, p, uint32(len(want)))
	return subtle.ConstantTimeCompare(got, want) == 1
}

// passwordLetters leaves out letters and digits that are mistaken for each other.
const passwordLetters = "abcdefghjkmnpqrstuvwxyz23456789"

// NewPassword draws a password to hand to somebody: four groups of five letters, 99 bits.
func NewPassword() (string, error) {
	var b strings.Builder
	random := make([]byte, 1)
	for i := 0; i < 20; {
		if _, err := rand.Read(random); err != nil {
			return "", fmt.Errorf("draw a password: %w", err)
		}
		// Bytes past the last whole multiple would make the first letters likelier.
		if n := int(random[0]); n < 256/len(passwordLetters)*len(passwordLetters) {
			if i > 0 && i%5 == 0 {
				b.WriteByte('-')
			}
			b.WriteByte(passwordLetters[n%len(passwordLetters)])
			i++
		}
	}
	return b.String(), nil
}
