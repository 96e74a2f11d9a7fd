package binding

import (
	"errors"
	"reflect"
	"strings"
	"testing"
	"time"
)

func TestNames(t *testing.T) {
	name := Join("L", []Bound{{"namecoin", "N"}, {"dogecoin", "D"}})
	if want := "L/dogecoin:D/namecoin:N"; name != want {
		t.Errorf("got %q, want %q", name, want)
	}
	if got := Join("L", nil); got != "L" || Parent(got) != "L" {
		t.Errorf("a bare address: got %q", got)
	}
	if Parent(name) != "L" {
		t.Errorf("parent: got %q", Parent(name))
	}
	for chain, want := range map[string]string{"dogecoin": "D", "namecoin": "N", "doge": "", "L": "", "": ""} {
		if got, ok := Inline(name, chain); got != want || ok != (want != "") {
			t.Errorf("%q: got %q, %t; want %q", chain, got, ok, want)
		}
	}
	if got, ok := Inline("dogecoin:D", "dogecoin"); ok {
		t.Errorf("the parent's own part: got %q", got)
	}
}

func TestSplitUser(t *testing.T) {
	chains := []string{"dogecoin", "my_coin"}
	for _, c := range []struct{ user, account, worker string }{
		{"L", "L", ""}, {"L.rig", "L", "rig"}, {"L_rig.2", "L", "rig.2"}, {"", "", ""}, {".rig", "", "rig"},
		{"L/D.rig", "L/D", "rig"}, {"L/D/N_rig/1", "L/D/N", "rig/1"}, {"L.rig/dogecoin:D", "L", "rig/dogecoin:D"},
		{"L/dogecoin:D.rig", "L/dogecoin:D", "rig"}, {"L/my_coin:M.rig", "L/my_coin:M", "rig"},
		{"L/My_Coin:M_rig", "L/My_Coin:M", "rig"}, {"L/my_coin.rig", "L/my", "coin.rig"},
		{"L%2FD.rig", "L/D", "rig"}, {"L%2fmy_coin%3aM.r%2F", "L/my_coin:M", "r%2F"}, {"100%.x", "100%", "x"}, {"L/", "L/", ""},
	} {
		if account, worker := SplitUser(c.user, chains); account != c.account || worker != c.worker {
			t.Errorf("%q: got %q and %q, want %q and %q", c.user, account, worker, c.account, c.worker)
		}
	}
	parent, others := Parts("L/D/namecoin:N")
	if want := []Bound{{"", "D"}, {"namecoin", "N"}}; parent != "L" || !reflect.DeepEqual(others, want) {
		t.Errorf("parts: got %q, %v", parent, others)
	}
}

func TestMessages(t *testing.T) {
	bps := 150
	m := Message{
		Pool: "ltc", Account: "L/namecoin:N", Pay: map[string]string{"dogecoin": "D", "another": ""},
		Minimum: map[string]string{"litecoin": "0.05", "dogecoin": ""}, Donate: &bps, At: time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC),
	}
	const text = `motherlode pool ltc
account L/namecoin:N
pay another to nobody
pay dogecoin to D
minimum dogecoin none
minimum litecoin 0.05
donate 1.5 %
at 2026-11-21T12:00:00Z`
	if got := m.Text(); got != text {
		t.Errorf("got %s", got)
	}
	for name, text := range map[string]string{"as written": text, "with blanks and carriage returns": "\r\n" + strings.ReplaceAll(text, "\n", " \r\n") + "\r\n"} {
		if got, err := Parse(text); err != nil || !reflect.DeepEqual(got, m) {
			t.Errorf("%s: got %+v, %v", name, got, err)
		}
	}
}

func TestMessagesThatAreNone(t *testing.T) {
	const head, tail = "motherlode pool p\naccount L\n", "\nat 2026-11-21T12:00:00Z"
	for _, c := range []struct{ name, text, want string }{
		{"nothing", "", "has 1 lines"},
		{"long", strings.Repeat("x", MaxMessage+1), "at most"},
		{"many lines", strings.Repeat("x\n", maxLines+1), "at most"},
		{"no account", "motherlode pool p\ndonate 1 %" + tail, `"account ADDRESS"`},
		{"no time", head + "donate 1 %", `"at TIME"`},
		{"no good time", head + "donate 1 %\nat noon", "no time"}, {"a time long ago", head + "donate 1 %\nat 0000-01-01T00:00:00+01:00", "no time"},
		{"unknown", head + "send all" + tail, `line "send all"`},
		{"pay without address", head + "pay dogecoin to" + tail, "is none of"},
		{"twice", head + "pay dogecoin to D\npay dogecoin to E" + tail, "another line"},
		{"two donations", head + "donate 1 %\ndonate 2 %" + tail, "another line"},
		{"too much", head + "donate 100.01 %" + tail, "from 0 to 100"},
		{"a sign", head + "donate +1 %" + tail, "from 0 to 100"},
		{"a fine number", head + "donate 1.125 %" + tail, "from 0 to 100"},
	} {
		if _, err := Parse(c.text); !errors.Is(err, ErrMessage) || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: got %v, want %q", c.name, err, c.want)
		}
	}
}

// FuzzParse: what is read and written again is read as the same.
func FuzzParse(f *testing.F) {
	f.Add("motherlode pool p\naccount L\npay dogecoin to D\nminimum c 0.05\ndonate 1.5 %\nat 2026-11-21T12:00:00Z")
	f.Add("motherlode pool p\naccount L\npay dogecoin to nobody\nminimum c none\nat 2026-11-21T13:00:00+01:00")
	f.Fuzz(func(t *testing.T, text string) {
		m, err := Parse(text)
		if err != nil {
			return
		}
		again, err := Parse(m.Text())
		if err != nil || again.Text() != m.Text() {
			t.Errorf("%q: got %q, %v", m.Text(), again.Text(), err)
		}
	})
}

// FuzzSplitUser never loses a byte of the worker, and finds the same account in
// what it wrote.
func FuzzSplitUser(f *testing.F) {
	f.Add("L/dogecoin:D.rig")
	f.Add("L%2Fmy_coin%3aM_r")
	f.Fuzz(func(t *testing.T, user string) {
		account, worker := SplitUser(user, []string{"dogecoin", "my_coin"})
		if !strings.HasSuffix(user, worker) {
			t.Errorf("%q: worker %q", user, worker)
		}
		parent, others := Parts(account)
		if len(others) == 0 && parent != account {
			t.Errorf("%q: parent %q of %q", user, parent, account)
		}
	})
}
