package schema

import (
	"errors"
	"strings"
	"testing"

	"github.com/motherlode-pool/motherlode/coins"
)

// sample is a schema with most of what authors use.
const sample = `{
  "$schema": "https://json-schema.org/draft/2020-12/schema",
  "type": "object",
  "additionalProperties": false,
  "required": ["address"],
  "properties": {
    "address":  {"type": "string", "description": "who is paid", "minLength": 3, "maxLength": 8},
    "nodes":    {"type": "array", "minItems": 1, "items": {"$ref": "#/$defs/node"}},
    "mode":     {"enum": ["fast", "slow", 3]},
    "count":    {"type": "integer", "minimum": 1, "maximum": 10, "multipleOf": 2},
    "ratio":    {"type": "number", "exclusiveMinimum": 0, "exclusiveMaximum": 1.5},
    "bits":     {"type": "string", "pattern": "^[0-9a-f]{8}$"},
    "on":       {"type": "boolean"},
    "names":    {"type": "array", "uniqueItems": true, "maxItems": 3},
    "either":   {"anyOf": [{"type": "string"}, {"type": "array", "items": {"type": "string"}}]},
    "auth":     {"type": "object", "anyOf": [{"required": ["cookie"]}, {"required": ["user", "password"]}]},
    "one":      {"oneOf": [{"minimum": 5}, {"maximum": 7}]},
    "table":    {"type": "object", "minProperties": 1, "maxProperties": 2, "propertyNames": {"pattern": "^[a-z]+$"}},
    "nil":      {"not": {"type": "string"}},
    "fixed":    {"const": 1},
    "gone":     false,
    "pair":     {"type": "object", "dependentRequired": {"user": ["password"]}}
  },
  "$defs": {
    "node": {
      "type": "object",
      "properties": {"url": {"type": "string", "description": "an address"}, "password": {"type": "string", "minLength": 4}, "push": {"type": "boolean"}},
      "required": ["url"],
      "unevaluatedProperties": false
    }
  }
}`

