package control

import (
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"encoding/pem"
	"fmt"
	"strings"
	"unicode"

	"golang.org/x/crypto/ssh"

	"github.com/slipway-paas/slipway/server/paas"
)

// maxSecret is the longest secret of a credential, in bytes: an RSA key of 16384 bits has 13 KiB.
const maxSecret = 16 << 10

// Credentials lists a team's credentials.
func (c *Control) Credentials(ctx context.Context, actor paas.Actor, teamName string) ([]paas.Credential, error) {
	return answer(ctx, c, func(tx Tx) ([]paas.Credential, error) {
		t, err := team(tx, actor, teamName)
		if err != nil {
			return nil, err
		}
		return tx.Credentials(t.ID)
	})
}

// CredentialCreate keeps a secret that opens private repositories. For a deploy key without a secret a new key is
// made, whose public half is to be pasted into the forge.
func (c *Control) CredentialCreate(ctx context.Context, actor paas.Actor, teamName, name string, kind paas.CredentialKind, username, secret string) (paas.Credential, error) {
	var errs paas.FieldErrors
	cred := paas.Credential{Name: parseLabel(&errs, "name", name, "Give the credential a name."), Kind: kind, Username: strings.TrimSpace(username)}
	if len(cred.Username) > 200 || strings.ContainsFunc(cred.Username, func(r rune) bool { return !unicode.IsPrint(r) || r == ' ' || r == ':' }) {
		errs = append(errs, paas.FieldErrorf("username", "A user name has no spaces and no colon."))
	}
	var err error
	switch kind {
	case paas.CredentialToken:
		if secret = strings.TrimSpace(secret); secret == "" || len(secret) > maxSecret || strings.ContainsFunc(secret, func(r rune) bool { return !unicode.IsPrint(r) }) {
			errs = append(errs, paas.FieldErrorf("secret", "Paste the token: one line without control characters."))
		}
	case paas.CredentialSSHKey:
		if secret == "" {
			secret, err = newDeployKey()
		}
		if err == nil {
			cred.PublicKey, err = publicHalf(secret, cred.Name)
		}
		if err := gather(&errs, err); err != nil {
			return paas.Credential{}, err
		}
		secret = strings.TrimSpace(secret) + "\n" // ssh refuses a key file without its last line end
	default:
		errs = append(errs, paas.FieldErrorf("kind", "Choose a token or a deploy key."))
	}
	if err := errs.Or(); err != nil {
		return paas.Credential{}, err
	}
	return result(ctx, c, func(tx Tx) (paas.Credential, error) {
		t, err := team(tx, actor, teamName)
		if err != nil {
			return paas.Credential{}, err
		}
		if err := owner(actor, t.ID, "add credentials"); err != nil {
			return paas.Credential{}, err
		}
		cred.TeamID = t.ID
		made, err := tx.InsertCredential(cred, secret)
		if err == nil {
			tx.Event(paas.Event{TeamID: t.ID, Kind: "credential.created", Subject: topic("team", t.ID), Actor: actor.Name, Text: "Added the credential " + made.Name + "."})
		}
		return made, err
	})
}

func newDeployKey() (string, error) {
	_, key, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		return "", fmt.Errorf("make a deploy key: %w", err)
	}
	block, err := ssh.MarshalPrivateKey(key, "slipway")
	if err != nil {
		return "", fmt.Errorf("encode a deploy key: %w", err)
	}
	return string(pem.EncodeToMemory(block)), nil
}

// publicHalf is the public key of a private one, as forges take it. The parser's error may quote the key: it is dropped.
func publicHalf(secret, comment string) (string, error) {
	if len(secret) > maxSecret {
		return "", paas.FieldErrorf("secret", "The key is longer than %s.", paas.Bytes(maxSecret))
	}
	signer, err := ssh.ParsePrivateKey([]byte(strings.TrimSpace(secret) + "\n"))
	if err != nil {
		return "", paas.FieldErrorf("secret", "Paste a private key in OpenSSH or PEM form, without a passphrase, or leave it empty for a new one.")
	}
	line := strings.TrimSpace(string(ssh.MarshalAuthorizedKey(signer.PublicKey())))
	return line + " slipway-" + strings.ReplaceAll(comment, " ", "-"), nil
}

// CredentialDelete removes a credential that no app uses.
func (c *Control) CredentialDelete(ctx context.Context, actor paas.Actor, teamName string, id int64) error {
	return c.write(ctx, func(tx Tx) error {
		t, err := team(tx, actor, teamName)
		if err != nil {
			return err
		}
		cred, err := credential(tx, t.ID, id)
		if err != nil {
			return err
		}
		if err := owner(actor, t.ID, "delete credentials"); err != nil {
			return err
		}
		tx.Event(paas.Event{TeamID: t.ID, Kind: "credential.deleted", Subject: topic("team", t.ID), Actor: actor.Name, Text: "Deleted the credential " + cred.Name + "."})
		return tx.DeleteCredential(id)
	})
}

// credential is a team's credential.
func credential(tx Tx, team, id int64) (paas.Credential, error) {
	cred, err := tx.Credential(id)
	if err == nil && cred.TeamID != team {
		return paas.Credential{}, paas.Errorf(paas.NotFound, "There is no such credential.")
	}
	return cred, err
}
