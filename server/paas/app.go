package paas

import (
	"regexp"
	"time"
)

// Team owns apps. Its people see and change all of them.
type Team struct {
	ID        int64
	Name      string // a Name; part of network names and labels
	CreatedAt time.Time
}

// Role is what a person may do in a team.
type Role string

// The roles. An owner also manages members, tokens, credentials and deletes apps.
const (
	RoleOwner  Role = "owner"
	RoleMember Role = "member"
)

// User is a person with an account.
type User struct {
	ID        int64
	Email     string
	Name      string
	Operator  bool // sees the fleet and may drain nodes; the first account is one
	CreatedAt time.Time
}

// Member is a person in a team.
type Member struct {
	User User
	Role Role
}

// Actor is who does something: a signed-in person, a token, or Slipway itself (UserID 0).
type Actor struct {
	UserID   int64
	Name     string // shown in timelines: "Ada", "Slipway"
	Operator bool
	Teams    map[int64]Role
	Token    bool // by API token rather than by session
}

// System is Slipway itself as an actor.
func System() Actor { return Actor{Name: "Slipway", Operator: true} }

// In reports whether the actor belongs to the team (System belongs to all).
func (a Actor) In(team int64) bool {
	_, ok := a.Teams[team]
	return ok || (a.UserID == 0 && a.Operator)
}

// nameForm keeps names usable as host names, container names and labels.
var nameForm = regexp.MustCompile(`^[a-z][a-z0-9-]{0,38}$`)

// ParseName checks the name of an app or team. field is the form field an error names.
func ParseName(field, s string) (string, error) {
	switch {
	case s == "":
		return "", FieldErrorf(field, "Give it a name.")
	case !nameForm.MatchString(s) || s[len(s)-1] == '-':
		return "", FieldErrorf(field,
			"%q cannot be a name: use lower-case letters, digits and dashes, start with a letter, end without a dash, at most 39 characters.", clip(s, 60))
	case reservedNames[s]:
		return "", FieldErrorf(field, "The name %q is kept for Slipway itself. Choose another.", s)
	}
	return s, nil
}

// reservedNames would collide with the portal's own paths and hosts.
var reservedNames = map[string]bool{"new": true, "api": true, "www": true, "slipway": true, "localhost": true, "admin": true}

var variableForm = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]{0,127}$`)

// ParseVariableName checks the name of an environment variable.
func ParseVariableName(field, s string) (string, error) {
	if !variableForm.MatchString(s) {
		return "", FieldErrorf(field, "%q cannot be a variable's name: use letters, digits and underscores, and do not start with a digit.", clip(s, 60))
	}
	if s == "PORT" {
		return "", FieldErrorf(field, "PORT is set by Slipway. Change the app's port under Resources instead.")
	}
	return s, nil
}

// MaxVariableBytes is the longest value of a variable: Linux refuses a single environment string over 128 KiB.
const MaxVariableBytes = 100 << 10

// App is a program that a team runs: where its source is and how it is run.
type App struct {
	ID         int64
	TeamID     int64
	TeamName   string
	Name       string
	Repo       RepoURL
	Branch     Ref    // branch, tag or commit that is deployed; "" is the repository's default branch
	Root       Subdir // folder of the app in a monorepo; "" is the whole
	Runtime    string // "" lets detection choose
	Credential int64  // credential for the repository; 0 is none
	Settings   AppSettings
	Version    int64 // optimistic version: a change names the version it saw
	LiveID     int64 // release that has the traffic; 0 before the first deploy
	Stopped    bool  // scaled to nothing by its owner: keeps its release, has no tasks
	CreatedAt  time.Time
	DeletedAt  time.Time // zero while it lives; rows stay for history
}

// AppSettings are what a person may change about how an app runs. A change makes a new release when it is deployed.
type AppSettings struct {
	Scale        map[string]int       `json:"scale,omitempty"`     // wanted tasks per process type; web defaults to 1, others to 1 when named in the Procfile
	Resources    map[string]Resources `json:"resources,omitempty"` // per process type; zero fields take the plan's or the platform's default
	HealthPath   string               `json:"healthPath,omitempty"`
	StartTimeout time.Duration        `json:"startTimeout,omitempty"`
	Port         int                  `json:"port,omitempty"`
	Build        BuildSettings        `json:"build,omitzero"`     // what the person overrode on the form
	Commands     map[string]string    `json:"commands,omitempty"` // process type → line, overriding the plan
	WritableRoot *bool                `json:"writableRoot,omitempty"`
}

// Variable is one environment variable of an app. Values are write-only: they are never shown again.
type Variable struct {
	Name        string
	UpdatedAt   time.Time
	UpdatedBy   string
	Fingerprint string // keyed hash prefix, to see whether two values are equal
	Released    bool   // the live release has this very value; false means "takes effect with the next deploy"
}

// CredentialKind is how a private repository is opened.
type CredentialKind string

// The credential kinds.
const (
	CredentialToken  CredentialKind = "token"   // HTTPS user name and token
	CredentialSSHKey CredentialKind = "ssh_key" // deploy key
)

// Credential opens private repositories. Its secret is stored encrypted and never leaves the server but to git.
type Credential struct {
	ID        int64
	TeamID    int64
	Name      string
	Kind      CredentialKind
	Username  string // for tokens; "" means the forge's usual
	PublicKey string // for deploy keys, to paste into the forge
	CreatedAt time.Time
}

// clip shortens s for a message.
func clip(s string, n int) string {
	if len(s) <= n {
		return s
	}
	return s[:n] + "…"
}