func mustCompile(t testing.TB, text string) *Schema {
	t.Helper()
	s, err := Compile([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestCheck(t *testing.T) {
	s := mustCompile(t, sample)
	const a = `"address":"abc"`
	for _, tt := range []struct{ name, settings, want string }{
		{"all is well", `{` + a + `,"nodes":[{"url":"u","push":true}],"mode":3,"count":4,"ratio":1,"on":false,"either":["x"],"auth":{"cookie":1},"one":9}`, ""},
		{"empty", ``, "address: is missing: who is paid"},
		{"not JSON", `{`, "settings are not valid JSON"},
		{"more than one object", `{` + a + `}{}`, "settings are not valid JSON"},
		{"no table", `[]`, "expected a table, got a list"},
		{"mistyped key", `{` + a + `,"adress":"x"}`, `adress: unknown key, did you mean "address"?`},
		{"strange key", `{` + a + `,"zzzzzzzzzzzz":1}`, "zzzzzzzzzzzz: unknown key, expected one of address, auth, bits, count, either, fixed, gone, mode, names, nil, nodes, on, one, pair, ratio, table"},
		{"two unknown keys", `{` + a + `,"adress":1,"noddes":2}`, `adress: unknown key, did you mean "address"?` + "\n" + `noddes: unknown key, did you mean "nodes"?`},
		{"in a list, behind a reference", `{` + a + `,"nodes":[{"url":"u"},{"ulr":"u"}]}`, "nodes[1].ulr: unknown key, did you mean \"url\"?\nnodes[1].url: is missing: an address"},
		{"number for string", `{"address":7}`, "address: expected a string, got a number"},
		{"null", `{"address":null}`, "address: expected a string, got null"},
		{"string for list", `{` + a + `,"nodes":"x"}`, "nodes: expected a list, got a string"},
		{"string for table", `{` + a + `,"nodes":["x"]}`, "nodes[0]: expected a table, got a string"},
		{"string for boolean", `{` + a + `,"on":"yes"}`, "on: expected true or false, got a string"},
		{"fraction", `{` + a + `,"count":2.5}`, "count: expected a whole number, got one with a fraction"},
		{"short list", `{` + a + `,"nodes":[]}`, "nodes: expected a list of at least 1, got 0"},
		{"long list", `{` + a + `,"names":[1,2,3,4]}`, "names: expected a list of at most 3, got 4"},
		{"same twice", `{` + a + `,"names":[1,2,1]}`, "names: entries 0 and 2 of the list are the same"},
		{"enum", `{` + a + `,"mode":"magic"}`, `mode: expected one of "fast", "slow", 3`},
		{"const", `{` + a + `,"fixed":2}`, "fixed: expected 1"},
		{"too small and odd", `{` + a + `,"count":-1}`, "count: expected a multiple of 2\ncount: expected at least 1"},
		{"too large", `{` + a + `,"count":12}`, "count: expected at most 10"},
		{"exclusive bounds", `{` + a + `,"ratio":1.5}`, "ratio: expected less than 1.5"},
		{"exclusive bounds, below", `{` + a + `,"ratio":0}`, "ratio: expected more than 0"},
		{"pattern", `{` + a + `,"bits":"xyz"}`, "bits: expected a string that matches ^[0-9a-f]{8}$"},
		{"too short", `{"address":"a"}`, "address: expected at least 3 characters"},
		{"too long", `{"address":"abcdefghi"}`, "address: expected at most 8 characters"},
		{"neither type", `{` + a + `,"either":1}`, "either: expected a string or a list, got a number"},
		{"the form that was meant", `{` + a + `,"either":["x",1]}`, "either[1]: expected a string, got a number"},
		{"none of the forms", `{` + a + `,"auth":{"user":"u"}}`, "auth: fits none of the allowed forms: auth.cookie: is missing; or auth.password: is missing"},
		{"two forms", `{` + a + `,"one":6}`, "one: fits two forms of which only one is allowed"},
		{"no key", `{` + a + `,"table":{}}`, "table: expected a table with at least 1 key, got 0"},
		{"too many keys", `{` + a + `,"table":{"a":1,"b":1,"c":1}}`, "table: expected a table with at most 2 keys, got 3"},
		{"not", `{` + a + `,"nil":"s"}`, `nil: is what the schema excludes with "not"`},
		{"never", `{` + a + `,"gone":1}`, "gone: is not allowed here"},
		{"needed", `{` + a + `,"pair":{"user":"u"}}`, `pair.password: is missing: it is needed together with "user"`},
		{"beyond all bounds", `{` + a + `,"count":1e999999999}`, "count: is a number beyond all bounds"},
		{"next to nothing", `{` + a + `,"ratio":1e-999999999}`, "ratio: is a number beyond all bounds"},
		{"all at once, in order", `{"nodes":[{},{"url":1},{"url":"u"},{"url":"u"},{"url":"u"},{"url":"u"},{"url":"u"},{"url":"u"},{"url":"u"},{"url":"u"},{}],"mode":"x"}`,
			"address: is missing: who is paid\nmode: expected one of \"fast\", \"slow\", 3\nnodes[0].url: is missing: an address\nnodes[1].url: expected a string, got a number\nnodes[10].url: is missing: an address"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := s.Check([]byte(tt.settings)).Error(); got != tt.want {
				t.Errorf("got\n%s\nwant\n%s", got, tt.want)
			}
		})
	}
	if got := s.Check([]byte(`{` + a + `,"table":{"Q":1}}`)).Error(); !strings.Contains(got, `the key "Q" is not named as keys must be here`) {
		t.Errorf("a key's own form: got %q", got)
	}
}

func TestNoMessageQuotesAValue(t *testing.T) {
	s := mustCompile(t, strings.ReplaceAll(sample, `"const": 1`, `"format": "email"`))
	const secret = "77310042"
	for _, settings := range []string{
		`{"address":"` + secret + `XX"}`, `{"address":` + secret + `}`, `{"bits":"` + secret + `Z"}`, `{"mode":"` + secret + `"}`,
		`{"count":` + secret + `}`, `{"ratio":` + secret + `}`, `{"fixed":"` + secret + `"}`, `{"auth":"` + secret + `"}`,
		`{"one":"` + secret + `"}`, `{"either":` + secret + `}`, `{"nodes":[{"password":` + secret + `}]}`, `{"names":["` + secret + `","` + secret + `"]}`,
		`{"nil":"` + secret + `"}`, `{"gone":"` + secret + `"}`, `"` + secret + `"`, `{"count":` + secret + `e99999}`, `{"x":` + secret, secret,
	} {
		got := s.Check([]byte(settings)).Error()
		if got == "" || strings.Contains(got, secret) {
			t.Errorf("%s: got %q, want problems without the value", settings, got)
		}
	}
}

func TestNoSchemaIsSatisfiedByEverything(t *testing.T) {
	for _, text := range []string{"", " \n"} {
		if got := mustCompile(t, text).Check([]byte(`{"x":1}`)); got != nil {
			t.Errorf("got %v", got)
		}
	}
}

func TestBrokenSchemas(t *testing.T) {
	for name, c := range map[string]struct{ text, want string }{
		"not JSON":             {`{"type":`, "not JSON"},
		"no such type":         {`{"properties":{"count":{"type":"intger"}}}`, "/properties/count/type"},
		"no schema at all":     {`"object"`, "want boolean or object"},
		"pattern":              {`{"properties":{"a":{"pattern":"("}}}`, "pattern"},
		"lost reference":       {`{"properties":{"a":{"$ref":"#/$defs/none"}}}`, "$defs/none"},
		"file":                 {`{"$ref":"file:///etc/passwd"}`, "file:///etc/passwd; it must be whole in itself"},
		"address":              {`{"$ref":"http://127.0.0.1:1/x.json"}`, "http://127.0.0.1:1/x.json; it must be whole in itself"},
		"relative file":        {`{"$ref":"other.json"}`, "other.json; it must be whole in itself"},
		"negative bound":       {`{"minItems":-1}`, "minItems"},
		"dialect from afar":    {`{"$schema":"http://127.0.0.1:1/mine"}`, "whole in itself"},
		"properties is a list": {`{"properties":[]}`, "properties"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := Compile([]byte(c.text))
			if !errors.Is(err, ErrSchema) || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got %v, want %v with %q", err, ErrSchema, c.want)
			}
			if err != nil && strings.Contains(err.Error(), root) {
				t.Errorf("%v: names a file that does not exist", err)
			}
		})
	}
}

