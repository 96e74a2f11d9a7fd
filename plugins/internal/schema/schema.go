package schema

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/motherlode-pool/motherlode/coins"
)

// Error is a kind of failure. Compare with errors.Is.
type Error string

// Error makes an Error an error.
func (e Error) Error() string { return string(e) }

// ErrSchema says that the schema itself cannot be used.
const ErrSchema Error = "the JSON schema of the settings is broken"

// root is the name under which a schema is compiled. Nothing is ever read from it.
const root = "settings:///schema.json"

// Schema is what settings must satisfy. It is not changed by its use.
type Schema struct {
	compiled *jsonschema.Schema
	text     any // the schema as it was written, for its own words
}

// Compile reads a schema. The empty text is no schema, which everything
// satisfies. Errors are ErrSchema.
func Compile(text []byte) (*Schema, error) {
	if len(bytes.TrimSpace(text)) == 0 {
		return &Schema{}, nil
	}
	parsed, err := jsonschema.UnmarshalJSON(bytes.NewReader(text))
	if err != nil {
		return nil, fmt.Errorf("%w: it is not JSON: %w", ErrSchema, err)
	}
	c := jsonschema.NewCompiler()
	c.DefaultDraft(jsonschema.Draft2020)
	c.UseLoader(closed{})
	if err := c.AddResource(root, parsed); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrSchema, err)
	}
	compiled, err := c.Compile(root)
	if err != nil {
		return nil, fmt.Errorf("%w: %s", ErrSchema, ownWords(err))
	}
	return &Schema{compiled: compiled, text: parsed}, nil
}

// closed loads nothing: a plugin's schema must not make anybody read files.
type closed struct{}

func (closed) Load(url string) (any, error) {
	return nil, fmt.Errorf("it refers to %s; it must be whole in itself", url)
}

// ownWords is a compiler's error without the name that the schema has only here.
func ownWords(err error) string {
	var invalid *jsonschema.SchemaValidationError
	if errors.As(err, &invalid) {
		err = invalid.Err
	}
	text := strings.ReplaceAll(err.Error(), root, "")
	return strings.Join(strings.Fields(text), " ")
}

// Check says everything in which settings, a JSON object, break the schema. The
// empty text is the empty object.
func (s *Schema) Check(settings []byte) coins.Problems {
	if s.compiled == nil {
		return nil
	}
	if len(bytes.TrimSpace(settings)) == 0 {
		settings = []byte("{}")
	}
	value, err := jsonschema.UnmarshalJSON(bytes.NewReader(settings))
	if err != nil {
		return coins.Problems{{Message: "settings are not valid JSON"}}
	}
	c := collector{schema: s, value: value}
	c.hugeNumbers(nil, value)
	if len(c.found) == 0 {
		var failed *jsonschema.ValidationError
		if err := s.compiled.Validate(value); errors.As(err, &failed) {
			c.walk(failed)
		} else if err != nil {
			c.add(nil, "breaks the schema of the settings")
		}
	}
	return c.problems()
}

// hugeNumbers finds numbers that nothing could use and that exact arithmetic,
// with which the schema's bounds are checked, would need all memory for.
func (c *collector) hugeNumbers(at []string, v any) {
	switch v := v.(type) {
	case json.Number:
		if _, err := strconv.ParseFloat(string(v), 64); err != nil || len(v) > 400 || hasLongExponent(string(v)) {
			c.add(at, "is a number beyond all bounds")
		}
	case []any:
		for i, item := range v {
			c.hugeNumbers(append(at[:len(at):len(at)], strconv.Itoa(i)), item)
		}
	case map[string]any:
		for key, item := range v {
			c.hugeNumbers(append(at[:len(at):len(at)], key), item)
		}
	}
}

// hasLongExponent also catches 1e-999999999, which a float takes for 0.
func hasLongExponent(number string) bool {
	_, exponent, ok := strings.Cut(strings.ToLower(number), "e")
	return ok && len(strings.TrimLeft(exponent, "+-0")) > 3
}

// Merge joins what the schema says of settings with what the driver says of the
// same. Where both speak of a key, the driver's words stand, which know more.
// Where the driver says nothing of a key that breaks the schema, what it says of
// the tables around it goes: it could not read them.
func Merge(schema, driver coins.Problems) coins.Problems {
	said := make(map[string]bool, len(driver))
	for _, p := range driver {
		said[p.Path] = true
	}
	var out coins.Problems
	for _, p := range schema {
		if !said[p.Path] {
			out = append(out, p)
		}
	}
	missed := len(out)
	for _, p := range driver {
		unread := false
		for _, q := range out[:missed] {
			unread = unread || within(q.Path, p.Path)
		}
		if !unread {
			out = append(out, p)
		}
	}
	return out
}

// within reports whether a key lies in the table or list of a path.
func within(key, path string) bool {
	if path == "" {
		return key != ""
	}
	rest, ok := strings.CutPrefix(key, path)
	return ok && rest != "" && (rest[0] == '.' || rest[0] == '[')
}
