package host

import (
	"bytes"
	"encoding/json"
	"log/slog"
	"slices"
	"strings"
)

// maxAttrs bounds what one line may add to the pool's log.
const maxAttrs = 32

// logLine is one line of a plugin's output, understood.
type logLine struct {
	level   slog.Level
	message string
	attrs   []slog.Attr
}

// parseLine understands slog's JSON, hclog's JSON and plain text. Whatever else
// a line is, it is text: no line is an error. Text is logged at info, or at what
// a prefix like [WARN] says; the traces of a panic at error.
func parseLine(line []byte) logLine {
	if l, ok := parseJSON(line); ok {
		return l
	}
	text := strings.ToValidUTF8(string(line), "\uFFFD")
	return logLine{level: textLevel(text), message: text}
}

func parseJSON(line []byte) (logLine, bool) {
	line = bytes.TrimSpace(line)
	if len(line) == 0 || line[0] != '{' {
		return logLine{}, false
	}
	var fields map[string]any
	d := json.NewDecoder(bytes.NewReader(line))
	d.UseNumber()
	if d.Decode(&fields) != nil || d.More() {
		return logLine{}, false
	}

	// The message must be a string, or the line is none of the two formats.
	var l logLine
	var levelKey string
	if msg, ok := fields["msg"].(string); ok {
		l.message, levelKey = msg, "level"
	} else if msg, ok := fields["@message"].(string); ok {
		l.message, levelKey = msg, "@level"
	} else {
		return logLine{}, false
	}
	level, _ := fields[levelKey].(string)
	l.level = namedLevel(level)
	// The pool says itself when a line came and whose it is: a second key of that
	// name would win with most readers of JSON.
	for _, key := range []string{"msg", "level", "time", "@message", "@level", "@timestamp", "coin"} {
		delete(fields, key)
	}
	keys := make([]string, 0, len(fields))
	for key := range fields {
		keys = append(keys, key)
	}
	slices.Sort(keys)
	for i, key := range keys {
		if i == maxAttrs {
			l.attrs = append(l.attrs, slog.Int("more_fields", len(keys)-maxAttrs))
			break
		}
		l.attrs = append(l.attrs, slog.Any(key, fields[key]))
	}
	return l, true
}

// namedLevel reads a level as slog or hclog write it, "WARN+1" included.
func namedLevel(name string) slog.Level {
	if strings.EqualFold(name, "trace") {
		return slog.LevelDebug
	}
	var level slog.Level
	if level.UnmarshalText([]byte(name)) != nil {
		return slog.LevelInfo
	}
	return level
}

// textLevel guesses the level of a line of text.
func textLevel(text string) slog.Level {
	for _, p := range []struct {
		prefix string
		level  slog.Level
	}{
		{"panic: ", slog.LevelError}, {"fatal error: ", slog.LevelError}, {"Traceback ", slog.LevelError},
		{"[ERROR]", slog.LevelError}, {"[WARN]", slog.LevelWarn}, {"[INFO]", slog.LevelInfo},
		{"[DEBUG]", slog.LevelDebug}, {"[TRACE]", slog.LevelDebug},
	} {
		if strings.HasPrefix(text, p.prefix) {
			return p.level
		}
	}
	return slog.LevelInfo
}
