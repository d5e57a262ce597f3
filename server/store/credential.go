package store

import (
	"context"
	"errors"
	"fmt"
	"strconv"

	"gorm.io/gorm"

	"github.com/slipway-paas/slipway/server/paas"
)

type credentialRow struct {
	ID        int64
	TeamID    int64
	Name      string
	Kind      string
	Username  string
	PublicKey string
	Secret    []byte
	Created   stamp `gorm:"column:created_at"`
}

func (r credentialRow) credential() paas.Credential {
	return paas.Credential{
		ID: r.ID, TeamID: r.TeamID, Name: r.Name, Kind: paas.CredentialKind(r.Kind), Username: r.Username, PublicKey: r.PublicKey, CreatedAt: r.Created.Time,
	}
}

func credentialAbout(team int64, name string) []string {
	return []string{"credential", strconv.FormatInt(team, 10), name}
}

// InsertCredential seals and writes a credential.
func (tx *Tx) InsertCredential(c paas.Credential, secret string) (paas.Credential, error) {
	key, about, err := tx.keyOf(c.TeamID)
	if err != nil {
		return c, err
	}
	sealed, err := tx.store.secrets.Seal(key, about, []byte(secret), credentialAbout(c.TeamID, c.Name)...)
	if err != nil {
		return c, fmt.Errorf("seal a credential of team %d: %w", c.TeamID, err)
	}
	r := credentialRow{
		TeamID: c.TeamID, Name: c.Name, Kind: string(c.Kind), Username: c.Username, PublicKey: c.PublicKey, Secret: sealed, Created: at(tx.Now),
	}
	if err := tx.create("credentials", &r); errors.Is(err, gorm.ErrDuplicatedKey) {
		return c, paas.FieldErrorf("name", "There is already a credential called %q.", c.Name).Because(err)
	} else if err != nil {
		return c, err
	}
	return r.credential(), nil
}

// Credentials lists a team's credentials by name, without their secrets.
func (tx *Tx) Credentials(team int64) ([]paas.Credential, error) {
	var rows []credentialRow
	if err := tx.db.Table("credentials").Omit("secret").Where("team_id = ?", team).Order("name").Find(&rows).Error; err != nil {
		return nil, fmt.Errorf("list the credentials of team %d: %w", team, err)
	}
	return each(rows, credentialRow.credential), nil
}

// Credential is the credential with the id.
func (tx *Tx) Credential(id int64) (paas.Credential, error) {
	var r credentialRow
	err := one(tx.db.Table("credentials").Omit("secret").Where("id = ?", id).Limit(1).Find(&r), "There is no such credential.")
	return r.credential(), err
}

// DeleteCredential removes a credential that no living app uses.
func (tx *Tx) DeleteCredential(id int64) error {
	var used []string
	if err := tx.db.Raw("SELECT name FROM apps WHERE credential_id = ? AND deleted_at IS NULL ORDER BY name LIMIT 1", id).Scan(&used).Error; err != nil {
		return fmt.Errorf("look who uses credential %d: %w", id, err)
	}
	if len(used) > 0 {
		return paas.Errorf(paas.Conflict, "The app %s uses this credential. Choose another in its settings first.", used[0])
	}
	if err := tx.db.Exec("UPDATE apps SET credential_id = NULL WHERE credential_id = ?", id).Error; err != nil {
		return fmt.Errorf("forget credential %d in destroyed apps: %w", id, err)
	}
	if err := tx.db.Exec("DELETE FROM credentials WHERE id = ?", id).Error; err != nil {
		return fmt.Errorf("delete credential %d: %w", id, err)
	}
	return nil
}

// CredentialSecret opens a credential, for git alone.
func (s *Store) CredentialSecret(ctx context.Context, id int64) (c paas.Credential, secret string, err error) {
	err = s.Read(ctx, func(tx *Tx) error {
		var r credentialRow
		if err := one(tx.db.Table("credentials").Where("id = ?", id).Limit(1).Find(&r), "There is no such credential."); err != nil {
			return err
		}
		key, about, err := tx.keyOf(r.TeamID)
		if err != nil {
			return err
		}
		plain, err := s.secrets.Open(key, about, r.Secret, credentialAbout(r.TeamID, r.Name)...)
		if err != nil {
			return fmt.Errorf("open credential %d: %w", id, err)
		}
		c, secret = r.credential(), string(plain)
		return nil
	})
	return c, secret, err
}
