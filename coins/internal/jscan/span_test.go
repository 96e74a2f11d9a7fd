package jscan

import (
	"bytes"
	"errors"
	"testing"
)

func TestSpan(t *testing.T) {
	for _, c := range []struct{ name, text, want string }{
		{"object", ` {"a":[1,{"b":"]}"}]} ,`, `{"a":[1,{"b":"]}"}]}`},
		{"list", `[[],{}]]`, `[[],{}]`},
		{"quote in a string", `{"a":"\"}"}}`, `{"a":"\"}"}`},
		{"backslash at the end of a string", `{"a":"\\"}"`, `{"a":"\\"}`},
		{"quote after a backslash", `["\\\"]"]]`, `["\\\"]"]`},
		{"quote at the beginning", `["\"]"]]`, `["\"]"]`},
		{"string", `"a}\"b" `, `"a}\"b"`},
		{"number", `-12.5,`, `-12.5`},
		{"null", `null}`, `null`},
		{"no end", `{"a":[1]`, ``},
		{"no end of a string", `{"a":"}`, ``},
		{"no value", `}`, ``},
		{"nothing", ` `, ``},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := New([]byte(c.text))
			got, err := s.Span()
			if string(got) != c.want || (err == nil) != (c.want != "") {
				t.Errorf("got %q, %v, want %q", got, err, c.want)
			}
			if err != nil && !errors.Is(err, ErrSyntax) {
				t.Errorf("got %v, want kind %q", err, ErrSyntax)
			}
			if want := bytes.Index([]byte(c.text), []byte(c.want)) + len(c.want); err == nil && s.Offset() != want {
				t.Errorf("stands at %d, want %d", s.Offset(), want)
			}
		})
	}
}

// FuzzSpan: of valid JSON it is what Raw returns.
func FuzzSpan(f *testing.F) {
	for _, text := range []string{`{"a":[1,{"b":"]}"}]}`, `["\\\"]"]]`, `{"a":"\u005c"}`, ` [ ] x`, `"a"`} {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		s, strict := New(text), New(text)
		got, err := s.Span()
		want, strictErr := strict.Raw()
		if strictErr == nil && (err != nil || !bytes.Equal(got, want) || s.Offset() != strict.Offset()) {
			t.Errorf("got %q, %v up to %d, want %q up to %d", got, err, s.Offset(), want, strict.Offset())
		}
	})
}
