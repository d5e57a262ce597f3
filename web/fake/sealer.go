package fake

import "errors"

// Sealer seals nothing: it only marks what it was given.
type Sealer struct{}

const mark = "sealed:"

// NewKey implements draft.Sealer, as do the methods below.
func (Sealer) NewKey(string) ([]byte, error) { return []byte("key"), nil }

func (Sealer) Seal(_ []byte, _ string, plain []byte, _ ...string) ([]byte, error) {
	return append([]byte(mark), plain...), nil
}

func (Sealer) Open(_ []byte, _ string, sealed []byte, _ ...string) ([]byte, error) {
	if len(sealed) < len(mark) || string(sealed[:len(mark)]) != mark {
		return nil, errors.New("not sealed here")
	}
	return sealed[len(mark):], nil
}
