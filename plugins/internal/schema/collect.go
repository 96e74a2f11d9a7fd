package schema

import (
	"cmp"
	"slices"
	"strconv"
	"strings"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"github.com/santhosh-tekuri/jsonschema/v6/kind"

	"github.com/motherlode-pool/motherlode/coins"
)

// finding is one thing that is wrong, by the keys and indices that lead to it.
type finding struct {
	at      []string
	message string
}

// collector turns the validator's tree of errors into findings.
type collector struct {
	schema *Schema
	value  any // the settings
	found  []finding
}

func (c *collector) add(at []string, message string) {
	c.found = append(c.found, finding{slices.Clone(at), message})
}

// problems are the findings in the order of their paths, each once.
func (c *collector) problems() coins.Problems {
	slices.SortStableFunc(c.found, func(a, b finding) int {
		if n := slices.CompareFunc(a.at, b.at, compareKeys); n != 0 {
			return n
		}
		return cmp.Compare(a.message, b.message)
	})
	var out coins.Problems
	for _, f := range c.found {
		p := coins.Problem{Path: c.path(f.at), Message: f.message}
		if len(out) == 0 || out[len(out)-1] != p {
			out = append(out, p)
		}
	}
	return out
}

// compareKeys orders indices as numbers.
func compareKeys(a, b string) int {
	i, errA := strconv.Atoi(a)
	j, errB := strconv.Atoi(b)
	if errA == nil && errB == nil {
		return cmp.Compare(i, j)
	}
	return cmp.Compare(a, b)
}

// path writes a location as operators do: nodes[0].url.
func (c *collector) path(at []string) string {
	var b strings.Builder
	value := c.value
	for _, key := range at {
		if list, ok := value.([]any); ok {
			b.WriteString("[" + key + "]")
			if i, err := strconv.Atoi(key); err == nil && i >= 0 && i < len(list) {
				value = list[i]
			} else {
				value = nil
			}
			continue
		}
		if b.Len() > 0 {
			b.WriteByte('.')
		}
		b.WriteString(key)
		table, _ := value.(map[string]any)
		value = table[key]
	}
	return b.String()
}

// walk goes down to the errors that have no other cause.
func (c *collector) walk(e *jsonschema.ValidationError) {
	switch k := e.ErrorKind.(type) {
	case *kind.AnyOf:
		c.alternatives(e)
	case *kind.OneOf:
		if len(k.Subschemas) > 1 {
			c.add(e.InstanceLocation, "fits two forms of which only one is allowed")
			return
		}
		c.alternatives(e)
	case *kind.Schema, *kind.Group, *kind.AllOf, *kind.Reference:
		for _, cause := range e.Causes {
			c.walk(cause)
		}
	default:
		c.leaf(e)
	}
}

// alternatives is a value that fits none of several forms. Forms that are for
// another type altogether are not what the operator meant: when one form is left,
// it alone is told.
func (c *collector) alternatives(e *jsonschema.ValidationError) {
	depth := len(e.InstanceLocation)
	var meant []*jsonschema.ValidationError
	types := &kind.Type{}
	for _, cause := range e.Causes {
		k, ok := cause.ErrorKind.(*kind.Type)
		if !ok || len(cause.InstanceLocation) != depth {
			meant = append(meant, cause)
			continue
		}
		types.Got = k.Got
		types.Want = append(types.Want, k.Want...)
	}
	switch len(meant) {
	case 0:
		c.add(e.InstanceLocation, typeMessage(types))
	case 1:
		c.walk(meant[0])
	default:
		c.add(e.InstanceLocation, c.choices(meant))
	}
}

// choices says what each of several forms would have needed.
func (c *collector) choices(forms []*jsonschema.ValidationError) string {
	var all []string
	for _, form := range forms {
		one := collector{schema: c.schema, value: c.value}
		one.walk(form)
		text := strings.ReplaceAll(one.problems().Error(), "\n", ", ")
		if !slices.Contains(all, text) {
			all = append(all, text)
		}
	}
	return "fits none of the allowed forms: " + strings.Join(all, "; or ")
}
