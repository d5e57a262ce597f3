// Package trust hands the machine's certificate authorities to build steps, so that a company's own is trusted there
// too: as the PEM bundle that most tools read, and as the key store that Java reads.
package trust

import (
	"bytes"
	"cmp"
	"crypto/sha1" //nolint:gosec // the checksum that Java's store format prescribes; it protects nothing
	"crypto/x509"
	"encoding/binary"
	"encoding/pem"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strconv"
)

// The build secrets' names; see the runtime package's Run.
const (
	SecretCA      = "ca"      // PEM bundle
	SecretCACerts = "cacerts" // Java key store
)

// bundles are the places of the bundle on the systems Slipway runs on. Source: crypto/x509, root_linux.go.
var bundles = []string{"/etc/ssl/certs/ca-certificates.crt", "/etc/pki/tls/certs/ca-bundle.crt", "/etc/ssl/cert.pem"}

// Secrets reads the machine's bundle (file, or the system's when file is "") and makes both build secrets of it.
func Secrets(file string) (map[string][]byte, error) {
	bundle, err := read(cmp.Or(file, os.Getenv("SSL_CERT_FILE")))
	if err != nil {
		return nil, err
	}
	store, err := KeyStore(bundle)
	if err != nil {
		return nil, err
	}
	return map[string][]byte{SecretCA: bundle, SecretCACerts: store}, nil
}

func read(file string) ([]byte, error) {
	places := bundles
	if file != "" {
		places = []string{file}
	}
	for _, p := range places {
		bundle, err := os.ReadFile(p)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return nil, fmt.Errorf("read the certificate bundle: %w", err)
		}
		return bundle, nil
	}
	return nil, fmt.Errorf("there is no certificate bundle at %v; install ca-certificates", places)
}

// KeyStore makes a Java key store (format JKS, version 2) that trusts every certificate of a PEM bundle. Java detects the
// format by itself, needs no password to read certificates, and then does not check the checksum, which is made
// with Java's usual password all the same.
func KeyStore(bundle []byte) ([]byte, error) {
	var certs [][]byte
	for rest := bundle; ; {
		var block *pem.Block
		if block, rest = pem.Decode(rest); block == nil {
			break
		}
		if block.Type != "CERTIFICATE" {
			continue
		}
		if _, err := x509.ParseCertificate(block.Bytes); err != nil {
			continue // Java refuses a whole store for one certificate that it cannot read
		}
		certs = append(certs, block.Bytes)
	}
	if len(certs) == 0 {
		return nil, errors.New("the certificate bundle holds no certificate")
	}
	var b bytes.Buffer
	b.Write([]byte{0xfe, 0xed, 0xfe, 0xed})
	number := func(n int) { b.Write(binary.BigEndian.AppendUint32(nil, uint32(n))) }
	text := func(s string) { b.Write(binary.BigEndian.AppendUint16(nil, uint16(len(s)))); b.WriteString(s) }
	number(2) // version
	number(len(certs))
	for i, der := range certs {
		number(2) // an entry that is a trusted certificate
		text("ca-" + strconv.Itoa(i))
		b.Write(make([]byte, 8)) // time of creation
		text("X.509")
		number(len(der))
		b.Write(der)
	}
	sum := sha1.New() //nolint:gosec // see above
	for _, r := range "changeit" {
		sum.Write([]byte{0, byte(r)})
	}
	sum.Write([]byte("Mighty Aphrodite"))
	sum.Write(b.Bytes())
	return sum.Sum(b.Bytes()), nil
}
