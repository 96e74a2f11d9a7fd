package jscan

import (
	"bytes"
	"encoding/hex"
	"strings"
	"testing"
)

func TestAppendHex(t *testing.T) {
	long := strings.Repeat("0aF9", 1000)
	for _, c := range []struct {
		name, text string
		want       string // in hex; "!" for an error
	}{
		{"empty", `""`, ""},
		{"after space", " \n\"0aF9\"", "0af9"},
		{"long", `"` + long + `"`, strings.ToLower(long)},
		{"escaped digit", `"00\u0061a"`, "00aa"},
		{"odd", `"abc"`, "!"},
		{"no digit", `"0123456789abcdeg"`, "!"},
		{"escaped quote", `"00\"11"`, "!"},
		{"above ASCII", "\"0123456789ab\xb0\xb0ef\"", "!"},
		{"control character", "\"01234567\n9abcdef\"", "!"},
		{"no end", `"00`, "!"},
		{"number", `12`, "!"},
		{"nothing", ``, "!"},
	} {
		t.Run(c.name, func(t *testing.T) {
			before := []byte{0xee}
			s := New([]byte(c.text))
			got, err := s.AppendHex(before)
			if c.want == "!" {
				if err == nil || !bytes.Equal(got, before) {
					t.Errorf("got %x, %v, want an error and what there was", got, err)
				}
				return
			}
			if err != nil || hex.EncodeToString(got) != "ee"+c.want {
				t.Errorf("got %x, %v, want ee%s", got, err, c.want)
			}
			if err := s.End(); err != nil {
				t.Errorf("after it: %v", err)
			}
		})
	}
}

// FuzzAppendHex: what String and encoding/hex make of a text.
func FuzzAppendHex(f *testing.F) {
	f.Add([]byte(`"00ff"`))
	f.Add([]byte(`"\u0030\u0030" `))
	f.Add([]byte("\"0123456789abcdefg\""))
	f.Fuzz(func(t *testing.T, text []byte) {
		s, slow := New(text), New(text)
		got, err := s.AppendHex(nil)
		plain, slowErr := slow.String()
		var want []byte
		if slowErr == nil {
			want, slowErr = hex.AppendDecode(nil, plain)
		}
		if (err == nil) != (slowErr == nil) || err == nil && (!bytes.Equal(got, want) || s.Offset() != slow.Offset()) {
			t.Errorf("got %x, %v up to %d, want %x, %v up to %d", got, err, s.Offset(), want, slowErr, slow.Offset())
		}
	})
}
