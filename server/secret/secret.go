// Package secret seals values so that the database alone tells nothing: each team has a random data key, which is kept
// wrapped by a master key that lives outside the database. A sealed value opens only with the words it was sealed
// with (team, app, name, version), so that swapping two rows is noticed.
package secret

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"strconv"
	"strings"
)

// KeyBytes is the size of master and data keys: AES-256.
const KeyBytes = 32

// format is the first byte of everything sealed; another algorithm gets another number.
const format = 1

// errSealed says nothing about why: whoever can ask must not learn whether the key or the words were wrong.
var errSealed = errors.New("the sealed value does not open: it was changed, moved, or sealed with another master key")

// Keeper seals and opens with data keys that it wraps with the master key.
type Keeper struct{ master []byte }

// New makes a keeper of a 32-byte master key.
func New(master []byte) (*Keeper, error) {
	if len(master) != KeyBytes {
		return nil, fmt.Errorf("the master key has %d bytes, not %d", len(master), KeyBytes)
	}
	return &Keeper{master: append([]byte(nil), master...)}, nil
}

// NewKey makes a data key, wrapped for keyAbout.
func (k *Keeper) NewKey(keyAbout string) ([]byte, error) {
	key := make([]byte, KeyBytes)
	if _, err := rand.Read(key); err != nil {
		return nil, fmt.Errorf("draw a data key: %w", err)
	}
	return seal(k.master, key, "key", keyAbout)
}

// Seal encrypts plain with a wrapped data key; the same words about it open it again.
func (k *Keeper) Seal(wrapped []byte, keyAbout string, plain []byte, about ...string) ([]byte, error) {
	key, err := k.unwrap(wrapped, keyAbout)
	if err != nil {
		return nil, err
	}
	return seal(key, plain, about...)
}

// Open decrypts what Seal made.
func (k *Keeper) Open(wrapped []byte, keyAbout string, sealed []byte, about ...string) ([]byte, error) {
	key, err := k.unwrap(wrapped, keyAbout)
	if err != nil {
		return nil, err
	}
	return open(key, sealed, about...)
}

// Fingerprint is the start of a keyed hash (64 bits, in hex): equal values of one team have equal fingerprints, and
// without the key nobody can try values against it.
func (k *Keeper) Fingerprint(wrapped []byte, keyAbout string, plain []byte) (string, error) {
	key, err := k.unwrap(wrapped, keyAbout)
	if err != nil {
		return "", err
	}
	// A key of its own, so that the same bytes are never used for two algorithms.
	mac := hmac.New(sha256.New, derive(key, "fingerprint"))
	mac.Write(plain)
	return hex.EncodeToString(mac.Sum(nil)[:8]), nil
}

func derive(key []byte, purpose string) []byte {
	mac := hmac.New(sha256.New, key)
	mac.Write([]byte(purpose))
	return mac.Sum(nil)
}

func (k *Keeper) unwrap(wrapped []byte, keyAbout string) ([]byte, error) {
	key, err := open(k.master, wrapped, "key", keyAbout)
	if err != nil {
		return nil, fmt.Errorf("unwrap the data key of %s: %w", keyAbout, err)
	}
	return key, nil
}

// associated joins words so that no two lists of words give the same bytes.
func associated(about []string) []byte {
	var b strings.Builder
	for _, word := range about {
		b.WriteString(strconv.Itoa(len(word)))
		b.WriteByte(':')
		b.WriteString(word)
	}
	return []byte(b.String())
}

func gcm(key []byte) (cipher.AEAD, error) {
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, fmt.Errorf("use the key: %w", err)
	}
	// The nonce is drawn anew for every value: 2^32 values per key are safe, and a key serves one team.
	return cipher.NewGCMWithRandomNonce(block)
}

func seal(key, plain []byte, about ...string) ([]byte, error) {
	aead, err := gcm(key)
	if err != nil {
		return nil, err
	}
	return aead.Seal([]byte{format}, nil, plain, associated(about)), nil
}

func open(key, sealed []byte, about ...string) ([]byte, error) {
	aead, err := gcm(key)
	if err != nil {
		return nil, err
	}
	if len(sealed) == 0 || sealed[0] != format {
		return nil, errSealed
	}
	plain, err := aead.Open(nil, nil, sealed[1:], associated(about))
	if err != nil {
		return nil, errSealed
	}
	return plain, nil
}
