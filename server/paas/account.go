package paas

import "time"

// Session is a signed-in browser. Its cookie is never kept, only the hash of it.
type Session struct {
	Hash      []byte // SHA-256 of the cookie's value
	UserID    int64
	IP        string
	Agent     string
	CreatedAt time.Time
	SeenAt    time.Time
	ExpiresAt time.Time
}

// Token is an API token. Its text is shown once, when it is made; only the hash of it is kept.
type Token struct {
	ID         int64
	Hash       []byte // SHA-256 of the text
	UserID     int64
	Name       string
	CreatedAt  time.Time
	ExpiresAt  time.Time
	LastUsedAt time.Time
}
