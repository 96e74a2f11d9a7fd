package notify

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"crypto/tls"
	"encoding/hex"
	"encoding/json"
	"strconv"
	"time"
)

// Names of a webhook's headers.
const (
	HeaderID        = "X-Motherlode-Id"        // of the message; an attempt again has the same
	HeaderTimestamp = "X-Motherlode-Timestamp" // Unix seconds of this attempt
	HeaderSignature = "X-Motherlode-Signature" // "sha256=" and the hexadecimal HMAC
)

// webhookVersion is of the body's form; what is added to it does not change it.
const webhookVersion = 1

// Webhook sends JSON.
type Webhook struct {
	poster *poster
	secret []byte
}

// NewWebhook makes a webhook to a URL of http or https. With a secret every request
// is signed. Agent names the program to the receiver; trust is what TLS trusts, nil
// for what the machine trusts.
func NewWebhook(url string, secret []byte, agent string, trust *tls.Config) (*Webhook, error) {
	p, err := newPoster(url, agent, trust)
	if err != nil {
		return nil, err
	}
	return &Webhook{p, secret}, nil
}

func (w *Webhook) String() string { return w.poster.String() }

// webhookBody is what is sent.
type webhookBody struct {
	Version int      `json:"version"`
	ID      string   `json:"id"`
	Title   string   `json:"title"`
	Text    string   `json:"text"` // lines
	Notices []Notice `json:"notices"`
	More    int      `json:"more"` // notices for which there was no room
}

// Send posts the message.
func (w *Webhook) Send(ctx context.Context, m *Message) (string, error) {
	body, err := json.Marshal(webhookBody{webhookVersion, m.ID, m.Title(), m.Text(maxTogether), m.Notices, m.More})
	if err != nil {
		return "", err
	}
	stamp := strconv.FormatInt(time.Now().Unix(), 10)
	header := map[string]string{"Content-Type": "application/json", HeaderID: m.ID, HeaderTimestamp: stamp}
	if len(w.secret) > 0 {
		header[HeaderSignature] = Sign(w.secret, stamp, body)
	}
	return w.poster.post(ctx, string(body), header)
}

// Sign is the signature of a body at a time: "sha256=" and the hexadecimal
// HMAC-SHA256, by the secret, of the timestamp as it stands in its header, a dot,
// and the bytes of the body.
func Sign(secret []byte, timestamp string, body []byte) string {
	mac := hmac.New(sha256.New, secret)
	mac.Write([]byte(timestamp + "."))
	mac.Write(body)
	return "sha256=" + hex.EncodeToString(mac.Sum(nil))
}
