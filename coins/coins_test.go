package coins

import (
	"encoding/json"
	"errors"
	"testing"
)

func TestHashPrintsReversedAndParsesBack(t *testing.T) {
	const genesis = "000000000019d6689c085ae165831e934ff763ae46a2a6c172b3f1b60a8ce26f"
	h, err := ParseHash(genesis)
	if err != nil {
		t.Fatal(err)
	}
	if h[31] != 0 || h[0] != 0x6f {
		t.Errorf("internal order: got first byte %02x, last %02x, want 6f and 00", h[0], h[31])
	}
	if got := h.String(); got != genesis {
		t.Errorf("String: got %s, want %s", got, genesis)
	}
	if h.String() != genesis {
		t.Error("String changed the hash it printed")
	}
}

func TestHashIsTextInJSON(t *testing.T) {
	h := Hash{1, 2}
	text, err := json.Marshal(h)
	if err != nil || string(text) != `"`+h.String()+`"` {
		t.Errorf("got %s, %v, want the hash as nodes print it", text, err)
	}
	var back Hash
	if err := json.Unmarshal(text, &back); err != nil || back != h {
		t.Errorf("read back %s, %v", back, err)
	}
}

func TestParseHashRefuses(t *testing.T) {
	for name, in := range map[string]string{
		"empty":   "",
		"short":   "00ff",
		"not hex": "zz0000000019d6689c085ae165831e934ff763ae46a2a6c172b3f1b60a8ce26f",
	} {
		t.Run(name, func(t *testing.T) {
			if h, err := ParseHash(in); err == nil {
				t.Errorf("ParseHash(%q) = %s, want an error", in, h)
			}
		})
	}
}

func TestProblemsAreOneErrorThatListsAll(t *testing.T) {
	var p Problems
	if p.Err() != nil {
		t.Error("no problems must be no error")
	}
	p.Addf("nodes[0].url", "scheme %q is not known, use http or https", "ftp")
	p.Addf("", "no nodes")
	want := "nodes[0].url: scheme \"ftp\" is not known, use http or https\nno nodes"
	if got := p.Err().Error(); got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	var back Problems
	if !errors.As(p.Err(), &back) || len(back) != 2 {
		t.Errorf("errors.As found %d problems, want 2", len(back))
	}
}
