package stratum

import (
	"math"
	"strings"
	"testing"
	"time"
)

func TestHashRateOfAMiner(t *testing.T) {
	for _, c := range []struct {
		name string
		v    value
		want float64
		ok   bool
	}{
		{"hexadecimal", value{kindText, []byte("0x00000000000000000000000000000000000000000000000000000000004c4b40")}, 5e6, true},
		{"without 0x", value{kindText, []byte("4C4B40")}, 5e6, true},
		{"a number", value{kindNumber, []byte("5e6")}, 5e6, true},
		{"nothing is mined", value{kindText, []byte("0x0")}, 0, true},
		{"the most", value{kindNumber, []byte("1e24")}, 1e24, true},
		{"more than there is", value{kindNumber, []byte("1.1e24")}, 0, false},
		{"more than there is, in digits", value{kindText, []byte("0x" + strings.Repeat("f", 64))}, 0, false},
		{"no end of digits", value{kindText, []byte("0x" + strings.Repeat("0", 65) + "1")}, 0, false},
		{"no finite number", value{kindNumber, []byte("1e999")}, 0, false},
		{"below zero", value{kindNumber, []byte("-1")}, 0, false},
		{"zero with a sign", value{kindNumber, []byte("-0")}, 0, false},
		{"no digits", value{kindText, []byte("0x")}, 0, false},
		{"no digit", value{kindText, []byte("0x5g")}, 0, false},
		{"a list", value{kindNested, []byte("[5]")}, 0, false},
		{"nothing", value{}, 0, false},
	} {
		if got, ok := c.v.hashRate(); ok != c.ok || ok && math.Abs(got-c.want) > c.want*1e-12 {
			t.Errorf("%s: got %v, %t; want %v, %t", c.name, got, ok, c.want, c.ok)
		}
	}
}

func TestDeclaredHashRates(t *testing.T) {
	p := newPool()
	p.put(newJob(1, true))
	srv, addr := serve(t, p, nil)
	want := func(what string, rate float64, sessions int) {
		t.Helper()
		if r, n := srv.Declared(); r != rate || n != sessions {
			t.Errorf("%s: got %v of %d sessions, want %v of %d", what, r, n, rate, sessions)
		}
	}
	a, b := dial(t, addr), dial(t, addr)
	a.send(`{"id":1,"method":"mining.hashrate","params":["ff","rig"]}`)
	a.want(accepted("1"))
	want("before it has logged in", 0, 0)
	a.login()
	b.login()
	want("nobody has said anything", 0, 0)
	a.send(`{"id":7,"method":"mining.hashrate","params":["3e8","rig"]}`)
	a.want(accepted("7"))
	b.send(`{"id":8,"method":"eth_submitHashrate","params":["0x7d0","0xid"],"worker":"rig"}`)
	b.want(accepted("8"))
	want("both", 3000, 2)
	if s := srv.Sessions(); len(s) != 2 || s[0].Declared != 1000 || !s[0].Declares || s[1].Declared != 2000 {
		t.Errorf("sessions: %+v", s)
	}
	a.send(`{"id":9,"method":"mining.submit_hashrate","params":["0x5"]}`, `{"id":10,"method":"mining.hashrate","params":["much"]}`, `{"id":11,"method":"mining.hashrate"}`)
	a.want(accepted("9"), accepted("10"), accepted("11"))
	want("said anew, and nonsense after it", 2005, 2)
	b.conn.Close()
	eventually(t, "the word of one that has gone counting no more", func() bool { r, n := srv.Declared(); return r == 5 && n == 1 })
}

func TestADeclarationGrowsOld(t *testing.T) {
	var f front
	now := time.Unix(1_800_000_000, 0)
	if _, ok := f.declaredRate(now); ok {
		t.Error("declared before anything was said")
	}
	f.declared.store(5)
	f.declaredAt.Store(now.UnixNano())
	if rate, ok := f.declaredRate(now.Add(declaredFor)); !ok || rate != 5 {
		t.Errorf("got %v, %t; want 5", rate, ok)
	}
	if _, ok := f.declaredRate(now.Add(declaredFor + 1)); ok {
		t.Error("an old word counts")
	}
}
