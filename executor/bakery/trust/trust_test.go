package trust_test

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha1"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/binary"
	"encoding/pem"
	"math/big"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/slipway-paas/slipway/executor/bakery/trust"
)

func bundle(t *testing.T, names ...string) ([]byte, [][]byte) {
	t.Helper()
	var text bytes.Buffer
	var all [][]byte
	for i, name := range names {
		key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
		if err != nil {
			t.Fatal(err)
		}
		template := &x509.Certificate{SerialNumber: big.NewInt(int64(i)), Subject: pkix.Name{CommonName: name}, NotAfter: time.Unix(4e9, 0), IsCA: true, BasicConstraintsValid: true}
		der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, der)
		text.WriteString("# " + name + "\n")
		if err := pem.Encode(&text, &pem.Block{Type: "CERTIFICATE", Bytes: der}); err != nil {
			t.Fatal(err)
		}
	}
	return text.Bytes(), all
}

// readStore reads Java's format back, strictly.
func readStore(t *testing.T, store []byte) [][]byte {
	t.Helper()
	body, sum := store[:len(store)-sha1.Size], store[len(store)-sha1.Size:]
	digest := sha1.New()
	for _, r := range "changeit" {
		digest.Write([]byte{0, byte(r)})
	}
	digest.Write([]byte("Mighty Aphrodite"))
	digest.Write(body)
	if !bytes.Equal(digest.Sum(nil), sum) {
		t.Error("the checksum is wrong")
	}
	number := func() int { n := binary.BigEndian.Uint32(body); body = body[4:]; return int(n) }
	text := func() string {
		n := binary.BigEndian.Uint16(body)
		s := string(body[2 : 2+n])
		body = body[2+n:]
		return s
	}
	if magic, version := number(), number(); magic != 0xfeedfeed || version != 2 {
		t.Fatalf("not a key store: %x, %d", magic, version)
	}
	var certs [][]byte
	seen := map[string]bool{}
	for range number() {
		tag, alias := number(), text()
		body = body[8:] // time
		if kind := text(); tag != 2 || kind != "X.509" || seen[alias] {
			t.Fatalf("entry %q is %d of %q", alias, tag, kind)
		}
		seen[alias] = true
		n := number()
		certs = append(certs, body[:n])
		body = body[n:]
	}
	if len(body) > 0 {
		t.Errorf("%d bytes too many", len(body))
	}
	return certs
}

func TestKeyStoreHoldsEveryCertificate(t *testing.T) {
	t.Parallel()
	text, want := bundle(t, "one", "two", "three")
	text = append(text, []byte("-----BEGIN CERTIFICATE-----\nbm90IG9uZQ==\n-----END CERTIFICATE-----\n-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n")...)
	store, err := trust.KeyStore(text)
	if err != nil {
		t.Fatal(err)
	}
	got := readStore(t, store)
	if len(got) != len(want) {
		t.Fatalf("%d certificates, want %d", len(got), len(want))
	}
	for i := range want {
		if !bytes.Equal(got[i], want[i]) {
			t.Errorf("certificate %d differs", i)
		}
	}
}

func TestABundleWithoutCertificatesIsAnError(t *testing.T) {
	t.Parallel()
	if _, err := trust.KeyStore([]byte("nothing")); err == nil {
		t.Error("no error")
	}
	if _, err := trust.Secrets(filepath.Join(t.TempDir(), "missing")); err == nil {
		t.Error("no error for a missing file")
	}
}

func TestSecretsOfANamedBundle(t *testing.T) {
	t.Parallel()
	text, want := bundle(t, "company")
	file := filepath.Join(t.TempDir(), "ca.pem")
	if err := os.WriteFile(file, text, 0o644); err != nil {
		t.Fatal(err)
	}
	secrets, err := trust.Secrets(file)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(secrets[trust.SecretCA], text) {
		t.Error("the bundle is not handed on as it is")
	}
	if got := readStore(t, secrets[trust.SecretCACerts]); len(got) != 1 || !bytes.Equal(got[0], want[0]) {
		t.Errorf("the store holds %d certificates", len(got))
	}
}

func TestTheMachinesOwnBundle(t *testing.T) {
	t.Parallel()
	secrets, err := trust.Secrets("")
	if err != nil {
		t.Fatal(err)
	}
	if n := len(readStore(t, secrets[trust.SecretCACerts])); n < 50 {
		t.Errorf("only %d certificates", n)
	}
}
