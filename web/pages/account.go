// Package pages holds one templ page per screen and the view model of each: exactly what it shows.
package pages

import (
	"time"

	"github.com/slipway-paas/slipway/server/paas"
	"github.com/slipway-paas/slipway/web/components"
)

// SignIn is the sign-in page.
type SignIn struct {
	Form    components.Form
	Back    string // where to go afterwards; a path of ours
	Pending string // the sealed form that comes back after signing in; "" for none
	Lost    bool   // a form was sent that is too large to come back
}

// SetUp is the first-run page; Token comes with the link.
type SetUp struct {
	Form  components.Form
	Token string
}

// Account is one's own account.
type Account struct {
	Form  components.Form
	Name  string
	Teams []paas.Team
}

// Members are the people of a team.
type Members struct {
	Team     string
	Teams    []paas.Team
	Members  []paas.Member
	Owner    bool // the reader may change them
	Self     int64
	Form     components.Form
	Added    string // e-mail of who was just added
	Password string // her one-time password, shown once
}

// Token is a line of the tokens page.
type Token struct {
	ID                             int64
	Name                           string
	CreatedAt, ExpiresAt, LastUsed time.Time
}

// Tokens are one's own API tokens.
type Tokens struct {
	Tokens []Token
	Form   components.Form
	Secret string // of the token that was just made, shown once
	URL    string // of this portal, for the example
}

// Credentials open private repositories.
type Credentials struct {
	Team        string
	Teams       []paas.Team
	Credentials []paas.Credential
	Owner       bool
	Form        components.Form
}
