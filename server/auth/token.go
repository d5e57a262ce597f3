package auth

import (
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"math/big"
	"strings"
	"time"
)

// Lifetimes. Source: OWASP ASVS 5.0 level 2 with NIST SP 800-63B-4: a session ends an hour after its last use and twelve
// hours after sign-in at the latest.
const (
	SessionIdle = time.Hour
	SessionMax  = 12 * time.Hour
	TokenMax    = 366 * 24 * time.Hour
	TokenUsual  = 90 * 24 * time.Hour
)

// secretBytes is the randomness of sessions and tokens: 256 bits.
const secretBytes = 32

func draw() ([]byte, error) {
	b := make([]byte, secretBytes)
	if _, err := rand.Read(b); err != nil {
		return nil, fmt.Errorf("draw a secret: %w", err)
	}
	return b, nil
}

// Hash is what is stored of a session or token. Their 256 random bits need no slow hash.
func Hash(secret string) []byte {
	h := sha256.Sum256([]byte(secret))
	return h[:]
}

// Matches compares a secret with a stored hash in constant time.
func Matches(secret string, hash []byte) bool {
	return subtle.ConstantTimeCompare(Hash(secret), hash) == 1
}

// NewSession draws the value of a session's cookie.
func NewSession() (string, error) {
	b, err := draw()
	return base64.RawURLEncoding.EncodeToString(b), err
}

// TokenPrefix lets people and secret scanners recognise an API token.
const TokenPrefix = "slp_"

// Parts of a token behind its prefix, in base62 digits: 256 bits and their CRC32.
const (
	secretDigits = 43
	sumDigits    = 6
)

// NewToken draws an API token: slp_, 43 digits of randomness, 6 digits of checksum.
func NewToken() (string, error) {
	b, err := draw()
	if err != nil {
		return "", err
	}
	secret := digits(b, secretDigits)
	return TokenPrefix + secret + sum(secret), nil
}

// WellFormed reports whether a text can be a token, by its checksum: mistyped ones never reach the database, and
// scanners know a real one without asking.
func WellFormed(token string) bool {
	rest, ok := strings.CutPrefix(token, TokenPrefix)
	return ok && len(rest) == secretDigits+sumDigits && sum(rest[:secretDigits]) == rest[secretDigits:]
}

func sum(secret string) string {
	return digits(binary.BigEndian.AppendUint32(nil, crc32.ChecksumIEEE([]byte(secret))), sumDigits)
}

// digits writes a number in base62, padded with zeros.
func digits(b []byte, width int) string {
	s := new(big.Int).SetBytes(b).Text(62)
	return strings.Repeat("0", max(width-len(s), 0)) + s
}
