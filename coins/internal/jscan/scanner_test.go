package jscan

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"
)

func TestWalk(t *testing.T) {
	s := New([]byte(` {"a" : [1, -2, 3.5e2], "b\n":"x\u00e9", "n":null, "o":{"deep":[{}, []]}} `))
	var keys, numbers []string
	err := s.Object(func(key []byte) error {
		keys = append(keys, string(key))
		switch string(key) {
		case "a":
			return s.Array(func(int) error {
				n, err := s.Number()
				numbers = append(numbers, string(n))
				return err
			})
		case "b\n":
			got, err := s.String()
			if string(got) != "xé" {
				t.Errorf("string: got %q, want %q", got, "xé")
			}
			return err
		case "n":
			if !s.IsNull() {
				t.Error("null is not null")
			}
			return nil
		}
		return s.Skip()
	})
	if err != nil || s.End() != nil {
		t.Fatalf("got %v, %v", err, s.End())
	}
	if got := strings.Join(keys, "|"); got != "a|b\n|n|o" {
		t.Errorf("keys: got %q", got)
	}
	if got := strings.Join(numbers, "|"); got != "1|-2|3.5e2" {
		t.Errorf("numbers: got %q", got)
	}
}

func TestErrors(t *testing.T) {
	for _, tt := range []struct {
		name, text string
		read       func(*Scanner) error
		kind       ErrorKind
	}{
		{"number for string", "1", func(s *Scanner) error { _, err := s.String(); return err }, ErrType},
		{"string for number", `"1"`, func(s *Scanner) error { _, err := s.Int64(); return err }, ErrType},
		{"fraction for integer", "1.5", func(s *Scanner) error { _, err := s.Int64(); return err }, ErrType},
		{"negative for unsigned", "-1", func(s *Scanner) error { _, err := s.Uint64(); return err }, ErrType},
		{"array for object", "[]", func(s *Scanner) error { return s.Object(nil) }, ErrType},
		{"leading zero", "01", (*Scanner).Skip, ErrSyntax},
		{"trailing comma", `{"a":1,}`, (*Scanner).Skip, ErrType},
		{"end within a string", `{"a`, (*Scanner).Skip, ErrSyntax},
		{"control character", "\"a\nb\"", (*Scanner).Skip, ErrSyntax},
		{"bad escape", `"\x"`, (*Scanner).Skip, ErrSyntax},
		{"too deep", strings.Repeat("[", 100) + strings.Repeat("]", 100), (*Scanner).Skip, ErrDepth},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if err := tt.read(New([]byte(tt.text))); !errors.Is(err, tt.kind) {
				t.Errorf("got %v, want kind %q", err, tt.kind)
			}
		})
	}
}

// FuzzSkip takes encoding/json for the oracle: what is skipped to the end is
// valid JSON, and the other way round but for depth.
func FuzzSkip(f *testing.F) {
	for _, s := range []string{`{}`, `[1,2,{"a":"b\\"}]`, `"\ud800"`, `-0.1e+5`, `tru`, `{"a":1,}`, ` null `} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		s := New(text)
		err := s.Skip()
		if err == nil {
			err = s.End()
		}
		if valid := json.Valid(text); valid != (err == nil) && !errors.Is(err, ErrDepth) {
			t.Errorf("%q: got %v, json.Valid says %v", text, err, valid)
		}
	})
}