func TestMerge(t *testing.T) {
	list := func(paths ...string) (out coins.Problems) {
		for _, p := range paths {
			path, message, _ := strings.Cut(p, "|")
			out.Addf(path, "%s", message)
		}
		return out
	}
	for name, c := range map[string]struct{ schema, driver, want coins.Problems }{
		"nothing":                                {nil, nil, nil},
		"schema alone":                           {list("a|s"), nil, list("a|s")},
		"driver alone":                           {nil, list("|whole", "a|d"), list("|whole", "a|d")},
		"same key, the driver's words":           {list("a|s"), list("a|d"), list("a|d")},
		"different keys":                         {list("a|s"), list("b|d"), list("a|s", "b|d")},
		"the driver could not read it":           {list("a|s"), list("|cannot be read"), list("a|s")},
		"nor a table of it":                      {list("nodes[0].url|s"), list("nodes|d", "nodes[0]|d", "node|d", "mode|d"), list("nodes[0].url|s", "node|d", "mode|d")},
		"it read all, so its view of all stands": {list("a|s"), list("a|d", "|d"), list("a|d", "|d")},
	} {
		t.Run(name, func(t *testing.T) {
			if got := Merge(c.schema, c.driver); got.Error() != c.want.Error() {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
}

func FuzzCheck(f *testing.F) {
	s := mustCompile(f, sample)
	for _, seed := range []string{`{"address":"abc","nodes":[{"ulr":1}]}`, `{"auth":{"user":[]}}`, `{"one":6,"either":[1]}`, `[]`, `{"count":1e-99}`} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, settings []byte) {
		for _, p := range s.Check(settings) {
			if p.Message == "" {
				t.Errorf("%q: a problem at %q without words", settings, p.Path)
			}
		}
	})
}

func FuzzCompile(f *testing.F) {
	f.Add([]byte(sample))
	f.Add([]byte(`{"$ref":"#"}`))
	f.Fuzz(func(t *testing.T, text []byte) {
		s, err := Compile(text)
		if err != nil {
			if !errors.Is(err, ErrSchema) {
				t.Errorf("%v is no %v", err, ErrSchema)
			}
			return
		}
		s.Check([]byte(`{"a":[{"b":1}]}`))
	})
}
