package host

import (
	"encoding/json"
	"log/slog"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"time"
	"unicode"
)

// The bounds of what is kept of a plugin's output for the operator to see.
const (
	keptLines = 60      // as many as one likes to scroll through
	keptBytes = 1 << 10 // of each, which is a line of JSON with a few fields
)

// recent keeps the last lines that a plugin has written, whatever the log's limits
// and level are. It outlives the plugin's processes, so that what one said before it
// ended is there beside what the next one says. Its memory is bounded.
type recent struct {
	mu    sync.Mutex
	lines [keptLines]keptLine
	next  uint64 // lines ever added
}

type keptLine struct {
	at   time.Time
	text []byte // as it came
	cut  bool
}

// add keeps a line, or the beginning of one that is too long.
func (r *recent) add(at time.Time, line []byte, cut bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	l := &r.lines[r.next%keptLines]
	r.next++
	l.at, l.cut = at, cut || len(line) > keptBytes
	l.text = append(l.text[:0], line[:min(len(line), keptBytes)]...)
}

// all are the lines, oldest first, as copies.
func (r *recent) all() []keptLine {
	r.mu.Lock()
	defer r.mu.Unlock()
	var out []keptLine
	for i := r.next - min(r.next, keptLines); i < r.next; i++ {
		l := r.lines[i%keptLines]
		l.text = append([]byte(nil), l.text...)
		out = append(out, l)
	}
	return out
}

// EachLine calls do for each of the last lines that the plugin has written, oldest
// first: at most 60 over all its processes, of at most a kilobyte and a mark where one
// was cut. Structured lines are written out as text. What could steer a terminal or
// turn text around is gone or replaced; it is still a stranger's text.
func (d *Driver) EachLine(do func(at time.Time, level slog.Level, text string)) {
	for _, l := range d.lines.recent.all() {
		parsed := parseLine(l.text)
		text := clean(parsed.text(), keptBytes)
		if l.cut && !strings.HasSuffix(text, "...") {
			text += "..."
		}
		do(l.at, parsed.level, text)
	}
}

// text is the line for people: the message, and the fields as key=value.
func (l *logLine) text() string {
	var b strings.Builder
	b.WriteString(l.message)
	for _, a := range l.attrs {
		b.WriteString(" " + a.Key + "=" + fieldText(a.Value.Any()))
	}
	return b.String()
}

func fieldText(v any) string {
	if s, ok := v.(string); ok {
		if s == "" || strings.ContainsAny(s, " =\"\n\t") {
			return strconv.Quote(s)
		}
		return s
	}
	raw, err := json.Marshal(v)
	if err != nil {
		return "?"
	}
	return string(raw)
}

// colours are the escape sequences that programs colour their lines with.
var colours = regexp.MustCompile("\x1b\\[[0-9;:?]*[ -/]*[@-~]")

// clean is a text without colours, in which every character that cannot be seen is
// replaced, of at most n bytes and a mark that it was cut.
func clean(s string, n int) string {
	s = colours.ReplaceAllString(strings.ToValidUTF8(s, "\uFFFD"), "")
	return clip(strings.Map(func(r rune) rune {
		switch {
		case r == '\t':
			return ' '
		case !unicode.IsGraphic(r):
			return '\uFFFD'
		}
		return r
	}, s), n)
}
