package settings

import (
	"encoding/json"
	"strings"
	"testing"
	"time"
)

type inner struct {
	URL  string `json:"url" required:"true" doc:"an address"`
	Push *bool  `json:"push"`
}

type Base struct {
	Nodes []inner  `json:"nodes" doc:"the nodes"`
	Poll  Duration `json:"poll"`
}

type outer struct {
	Base
	Address string `json:"address" required:"true" doc:"who is paid"`
	Count   uint   `json:"count"`
	Deep    inner  `json:"deep"`
	hidden  string
}

func TestDecode(t *testing.T) {
	s := outer{Base: Base{Poll: Duration(time.Second)}, Count: 3}
	problems := Decode([]byte(`{"nodes":[{"url":"a"},{"url":"b","push":false}],"address":"x","deep":{"url":"c"}}`), &s)
	if problems != nil {
		t.Fatal(problems)
	}
	if len(s.Nodes) != 2 || s.Nodes[1].URL != "b" || s.Nodes[0].Push != nil || s.Nodes[1].Push == nil || *s.Nodes[1].Push {
		t.Errorf("nodes: got %+v", s.Nodes)
	}
	if s.Poll != Duration(time.Second) || s.Count != 3 || s.Address != "x" || s.Deep.URL != "c" || s.hidden != "" {
		t.Errorf("got %+v", s)
	}
	if Decode([]byte(`{"poll":"1m30s","address":"x","deep":{"url":"c"}}`), &s) != nil || s.Poll != Duration(90*time.Second) {
		t.Errorf("poll: got %v, want 90s", time.Duration(s.Poll))
	}
}

func TestProblems(t *testing.T) {
	for _, tt := range []struct{ name, text, want string }{
		{"empty", ``, "address: is missing: who is paid"},
		{"not JSON", `{`, "settings are not valid JSON"},
		{"a list", `[]`, "expected a table, got a list"},
		{"null", `null`, "expected a table, got null"},
		{"mistyped key", `{"adress":"x","address":"y"}`, `adress: unknown key, did you mean "address"?`},
		{"strange key", `{"zzzzzzzzzzzz":1,"address":"y"}`, `zzzzzzzzzzzz: unknown key, expected one of nodes, poll, address, count, deep`},
		{"inner key", `{"nodes":[{"url":"a"},{"url":"b","pusch":true}],"address":"y"}`, `nodes[1].pusch: unknown key, did you mean "push"?`},
		{"missing inside", `{"nodes":[{}],"address":"y"}`, "nodes[0].url: is missing: an address"},
		{"number for string", `{"address":7}`, "address: expected a string, got the number 7"},
		{"null for string", `{"address":null}`, "address: expected a string, got null"},
		{"string for list", `{"nodes":"a","address":"y"}`, "nodes: expected a list, got a string"},
		{"string for table", `{"nodes":["a"],"address":"y"}`, "nodes[0]: expected a table, got a string"},
		{"string for bool", `{"nodes":[{"url":"a","push":"yes"}],"address":"y"}`, "nodes[0].push: expected true or false, got a string"},
		{"number for duration", `{"poll":5,"address":"y"}`, `poll: expected a duration like "30s", got the number 5`},
		{"bad duration", `{"poll":"soon","address":"y"}`, `poll: expected a duration like "30s", got a string`},
		{"negative", `{"count":-1,"address":"y"}`, "count: expected a number that is not negative, got the number -1"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var s outer
			problems := Decode([]byte(tt.text), &s)
			if got := problems.Error(); !strings.Contains(got+"\n", tt.want+"\n") {
				t.Errorf("got %q, want %q in it", got, tt.want)
			}
		})
	}
}

func TestAllProblemsAtOnce(t *testing.T) {
	var s outer
	problems := Decode([]byte(`{"nodes":[{"ulr":"a"}],"poll":1,"x":2,"deep":{"url":"u"}}`), &s)
	var paths []string
	for _, p := range problems {
		paths = append(paths, p.Path)
	}
	want := "nodes[0].url nodes[0].ulr poll address x"
	if got := strings.Join(paths, " "); got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

func TestSchemaMatchesTheStruct(t *testing.T) {
	s := outer{Base: Base{Poll: Duration(time.Second)}}
	var schema struct {
		Properties map[string]struct {
			Type        string
			Default     any
			Description string
			Items       struct{ Required []string }
		}
		Required             []string
		AdditionalProperties *bool
	}
	if err := json.Unmarshal(Schema("t", &s), &schema); err != nil {
		t.Fatal(err)
	}
	for name, kind := range map[string]string{"nodes": "array", "poll": "string", "address": "string", "count": "integer", "deep": "object"} {
		if got := schema.Properties[name].Type; got != kind {
			t.Errorf("%s: got type %q, want %q", name, got, kind)
		}
	}
	if len(schema.Properties) != 5 || len(schema.Required) != 1 || schema.Required[0] != "address" {
		t.Errorf("got %d properties, required %v", len(schema.Properties), schema.Required)
	}
	if p := schema.Properties["poll"]; p.Default != "1s" {
		t.Errorf("default of poll: got %v, want 1s", p.Default)
	}
	if p := schema.Properties["nodes"]; p.Description != "the nodes" || len(p.Items.Required) != 1 {
		t.Errorf("nodes: got %+v", p)
	}
	if a := schema.AdditionalProperties; a == nil || *a {
		t.Error("other keys must be refused")
	}
}

func FuzzDecode(f *testing.F) {
	f.Add([]byte(`{"nodes":[{"url":"a"}],"address":"x"}`))
	f.Add([]byte(`{"deep":{"url":1}}`))
	f.Fuzz(func(t *testing.T, text []byte) {
		var s outer
		if problems := Decode(text, &s); problems == nil && !json.Valid(text) {
			t.Errorf("no problem with %q", text)
		}
	})
}
