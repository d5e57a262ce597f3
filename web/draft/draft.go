// Package draft keeps what somebody entered into a form when her session had ended by the time she sent it. The form
// travels sealed through the page on which she signs in again, so nothing of it is stored anywhere, and comes back to be
// looked at and sent anew: signing in never carries out what was sent before.
package draft

import (
	"bytes"
	"compress/flate"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"io"
	"net/url"
	"slices"
	"time"
)

const (
	// Longest is how much of a form is kept, in bytes; more is a file in a text field, and is dropped with the form.
	Longest = 256 << 10
	// life is how long signing in may take.
	life = 24 * time.Hour

	about = "form of an ended session"
)

// secrets are the fields that are never kept: they are entered again.
var secrets = []string{"password", "old", "new", "secret", "token"}

// Sealer encrypts with keys of the platform; *secret.Keeper does.
type Sealer interface {
	NewKey(keyAbout string) ([]byte, error)
	Seal(wrapped []byte, keyAbout string, plain []byte, about ...string) ([]byte, error)
	Open(wrapped []byte, keyAbout string, sealed []byte, about ...string) ([]byte, error)
}

// Draft is a form that was not taken.
type Draft struct {
	Page   string // the page that has the form: a path of the portal with its query
	Values url.Values
	At     time.Time
}

// without gives the values without those of secret fields.
func without(values url.Values) url.Values {
	kept := url.Values{}
	for field, v := range values {
		if !slices.Contains(secrets, field) {
			kept[field] = v
		}
	}
	return kept
}

// Seal makes the text that only Open reads; "" for a form that is too large to keep.
func (d Draft) Seal(with Sealer) (string, error) {
	d.Values = without(d.Values)
	plain, err := json.Marshal(d)
	if err != nil {
		return "", fmt.Errorf("write down a form: %w", err)
	}
	if len(plain) > Longest {
		return "", nil
	}
	var packed bytes.Buffer
	w, err := flate.NewWriter(&packed, flate.DefaultCompression)
	if err != nil {
		return "", fmt.Errorf("pack a form: %w", err)
	}
	_, _ = w.Write(plain) // Close has the error
	if err := w.Close(); err != nil {
		return "", fmt.Errorf("pack a form: %w", err)
	}
	wrapped, err := with.NewKey(about)
	if err != nil {
		return "", err
	}
	sealed, err := with.Seal(wrapped, about, packed.Bytes())
	if err != nil {
		return "", err
	}
	all := binary.AppendUvarint(nil, uint64(len(wrapped)))
	return base64.RawURLEncoding.EncodeToString(append(append(all, wrapped...), sealed...)), nil
}

// Open reads what Seal made; ok is false for everything else, and for what is too old.
func Open(with Sealer, text string, now time.Time) (d Draft, ok bool) {
	all, err := base64.RawURLEncoding.DecodeString(text)
	if err != nil {
		return Draft{}, false
	}
	n, used := binary.Uvarint(all)
	if used <= 0 || n > uint64(len(all)-used) {
		return Draft{}, false
	}
	wrapped, sealed := all[used:used+int(n)], all[used+int(n):]
	packed, err := with.Open(wrapped, about, sealed)
	if err != nil {
		return Draft{}, false
	}
	plain, err := io.ReadAll(io.LimitReader(flate.NewReader(bytes.NewReader(packed)), Longest+1))
	if err != nil || json.Unmarshal(plain, &d) != nil {
		return Draft{}, false
	}
	return d, !d.At.IsZero() && now.Sub(d.At) < life && !d.At.After(now.Add(time.Minute))
}
