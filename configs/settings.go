package configs

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"
	"time"
)

// SettingsJSON is the coin's settings table as a JSON object, {} when there is
// none, for the driver. Whole numbers stay whole to the last digit; dates and
// times become the text that TOML has for them. JSON has no inf and no nan:
// they are an error.
func (c Coin) SettingsJSON() ([]byte, error) {
	var w jsonWriter
	w.value(".settings", c.Settings)
	if len(w.errs) > 0 {
		return nil, w.errs
	}
	return w.text.Bytes(), nil
}

// settingErrors are settings that JSON cannot hold.
type settingErrors []settingError

type settingError struct {
	path    string // within the coin, with its leading dot
	message string
}

func (e settingErrors) Error() string {
	lines := make([]string, len(e))
	for i, p := range e {
		lines[i] = p.path[1:] + ": " + p.message
	}
	return strings.Join(lines, "\n")
}

// jsonWriter writes what the TOML parser has read as JSON.
type jsonWriter struct {
	text bytes.Buffer
	errs settingErrors
}

func (w *jsonWriter) value(path string, v any) {
	switch v := v.(type) {
	case map[string]any:
		w.object(path, v)
	case []any:
		w.array(path, len(v), func(i int) any { return v[i] })
	case []map[string]any:
		w.array(path, len(v), func(i int) any { return v[i] })
	case time.Time:
		w.plain(path, timeText(v))
	case float64:
		if math.IsNaN(v) || math.IsInf(v, 0) {
			w.errs = append(w.errs, settingError{path, fmt.Sprintf("is %v; expected a finite number", v)})
			return
		}
		w.plain(path, v)
	default:
		w.plain(path, v)
	}
}

func (w *jsonWriter) plain(path string, v any) {
	text, err := json.Marshal(v)
	if err != nil {
		w.errs = append(w.errs, settingError{path, fmt.Sprintf("is %T; expected what TOML can hold", v)})
		return
	}
	w.text.Write(text)
}

func (w *jsonWriter) object(path string, table map[string]any) {
	w.text.WriteByte('{')
	for i, key := range slices.Sorted(maps.Keys(table)) {
		if i > 0 {
			w.text.WriteByte(',')
		}
		w.plain(path, key)
		w.text.WriteByte(':')
		w.value(join(path, key), table[key])
	}
	w.text.WriteByte('}')
}

func (w *jsonWriter) array(path string, n int, item func(i int) any) {
	w.text.WriteByte('[')
	for i := range n {
		if i > 0 {
			w.text.WriteByte(',')
		}
		w.value(element(path, i), item(i))
	}
	w.text.WriteByte(']')
}

// timeText is a date or time as TOML writes it. The parser marks the kinds
// without an offset by the names of their zones.
func timeText(t time.Time) string {
	switch t.Location().String() {
	case "datetime-local":
		return t.Format("2006-01-02T15:04:05.999999999")
	case "date-local":
		return t.Format(time.DateOnly)
	case "time-local":
		return t.Format("15:04:05.999999999")
	}
	return t.Format(time.RFC3339Nano)
}
