package store

import (
	"fmt"

	"github.com/slipway-paas/slipway/server/paas"
)

type sessionRow struct {
	Hash    []byte
	UserID  int64
	IP      string
	Agent   text
	Created stamp `gorm:"column:created_at"`
	Seen    stamp `gorm:"column:seen_at"`
	Expires stamp `gorm:"column:expires_at"`
}

// InsertSession writes a session, and forgets those that are over.
func (tx *Tx) InsertSession(s paas.Session) error {
	if err := tx.db.Exec("DELETE FROM sessions WHERE expires_at < ?", at(tx.Now)).Error; err != nil {
		return fmt.Errorf("forget sessions that are over: %w", err)
	}
	return tx.create("sessions", &sessionRow{
		Hash: s.Hash, UserID: s.UserID, IP: s.IP, Agent: text(s.Agent), Created: at(tx.Now), Seen: at(tx.Now), Expires: at(s.ExpiresAt),
	})
}

// Session is the session with the hash.
func (tx *Tx) Session(hash []byte) (paas.Session, error) {
	var r sessionRow
	err := one(tx.db.Table("sessions").Where("hash = ?", hash).Limit(1).Find(&r), "There is no such session.")
	return paas.Session{
		Hash: r.Hash, UserID: r.UserID, IP: r.IP, Agent: string(r.Agent), CreatedAt: r.Created.Time, SeenAt: r.Seen.Time, ExpiresAt: r.Expires.Time,
	}, err
}

// SeeSession notes that a session was used.
func (tx *Tx) SeeSession(hash []byte) error {
	if err := tx.db.Exec("UPDATE sessions SET seen_at = ? WHERE hash = ?", at(tx.Now), hash).Error; err != nil {
		return fmt.Errorf("note the use of a session: %w", err)
	}
	return nil
}

// DeleteSession ends one session.
func (tx *Tx) DeleteSession(hash []byte) error {
	if err := tx.db.Exec("DELETE FROM sessions WHERE hash = ?", hash).Error; err != nil {
		return fmt.Errorf("end a session: %w", err)
	}
	return nil
}

// DeleteSessions ends all sessions of an account.
func (tx *Tx) DeleteSessions(user int64) error {
	if err := tx.db.Exec("DELETE FROM sessions WHERE user_id = ?", user).Error; err != nil {
		return fmt.Errorf("end the sessions of user %d: %w", user, err)
	}
	return nil
}

type tokenRow struct {
	ID       int64
	Hash     []byte
	UserID   int64
	Name     string
	Created  stamp `gorm:"column:created_at"`
	Expires  stamp `gorm:"column:expires_at"`
	LastUsed stamp `gorm:"column:last_used_at"`
}

func (r tokenRow) token() paas.Token {
	return paas.Token{ID: r.ID, Hash: r.Hash, UserID: r.UserID, Name: r.Name, CreatedAt: r.Created.Time, ExpiresAt: r.Expires.Time, LastUsedAt: r.LastUsed.Time}
}

// InsertToken writes a token.
func (tx *Tx) InsertToken(t paas.Token) (paas.Token, error) {
	r := tokenRow{Hash: t.Hash, UserID: t.UserID, Name: t.Name, Created: at(tx.Now), Expires: at(t.ExpiresAt)}
	err := tx.create("tokens", &r)
	return r.token(), err
}

// Tokens lists an account's tokens, newest first.
func (tx *Tx) Tokens(user int64) ([]paas.Token, error) {
	var rows []tokenRow
	if err := tx.db.Table("tokens").Where("user_id = ?", user).Order("id DESC").Find(&rows).Error; err != nil {
		return nil, fmt.Errorf("list the tokens of user %d: %w", user, err)
	}
	return each(rows, tokenRow.token), nil
}

// TokenByHash is the token with the hash.
func (tx *Tx) TokenByHash(hash []byte) (paas.Token, error) {
	var r tokenRow
	err := one(tx.db.Table("tokens").Where("hash = ?", hash).Limit(1).Find(&r), "There is no such token.")
	return r.token(), err
}

// SeeToken notes that a token was used.
func (tx *Tx) SeeToken(id int64) error {
	if err := tx.db.Exec("UPDATE tokens SET last_used_at = ? WHERE id = ?", at(tx.Now), id).Error; err != nil {
		return fmt.Errorf("note the use of token %d: %w", id, err)
	}
	return nil
}

// DeleteToken ends a token of an account.
func (tx *Tx) DeleteToken(user, id int64) error {
	q := tx.db.Exec("DELETE FROM tokens WHERE id = ? AND user_id = ?", id, user)
	return one(q, "There is no such token.")
}
