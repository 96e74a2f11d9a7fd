package convert

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net"
	"path"
	"regexp"
	"strconv"
	"strings"
)

// maxTag is the longest tag that configs.Validate takes.
const maxTag = 28

// writer writes TOML.
type writer struct {
	text strings.Builder
}

func (w *writer) line(format string, args ...any) {
	fmt.Fprintf(&w.text, format, args...)
	w.text.WriteByte('\n')
}

// key writes a key with a value of text, number, bool or raw.
func (w *writer) key(indent, name string, value any) { w.line("%s%s = %s", indent, name, toml(value)) }

// comment writes lines of comment.
func (w *writer) comment(indent, text string) {
	const width = 84
	line := ""
	for _, word := range strings.Fields(oneLine(text)) {
		if line != "" && len(line)+len(word)+1 > width-len(indent) {
			w.line("%s# %s", indent, line)
			line = ""
		}
		line = strings.TrimSpace(line + " " + word)
	}
	if line != "" {
		w.line("%s# %s", indent, line)
	}
}

// raw is TOML already.
type raw string

// toml is a value as TOML has it.
func toml(v any) string {
	switch v := v.(type) {
	case raw:
		return string(v)
	case string:
		return quote(v)
	case float64:
		return number(v)
	case int:
		return strconv.Itoa(v)
	case bool:
		return strconv.FormatBool(v)
	}
	return quote(fmt.Sprint(v))
}

// quote is a basic string: JSON's escapes are TOML's too.
func quote(s string) string {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	_ = e.Encode(s) // text can always be encoded
	return strings.ReplaceAll(strings.TrimSuffix(b.String(), "\n"), "\x7f", `\u007f`)
}

// number is a number that reads back as the same one.
func number(v float64) string {
	if v == float64(int64(v)) && v < 1e15 && v > -1e15 {
		return strconv.FormatInt(int64(v), 10)
	}
	return strconv.FormatFloat(v, 'g', -1, 64)
}

var notName = regexp.MustCompile(`[^a-z0-9_-]+`)

// nameOf is a name that a pool may have.
func nameOf(s, fallback string) string {
	s = strings.Trim(notName.ReplaceAllString(strings.ToLower(s), "-"), "-")
	if len(s) > 32 {
		s = strings.Trim(s[:32], "-")
	}
	if s == "" {
		return fallback
	}
	return s
}

// tag is a pool's tag, cut to what fits, and whether it was.
func tag(s string) (string, bool) {
	s = strings.Map(func(r rune) rune {
		if r < ' ' || r > '~' {
			return -1
		}
		return r
	}, s)
	if len(s) > maxTag {
		return s[:maxTag], true
	}
	return s, false
}

// nodeURL is a node's address with its scheme.
func nodeURL(s string) string {
	if s == "" || strings.Contains(s, "://") {
		return s
	}
	return "http://" + s
}

// listenOn is an address to listen on, and false where it names no port.
func listenOn(s string) (string, bool) {
	host, port, err := net.SplitHostPort(strings.TrimSpace(s))
	if err != nil {
		return "", false
	}
	if n, err := strconv.Atoi(port); err != nil || n < 1 || n > 65535 {
		return "", false
	}
	if host == "" || host == "*" {
		host = "0.0.0.0"
	}
	return net.JoinHostPort(host, port), true
}

// node is one node as it stands in a coin's settings.
type node struct{ url, user, password, cookie, zmq string }

func (n node) toml() string {
	parts := []string{"url = " + quote(n.url)}
	for _, p := range []struct{ name, value string }{{"user", n.user}, {"password", n.password}, {"cookie", n.cookie}, {"zmq", n.zmq}} {
		if p.value != "" {
			parts = append(parts, p.name+" = "+quote(p.value))
		}
	}
	return "{ " + strings.Join(parts, ", ") + " }"
}

// fromFolder says of a relative path that it is another one here.
func (s *source) fromFolder(w *writer, indent, key, file string) {
	if file != "" && !path.IsAbs(file) {
		w.comment(indent, s.look(key, "look: %q is taken from the folder of the new configuration, and the other pool took it from the one that it was started in: write the whole path", file))
	}
}

// nodes writes the list of a coin's nodes.
func (w *writer) nodes(all []node) {
	w.line("  nodes = [")
	for _, n := range all {
		w.line("    %s,", n.toml())
	}
	w.line("  ]")
}

// head writes what every file begins with.
func (w *writer) head(dataDir, http string) {
	w.comment("", "The share log, the ledger and the journal of found blocks. Shares are money.")
	w.key("", "data_dir", dataDir)
	w.line("")
	w.line("[http]")
	w.comment("", "Status, health and metrics. Keep it on a private address.")
	w.key("", "listen", http)
	w.line("")
}
