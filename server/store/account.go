package store

import (
	"errors"
	"fmt"

	"gorm.io/gorm"

	"github.com/slipway-paas/slipway/server/paas"
)

type teamRow struct {
	ID      int64
	Name    string
	DataKey []byte
	Created stamp `gorm:"column:created_at"`
}

func (r teamRow) team() paas.Team {
	return paas.Team{ID: r.ID, Name: r.Name, CreatedAt: r.Created.Time}
}

type userRow struct {
	ID           int64
	Email        string
	Name         string
	PasswordHash string
	Operator     bool
	Created      stamp  `gorm:"column:created_at"`
	Role         string `gorm:"->"`
}

func (r userRow) user() paas.User {
	return paas.User{ID: r.ID, Email: r.Email, Name: r.Name, Operator: r.Operator, CreatedAt: r.Created.Time}
}

// InsertTeam makes a team with a data key of its own.
func (tx *Tx) InsertTeam(name string) (paas.Team, error) {
	r := teamRow{Name: name, DataKey: []byte{}, Created: at(tx.Now)}
	if err := tx.create("teams", &r); errors.Is(err, gorm.ErrDuplicatedKey) {
		return paas.Team{}, paas.FieldErrorf("team", "There is already a team called %q.", name).Because(err)
	} else if err != nil {
		return paas.Team{}, err
	}
	key, err := tx.store.secrets.NewKey(keyAbout(r.ID)) // bound to the id, which the row has only now
	if err != nil {
		return paas.Team{}, fmt.Errorf("make the data key of team %s: %w", name, err)
	}
	if err := tx.db.Exec("UPDATE teams SET data_key = ? WHERE id = ?", key, r.ID).Error; err != nil {
		return paas.Team{}, fmt.Errorf("write the data key of team %s: %w", name, err)
	}
	return r.team(), nil
}

// Teams lists the teams with the ids (nil: all), by name.
func (tx *Tx) Teams(ids []int64) ([]paas.Team, error) {
	q := tx.db.Table("teams").Select("id", "name", "created_at")
	if ids != nil {
		q = q.Where("id IN ?", ids)
	}
	var rows []teamRow
	if err := q.Order("name").Find(&rows).Error; err != nil {
		return nil, fmt.Errorf("list teams: %w", err)
	}
	return each(rows, teamRow.team), nil
}

// InsertUser makes an account.
func (tx *Tx) InsertUser(u paas.User, passwordHash string) (paas.User, error) {
	r := userRow{Email: u.Email, Name: u.Name, PasswordHash: passwordHash, Operator: u.Operator, Created: at(tx.Now)}
	if err := tx.create("users", &r); errors.Is(err, gorm.ErrDuplicatedKey) {
		return u, paas.FieldErrorf("email", "There is already an account for %s.", u.Email).Because(err)
	} else if err != nil {
		return u, err
	}
	return r.user(), nil
}

// HasUsers reports whether anybody has an account.
func (tx *Tx) HasUsers() (has bool, err error) {
	if err := tx.db.Raw("SELECT EXISTS (SELECT 1 FROM users)").Scan(&has).Error; err != nil {
		return false, fmt.Errorf("look for users: %w", err)
	}
	return has, nil
}

// UserByEmail is an account and the hash of its password.
func (tx *Tx) UserByEmail(email string) (paas.User, string, error) {
	return oneUser(tx.db.Table("users").Where("email = ?", email))
}

// User is an account and the hash of its password.
func (tx *Tx) User(id int64) (paas.User, string, error) {
	return oneUser(tx.db.Table("users").Where("id = ?", id))
}

// FirstOperator is the oldest account that sees the fleet.
func (tx *Tx) FirstOperator() (paas.User, error) {
	u, _, err := oneUser(tx.db.Table("users").Where("operator").Order("id"))
	return u, err
}

func oneUser(q *gorm.DB) (paas.User, string, error) {
	var r userRow
	err := one(q.Limit(1).Find(&r), "There is no such account.")
	return r.user(), r.PasswordHash, err
}

// SetPassword writes the hash of a new password and ends the account's sessions.
func (tx *Tx) SetPassword(user int64, hash string) error {
	if err := tx.db.Exec("UPDATE users SET password_hash = ? WHERE id = ?", hash, user).Error; err != nil {
		return fmt.Errorf("write the password of user %d: %w", user, err)
	}
	return tx.DeleteSessions(user)
}

// SetMember gives a person a role in a team.
func (tx *Tx) SetMember(team, user int64, role paas.Role) error {
	err := tx.db.Exec("INSERT INTO members (team_id, user_id, role) VALUES (?, ?, ?) ON CONFLICT (team_id, user_id) DO UPDATE SET role = excluded.role",
		team, user, string(role)).Error
	if err != nil {
		return fmt.Errorf("add user %d to team %d: %w", user, team, err)
	}
	return nil
}

// DeleteMember takes a person out of a team.
func (tx *Tx) DeleteMember(team, user int64) error {
	if err := tx.db.Exec("DELETE FROM members WHERE team_id = ? AND user_id = ?", team, user).Error; err != nil {
		return fmt.Errorf("remove user %d from team %d: %w", user, team, err)
	}
	return nil
}

// Members lists the people of a team by name.
func (tx *Tx) Members(team int64) ([]paas.Member, error) { return listMembers(tx.db, team) }

// LockMembers is Members for a change: nobody else changes them before this transaction ends.
func (tx *Tx) LockMembers(team int64) ([]paas.Member, error) {
	return listMembers(locked(tx.db, "members"), team)
}

func listMembers(db *gorm.DB, team int64) ([]paas.Member, error) {
	var rows []userRow
	err := db.Table("users").Select("users.*, members.role").Joins("JOIN members ON members.user_id = users.id").
		Where("members.team_id = ?", team).Order("users.name, users.id").Find(&rows).Error
	if err != nil {
		return nil, fmt.Errorf("list the members of team %d: %w", team, err)
	}
	return each(rows, func(r userRow) paas.Member { return paas.Member{User: r.user(), Role: paas.Role(r.Role)} }), nil
}

// Actor is a person with her roles.
func (tx *Tx) Actor(user int64) (paas.Actor, error) {
	u, _, err := tx.User(user)
	if err != nil {
		return paas.Actor{}, err
	}
	var rows []struct {
		TeamID int64
		Role   string
	}
	if err := tx.db.Table("members").Where("user_id = ?", user).Find(&rows).Error; err != nil {
		return paas.Actor{}, fmt.Errorf("list the teams of user %d: %w", user, err)
	}
	a := paas.Actor{UserID: u.ID, Name: u.Name, Operator: u.Operator, Teams: map[int64]paas.Role{}}
	for _, r := range rows {
		a.Teams[r.TeamID] = paas.Role(r.Role)
	}
	return a, nil
}
