package notify

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strings"
	"time"
	"unicode"
)

// Notice is one thing to tell. Its texts hold no control characters: names of
// workers and words of nodes are others' input.
type Notice struct {
	ID   string    `json:"id"` // 24 hexadecimal digits; the same thing has the same id, always
	Kind Kind      `json:"kind"`
	Time time.Time `json:"time"` // when it happened

	Pool    string `json:"pool,omitempty"`
	Chain   string `json:"chain,omitempty"`
	Node    string `json:"node,omitempty"`
	Account string `json:"account,omitempty"`
	Worker  string `json:"worker,omitempty"` // within the account

	Height      uint64  `json:"height,omitempty"`
	Hash        string  `json:"hash,omitempty"` // of a block, as explorers write it
	Reward      string  `json:"reward,omitempty"`
	EffortPct   float64 `json:"effort_percent,omitempty"`
	SubmittedMS int64   `json:"submitted_ms,omitempty"` // from the share to the node's answer
	Difficulty  float64 `json:"difficulty,omitempty"`   // of a best share
	Payment     uint64  `json:"payment,omitempty"`
	Amount      string  `json:"amount,omitempty"`
	TxID        string  `json:"txid,omitempty"`
	Reason      string  `json:"reason,omitempty"`

	Title string `json:"title"` // one line of at most 120 characters
	Text  string `json:"text"`
}

// Lengths of what is sent, in characters.
const (
	maxTitle = 120
	maxText  = 600
	maxField = 200
)

// idOf is the id of what parts name together.
func idOf(parts ...string) string {
	sum := sha256.Sum256([]byte(strings.Join(parts, "\x00")))
	return hex.EncodeToString(sum[:12])
}

// finish cleans what others have written, and cuts it to length.
func (n *Notice) finish() Notice {
	for _, s := range []*string{&n.Pool, &n.Chain, &n.Node, &n.Account, &n.Worker, &n.Hash, &n.Reward, &n.Amount, &n.TxID} {
		*s = clean(*s, maxField)
	}
	n.Reason, n.Text, n.Title = clean(n.Reason, maxText), clean(n.Text, maxText), clean(n.Title, maxTitle)
	n.Time = n.Time.UTC()
	return *n
}

// clean makes a text one line that can stand in a header, a mail and a terminal: no
// control characters, none that change the direction of writing.
func clean(s string, limit int) string {
	s = strings.Map(func(r rune) rune {
		if unicode.IsControl(r) || unicode.In(r, unicode.Cf, unicode.Zl, unicode.Zp, unicode.Co) || r == unicode.ReplacementChar {
			return '?'
		}
		return r
	}, s)
	if runes := []rune(s); len(runes) > limit {
		return string(runes[:limit-1]) + "…"
	}
	return s
}

// short is an account as people tell it apart from others: "bc1q…f3t4".
func short(account string) string {
	r := []rune(account)
	if len(r) <= 16 {
		return account
	}
	return string(r[:4]) + "…" + string(r[len(r)-4:])
}

// minerName is a worker with its account in short.
func minerName(account, worker string) string {
	if worker == "" {
		return short(account)
	}
	return short(account) + "." + worker
}

// difficultyText is a difficulty as miners say it: "4.31G".
func difficultyText(d float64) string {
	const units = "kMGTPEZY"
	i := -1
	for d >= 1000 && i < len(units)-1 {
		d /= 1000
		i++
	}
	if i < 0 {
		return fmt.Sprintf("%.4g", d)
	}
	return fmt.Sprintf("%.3g%c", d, units[i])
}

// span is a duration without what nobody reads.
func span(d time.Duration) string {
	switch {
	case d < time.Second:
		return d.Round(time.Millisecond).String()
	case d < time.Minute:
		return d.Round(time.Second).String()
	case d < time.Hour:
		return strings.TrimSuffix(d.Round(time.Minute).String(), "0s")
	}
	return strings.TrimSuffix(strings.TrimSuffix(d.Round(time.Minute).String(), "0s"), "0m")
}
