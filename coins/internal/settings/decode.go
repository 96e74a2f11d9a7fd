package settings

import (
	"bytes"
	"encoding/json"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"time"

	"github.com/motherlode-pool/motherlode/coins"
)

// Duration is a setting like "1.5s" or "30s". Its JSON form is a string.
type Duration time.Duration

var durationType = reflect.TypeFor[Duration]()

// Decode decodes text, a JSON object, into the struct that into points to. An
// empty text is an empty object. The struct is filled as far as possible.
func Decode(text []byte, into any) coins.Problems {
	d := decoder{}
	if len(bytes.TrimSpace(text)) == 0 {
		text = []byte("{}")
	}
	if !json.Valid(text) {
		d.problems.Addf("", "settings are not valid JSON")
		return d.problems
	}
	d.value("", text, reflect.ValueOf(into).Elem())
	return d.problems
}

type decoder struct {
	problems coins.Problems
}

// value decodes one value of any supported kind.
func (d *decoder) value(path string, text []byte, v reflect.Value) {
	switch {
	case v.Type() == durationType:
		d.duration(path, text, v)
	case v.Kind() == reflect.Struct:
		d.object(path, text, v)
	case v.Kind() == reflect.Slice:
		d.list(path, text, v)
	default:
		if string(text) == "null" || json.Unmarshal(text, v.Addr().Interface()) != nil {
			d.wrong(path, text, kindName(v.Type()))
		}
	}
}

func (d *decoder) wrong(path string, text []byte, want string) {
	d.problems.Addf(path, "expected %s, got %s", want, describe(text))
}

func (d *decoder) duration(path string, text []byte, v reflect.Value) {
	var s string
	if json.Unmarshal(text, &s) == nil {
		if t, err := time.ParseDuration(s); err == nil {
			v.SetInt(int64(t))
			return
		}
	}
	d.wrong(path, text, kindName(durationType))
}

func (d *decoder) list(path string, text []byte, v reflect.Value) {
	var items []json.RawMessage
	if err := json.Unmarshal(text, &items); err != nil || items == nil {
		d.wrong(path, text, "a list")
		return
	}
	v.Set(reflect.MakeSlice(v.Type(), len(items), len(items)))
	for i, item := range items {
		d.value(fmt.Sprintf("%s[%d]", path, i), item, v.Index(i))
	}
}

func (d *decoder) object(path string, text []byte, v reflect.Value) {
	var members map[string]json.RawMessage
	if err := json.Unmarshal(text, &members); err != nil || members == nil {
		d.wrong(path, text, "a table")
		return
	}
	fields := fieldsOf(v)
	for _, f := range fields {
		member, ok := members[f.name]
		switch {
		case ok:
			d.value(join(path, f.name), member, f.value)
		case f.required:
			d.problems.Addf(join(path, f.name), "is missing: %s", f.doc)
		}
		delete(members, f.name)
	}
	unknown := make([]string, 0, len(members))
	for name := range members {
		unknown = append(unknown, name)
	}
	slices.Sort(unknown)
	for _, name := range unknown {
		d.problems.Addf(join(path, name), "unknown key%s", suggestion(name, fields))
	}
}

func join(path, name string) string {
	if path == "" {
		return name
	}
	return path + "." + name
}

// field is one setting of a struct.
type field struct {
	name     string
	doc      string
	required bool
	value    reflect.Value
}

func fieldsOf(v reflect.Value) []field {
	var out []field
	for i := range v.NumField() {
		sf := v.Type().Field(i)
		if sf.Anonymous && sf.Type.Kind() == reflect.Struct {
			out = append(out, fieldsOf(v.Field(i))...)
			continue
		}
		if name := sf.Tag.Get("json"); name != "" && name != "-" {
			out = append(out, field{
				name:     name,
				doc:      sf.Tag.Get("doc"),
				required: sf.Tag.Get("required") == "true",
				value:    v.Field(i),
			})
		}
	}
	return out
}

func kindName(t reflect.Type) string {
	switch {
	case t == durationType:
		return `a duration like "30s"`
	case t.Kind() == reflect.Pointer:
		return kindName(t.Elem())
	case t.Kind() == reflect.String:
		return "a string"
	case t.Kind() == reflect.Bool:
		return "true or false"
	case t.Kind() == reflect.Struct:
		return "a table"
	case t.Kind() == reflect.Slice:
		return "a list"
	case t.Kind() >= reflect.Uint && t.Kind() <= reflect.Uint64:
		return "a number that is not negative"
	}
	return "a whole number"
}

// describe says what a value is without repeating it: it may be a password.
func describe(text []byte) string {
	switch c := bytes.TrimSpace(text); {
	case len(c) == 0:
		return "nothing"
	case c[0] == '"':
		return "a string"
	case c[0] == '{':
		return "a table"
	case c[0] == '[':
		return "a list"
	case c[0] == 't', c[0] == 'f':
		return string(c)
	case c[0] == 'n':
		return "null"
	default:
		return "the number " + string(c)
	}
}

// suggestion names the known key that is nearest to a mistyped one.
func suggestion(name string, fields []field) string {
	best, bestDistance := "", len(name)/2+2
	names := make([]string, len(fields))
	for i, f := range fields {
		names[i] = f.name
		if n := distance(strings.ToLower(name), f.name); n < bestDistance {
			best, bestDistance = f.name, n
		}
	}
	if best == "" {
		return ", expected one of " + strings.Join(names, ", ")
	}
	return fmt.Sprintf(", did you mean %q?", best)
}

// distance is the Levenshtein distance between two keys.
func distance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			cost := 1
			if a[i] == b[j] {
				cost = 0
			}
			next := min(row[j+1]+1, row[j]+1, diagonal+cost)
			diagonal, row[j+1] = row[j+1], next
		}
	}
	return row[len(b)]
}
