package binding

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Limits of a message.
const (
	MaxMessage = 4096 // bytes
	maxLines   = 64
	maxPercent = 100
)

// Error is a kind of error, for errors.Is.
type Error string

// Error returns the text of the kind.
func (e Error) Error() string { return string(e) }

// ErrMessage says that a text is no message; what it wraps says why, for the
// person who wrote it.
const ErrMessage Error = "message cannot be read"

// The words for taking something back.
const (
	nobody = "nobody"
	none   = "none"
)

// Message is what the owner of an account wants.
type Message struct {
	Pool    string
	Account string
	Pay     map[string]string // address by chain; empty: nobody any more
	Minimum map[string]string // coins by chain, as text; empty: none any more
	Donate  *int              // hundredths of a percent; nil: nothing is said of it
	At      time.Time         // to the second
}

// Empty reports whether nothing is to be set.
func (m *Message) Empty() bool { return len(m.Pay) == 0 && len(m.Minimum) == 0 && m.Donate == nil }

// Text is the message to be signed: no line feed at its end.
func (m *Message) Text() string {
	lines := []string{"motherlode pool " + m.Pool, "account " + m.Account}
	for _, chain := range slices.Sorted(maps.Keys(m.Pay)) {
		lines = append(lines, "pay "+chain+" to "+or(m.Pay[chain], nobody))
	}
	for _, chain := range slices.Sorted(maps.Keys(m.Minimum)) {
		lines = append(lines, "minimum "+chain+" "+or(m.Minimum[chain], none))
	}
	if m.Donate != nil {
		lines = append(lines, "donate "+Percent(*m.Donate)+" %")
	}
	return strings.Join(append(lines, "at "+m.At.UTC().Format(time.RFC3339)), "\n")
}

func or(text, empty string) string {
	if text == "" {
		return empty
	}
	return text
}

// Parse reads a message. Blanks at the ends of lines and of the text do not count.
func Parse(text string) (m Message, err error) {
	if len(text) > MaxMessage {
		return m, fmt.Errorf("%w: it has %d bytes, at most %d are read", ErrMessage, len(text), MaxMessage)
	}
	lines := strings.Split(strings.TrimSpace(text), "\n")
	if len(lines) > maxLines {
		return m, fmt.Errorf("%w: it has %d lines, at most %d are read", ErrMessage, len(lines), maxLines)
	}
	for i := range lines {
		lines[i] = strings.TrimSpace(lines[i])
	}
	const form = `"motherlode pool NAME", "account ADDRESS", what is to be set, "at TIME"`
	if len(lines) < 3 {
		return m, fmt.Errorf("%w: it has %d lines; expected %s", ErrMessage, len(lines), form)
	}
	last := len(lines) - 1
	var okPool, okAccount bool
	var at string
	m.Pool, okPool = strings.CutPrefix(lines[0], "motherlode pool ")
	m.Account, okAccount = strings.CutPrefix(lines[1], "account ")
	at, okAt := strings.CutPrefix(lines[last], "at ")
	if !okPool || !okAccount || !okAt || m.Pool == "" || m.Account == "" {
		return m, fmt.Errorf("%w: expected %s, in this order and each in a line of its own", ErrMessage, form)
	}
	m.At, err = time.Parse(time.RFC3339, at)
	m.At = m.At.UTC().Truncate(time.Second)
	if y := m.At.Year(); err != nil || y < 2000 || y > 9999 {
		return m, fmt.Errorf("%w: %q is no time of these days; expected one like 2026-11-21T12:00:00Z", ErrMessage, at)
	}
	m.Pay, m.Minimum = map[string]string{}, map[string]string{}
	for _, line := range lines[2:last] {
		if err := m.line(line); err != nil {
			return m, fmt.Errorf("%w: line %q: %w", ErrMessage, line, err)
		}
	}
	return m, nil
}

// The ways in which a line can be wrong.
const (
	errLine   Error = `is none of "pay CHAIN to ADDRESS", "minimum CHAIN AMOUNT", "donate NUMBER %"`
	errTwice  Error = "says something that another line says already"
	errDonate Error = "expected a percentage from 0 to 100 with two decimals at most"
)

func (m *Message) line(line string) error {
	words := strings.Fields(line)
	switch {
	case len(words) == 4 && words[0] == "pay" && words[2] == "to":
		return put(m.Pay, words[1], words[3], nobody)
	case len(words) == 3 && words[0] == "minimum":
		return put(m.Minimum, words[1], words[2], none)
	case len(words) >= 2 && words[0] == "donate":
		if m.Donate != nil {
			return errTwice
		}
		bps, err := ParsePercent(strings.Join(words[1:], ""))
		m.Donate = &bps
		return err
	}
	return errLine
}

func put(m map[string]string, chain, value, empty string) error {
	if _, twice := m[chain]; twice {
		return errTwice
	}
	if value == empty {
		value = ""
	}
	m[chain] = value
	return nil
}

// Percent is hundredths of a percent for people, without the sign.
func Percent(bps int) string {
	s := fmt.Sprintf("%d.%02d", bps/maxPercent, bps%maxPercent)
	return strings.TrimSuffix(strings.TrimRight(s, "0"), ".")
}

// ParsePercent reads "1.5", with or without a percent sign, as hundredths of a
// percent.
func ParsePercent(text string) (bps int, err error) {
	whole, part, point := strings.Cut(strings.TrimSuffix(text, "%"), ".")
	if point && part == "" || whole == "" || len(part) > 2 || len(whole) > 3 {
		return 0, errDonate
	}
	v, err := strconv.ParseUint(whole+part+strings.Repeat("0", 2-len(part)), 10, 31)
	if err != nil || v > maxPercent*100 {
		return 0, errDonate
	}
	return int(v), nil
}
