package apitest

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"mime"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/motherlode-pool/motherlode/web"
)

const document = "https://motherlode.invalid/openapi.json"

// Description is the API as web/openapi.yaml has it.
type Description struct {
	doc      map[string]any
	compiler *jsonschema.Compiler
}

// Must reads the description.
func Must(t testing.TB) *Description {
	t.Helper()
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(web.OpenAPIJSON))
	if err != nil {
		t.Fatal(err)
	}
	c := jsonschema.NewCompiler()
	c.AssertFormat()
	if err := c.AddResource(document, doc); err != nil {
		t.Fatal(err)
	}
	return &Description{doc.(map[string]any), c}
}

// Paths are all that are described, sorted.
func (d *Description) Paths() (all []string) {
	for p := range d.doc["paths"].(map[string]any) {
		all = append(all, p)
	}
	slices.Sort(all)
	return all
}

// Routes are the described operations as http.ServeMux writes them, sorted:
// "GET /api/v1/pools".
func (d *Description) Routes() (all []string) {
	for path, v := range d.doc["paths"].(map[string]any) {
		for method := range v.(map[string]any) {
			all = append(all, strings.ToUpper(method)+" "+path)
		}
	}
	slices.Sort(all)
	return all
}

// Find is the described path that a request's path is an instance of, the one with
// the fewest parameters.
func (d *Description) Find(path string) string {
	best, least := "", 100
	for _, p := range d.Paths() {
		want, got := strings.Split(p, "/"), strings.Split(path, "/")
		n, fits := 0, len(want) == len(got)
		for i := range want {
			if !fits {
				break
			}
			if strings.HasPrefix(want[i], "{") {
				n++
			} else if want[i] != got[i] {
				fits = false
			}
		}
		if fits && n < least {
			best, least = p, n
		}
	}
	return best
}

// Check reads an answer to GET and holds its status, type and body to what is
// described for the path.
func (d *Description) Check(t testing.TB, path string, resp *http.Response) []byte {
	t.Helper()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatalf("%s: %v", path, err)
	}
	kind, _, err := mime.ParseMediaType(resp.Header.Get("Content-Type"))
	if err != nil {
		t.Fatalf("%s: Content-Type %q: %v", path, resp.Header.Get("Content-Type"), err)
	}
	p := d.Find(path)
	if p == "" {
		t.Fatalf("%s is not described", path)
	}
	responses := d.follow(d.at("paths", p, "get", "responses"))
	word := fmt.Sprint(resp.StatusCode)
	if responses[word] == nil {
		word = word[:1] + "XX"
	}
	if responses[word] == nil {
		t.Fatalf("%s: status %d is not described", path, resp.StatusCode)
	}
	content := d.follow(responses[word])["content"].(map[string]any)
	if content[kind] == nil {
		t.Fatalf("%s: %d as %s is not described", path, resp.StatusCode, kind)
	}
	if !strings.HasSuffix(kind, "json") {
		return body
	}
	d.schema(t, path, content[kind].(map[string]any)["schema"], d.pointer(p, word, kind), body)
	return body
}

// Valid holds JSON to a schema of the description's components.
func (d *Description) Valid(t testing.TB, schema string, body []byte) {
	t.Helper()
	d.schema(t, schema, nil, "/components/schemas/"+schema, body)
}

func (d *Description) schema(t testing.TB, what string, raw any, pointer string, body []byte) {
	t.Helper()
	if m, ok := raw.(map[string]any); ok && m["$ref"] != nil {
		pointer = strings.TrimPrefix(m["$ref"].(string), "#")
	}
	s, err := d.compiler.Compile(document + "#" + (&url.URL{Path: pointer}).EscapedPath())
	if err != nil {
		t.Fatalf("%s: schema %s: %v", what, pointer, err)
	}
	v, err := jsonschema.UnmarshalJSON(bytes.NewReader(body))
	if err != nil {
		t.Fatalf("%s: %v in %.300s", what, err, body)
	}
	if err := s.Validate(v); err != nil {
		t.Errorf("%s: %v\nin %.2000s", what, err, body)
	}
}

// pointer is where the schema of an answer stands.
func (d *Description) pointer(path, word, kind string) string {
	r := d.at("paths", path, "get", "responses").(map[string]any)[word].(map[string]any)
	base := "/paths/" + escape(path) + "/get/responses/" + word
	if ref, ok := r["$ref"].(string); ok {
		base = strings.TrimPrefix(ref, "#")
	}
	return base + "/content/" + escape(kind) + "/schema"
}

func escape(s string) string { return strings.NewReplacer("~", "~0", "/", "~1").Replace(s) }

func (d *Description) at(path ...string) any {
	var v any = d.doc
	for _, p := range path {
		v = v.(map[string]any)[p]
	}
	return v
}

// follow is what a reference refers to.
func (d *Description) follow(v any) map[string]any {
	m := v.(map[string]any)
	if ref, ok := m["$ref"].(string); ok {
		return d.at(strings.Split(strings.TrimPrefix(ref, "#/"), "/")...).(map[string]any)
	}
	return m
}

// Field is a value inside JSON by keys and indices.
func Field(t testing.TB, body []byte, path ...any) any {
	t.Helper()
	var v any
	if err := json.Unmarshal(body, &v); err != nil {
		t.Fatalf("%v in %.300s", err, body)
	}
	for _, p := range path {
		switch p := p.(type) {
		case string:
			m, ok := v.(map[string]any)
			if !ok {
				t.Fatalf("no %q in %.1000s", p, body)
			}
			v = m[p]
		case int:
			a, ok := v.([]any)
			if !ok || p >= len(a) {
				t.Fatalf("no number %d in %.1000s", p, body)
			}
			v = a[p]
		}
	}
	return v
}
