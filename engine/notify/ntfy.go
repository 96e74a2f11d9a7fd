package notify

import (
	"context"
	"crypto/tls"
	"mime"
	"strconv"
	"unicode/utf8"
)

const (
	ntfyLines = 20
	ntfyText  = 4000 // bytes; an ntfy server makes a file of what is longer than 4096
)

// Ntfy publishes to a topic of an ntfy server.
type Ntfy struct {
	poster *poster
	token  string
}

// NewNtfy makes a sender to the URL of a topic. The token is empty where the topic
// is open to all. Agent and trust are as with NewWebhook.
func NewNtfy(url, token, agent string, trust *tls.Config) (*Ntfy, error) {
	p, err := newPoster(url, agent, trust)
	if err != nil {
		return nil, err
	}
	return &Ntfy{p, token}, nil
}

func (n *Ntfy) String() string { return n.poster.String() }

// Send publishes the message with title, priority and tags.
func (n *Ntfy) Send(ctx context.Context, m *Message) (string, error) {
	level, emblem := m.level()
	header := map[string]string{
		"Content-Type": "text/plain; charset=utf-8",
		"X-Title":      mime.BEncoding.Encode("utf-8", m.Title()), // as it is where it is ASCII; servers decode it since 2.4
		"X-Priority":   strconv.Itoa(level),
		"X-Tags":       emblem,
	}
	if n.token != "" {
		header["Authorization"] = "Bearer " + n.token
	}
	return n.poster.post(ctx, cut(m.Text(ntfyLines), ntfyText), header)
}

// cut shortens a text to so many bytes, at the end of a character.
func cut(s string, limit int) string {
	if len(s) <= limit {
		return s
	}
	for limit > 0 && !utf8.RuneStart(s[limit]) {
		limit--
	}
	return s[:limit]
}
