package schema

import (
	"encoding/json"
	"fmt"
	"math/big"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"github.com/santhosh-tekuri/jsonschema/v6/kind"
)

// leaf is one thing that is wrong, in words. The validator's own words are not
// used: they quote values.
func (c *collector) leaf(e *jsonschema.ValidationError) {
	at := e.InstanceLocation
	below := func(name string) []string { return append(slices.Clone(at), name) }
	switch k := e.ErrorKind.(type) {
	case *kind.Required:
		for _, name := range k.Missing {
			c.add(below(name), "is missing"+c.describe(e.SchemaURL, name))
		}
	case *kind.DependentRequired:
		c.needed(below, k.Prop, k.Missing)
	case *kind.Dependency:
		c.needed(below, k.Prop, k.Missing)
	case *kind.AdditionalProperties:
		for _, name := range k.Properties {
			c.add(below(name), "unknown key"+suggestion(name, c.keys(e.SchemaURL)))
		}
	case *kind.FalseSchema:
		if parent, ok := strings.CutSuffix(e.SchemaURL, "/unevaluatedProperties"); ok && len(at) > 0 {
			c.add(at, "unknown key"+suggestion(at[len(at)-1], c.keys(parent)))
			return
		}
		c.add(at, "is not allowed here")
	case *kind.PropertyNames:
		c.add(at, fmt.Sprintf("the key %q is not named as keys must be here", k.Property))
	case *kind.Type:
		c.add(at, typeMessage(k))
	default:
		c.add(at, valueMessage(e.ErrorKind))
	}
}

func (c *collector) needed(below func(string) []string, because string, missing []string) {
	for _, name := range missing {
		c.add(below(name), fmt.Sprintf("is missing: it is needed together with %q", because))
	}
}

// valueMessage is for a value of the right type that is not allowed.
func valueMessage(k jsonschema.ErrorKind) string {
	switch k := k.(type) {
	case *kind.Enum:
		return "expected one of " + literals(k.Want)
	case *kind.Const:
		return "expected " + literals([]any{k.Want})
	case *kind.Pattern:
		return fmt.Sprintf("expected a string that matches %s", k.Want)
	case *kind.Format:
		return fmt.Sprintf("expected a string of the format %q", k.Want)
	case *kind.Minimum:
		return "expected at least " + number(k.Want)
	case *kind.Maximum:
		return "expected at most " + number(k.Want)
	case *kind.ExclusiveMinimum:
		return "expected more than " + number(k.Want)
	case *kind.ExclusiveMaximum:
		return "expected less than " + number(k.Want)
	case *kind.MultipleOf:
		return "expected a multiple of " + number(k.Want)
	case *kind.MinLength:
		return "expected at least " + count(k.Want, "character")
	case *kind.MaxLength:
		return "expected at most " + count(k.Want, "character")
	case *kind.MinItems:
		return fmt.Sprintf("expected a list of at least %d, got %d", k.Want, k.Got)
	case *kind.MaxItems:
		return fmt.Sprintf("expected a list of at most %d, got %d", k.Want, k.Got)
	case *kind.MinProperties:
		return fmt.Sprintf("expected a table with at least %s, got %d", count(k.Want, "key"), k.Got)
	case *kind.MaxProperties:
		return fmt.Sprintf("expected a table with at most %s, got %d", count(k.Want, "key"), k.Got)
	case *kind.UniqueItems:
		return fmt.Sprintf("entries %d and %d of the list are the same", k.Duplicates[0], k.Duplicates[1])
	case *kind.Not:
		return "is what the schema excludes with \"not\""
	}
	if words := k.KeywordPath(); len(words) > 0 {
		return fmt.Sprintf("breaks the rule %q of the settings' schema", strings.Join(words, "/"))
	}
	return "breaks the settings' schema"
}

// typeNames are the words of the file that the operator wrote.
var typeNames = map[string]string{
	"object": "a table", "array": "a list", "string": "a string", "number": "a number",
	"integer": "a whole number", "boolean": "true or false", "null": "null",
}

func typeMessage(k *kind.Type) string {
	var want []string
	for _, name := range k.Want {
		word, ok := typeNames[name]
		if !ok {
			word = name
		}
		if !slices.Contains(want, word) {
			want = append(want, word)
		}
	}
	got, ok := typeNames[k.Got]
	switch {
	case k.Got == "number" && slices.Contains(k.Want, "integer") && !slices.Contains(k.Want, "number"):
		got = "one with a fraction"
	case !ok:
		got = k.Got
	}
	return fmt.Sprintf("expected %s, got %s", strings.Join(want, " or "), got)
}

// literals are allowed values as the schema has them.
func literals(values []any) string {
	var out []string
	for _, v := range values {
		text, err := json.Marshal(v)
		if err != nil {
			text = []byte("a value of the schema")
		}
		out = append(out, string(text))
	}
	return strings.Join(out, ", ")
}

func number(n *big.Rat) string {
	if n.IsInt() {
		return n.Num().String()
	}
	f, _ := n.Float64()
	return strconv.FormatFloat(f, 'g', -1, 64)
}

func count(n int, word string) string {
	if n != 1 {
		word += "s"
	}
	return fmt.Sprintf("%d %s", n, word)
}

// describe is what the schema says of a property, for the person who left it out.
func (c *collector) describe(location, name string) string {
	properties, _ := c.at(location)["properties"].(map[string]any)
	property, _ := properties[name].(map[string]any)
	if text, _ := property["description"].(string); text != "" {
		return ": " + text
	}
	return ""
}

// keys are the names that the schema at a location knows.
func (c *collector) keys(location string) []string {
	properties, _ := c.at(location)["properties"].(map[string]any)
	names := make([]string, 0, len(properties))
	for name := range properties {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

// at is the part of the schema that a location names, nil when there is none.
func (c *collector) at(location string) map[string]any {
	pointer, ok := strings.CutPrefix(location, root+"#")
	if !ok {
		return nil
	}
	value := c.schema.text
	for _, token := range strings.Split(strings.TrimPrefix(pointer, "/"), "/") {
		if token == "" {
			continue
		}
		if plain, err := url.PathUnescape(token); err == nil {
			token = plain
		}
		token = strings.NewReplacer("~1", "/", "~0", "~").Replace(token)
		switch v := value.(type) {
		case map[string]any:
			value = v[token]
		case []any:
			i, err := strconv.Atoi(token)
			if err != nil || i < 0 || i >= len(v) {
				return nil
			}
			value = v[i]
		default:
			return nil
		}
	}
	table, _ := value.(map[string]any)
	return table
}
