package wire

import (
	"strings"
	"testing"
)

func TestAttachmentsReadWhatTheyWrite(t *testing.T) {
	a := Attachments{"xyz": {Socket: "/run/x y/it's.sock", PID: 7}, "abc": {Socket: "/a"}}
	got, err := ParseAttachments(a.String())
	if err != nil || len(got) != 2 || got["xyz"] != a["xyz"] || got["abc"] != a["abc"] {
		t.Errorf("got %v, %v; want %v", got, err, a)
	}
	if names := strings.Join(got.Names(), " "); names != "abc xyz" {
		t.Errorf("names: got %q", names)
	}
	for _, text := range []string{"", " \n"} {
		if got, err := ParseAttachments(text); got != nil || err != nil {
			t.Errorf("%q: got %v, %v", text, got, err)
		}
	}
}

func TestWrongAttachments(t *testing.T) {
	for name, c := range map[string]struct{ text, want string }{
		"no JSON":        {`xyz=/a`, "invalid character"},
		"a list":         {`[]`, "array"},
		"mistyped key":   {`{"x":{"soket":"/a"}}`, "soket"},
		"relative":       {`{"x":{"socket":"a"}}`, "socket of x is no absolute path"},
		"no socket":      {`{"x":{}}`, "socket of x"},
		"no name":        {`{"":{"socket":"/a"}}`, "without a name"},
		"two values":     {`{"x":{"socket":"/a"}} {}`, "more than one"},
		"text after it":  {`{"x":{"socket":"/a"}}'`, "more than one"},
		"pid as a text":  {`{"x":{"socket":"/a","pid":"1"}}`, "pid"},
		"a coin of null": {`{"x":null}`, "socket of x"},
	} {
		_, err := ParseAttachments(c.text)
		if err == nil || !strings.Contains(err.Error(), c.want) || !strings.HasPrefix(err.Error(), AttachVar+": ") {
			t.Errorf("%s: got %v, want %q", name, err, c.want)
		}
	}
}
