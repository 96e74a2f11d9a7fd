package stratum

import (
	"errors"
	"fmt"
	"net/netip"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

func TestCommandsReachWhoIsMeant(t *testing.T) {
	p := newPool()
	p.put(newJob(1, true))
	srv, addr := serve(t, p, func(c *Config) { c.ReconnectTo = []string{"pool.example", "other.example:3334"} })
	a, b := dial(t, addr), dial(t, addr)
	for c, user := range map[*client]string{a: "acct.rig1", b: "acct.rig2"} {
		c.subscribe(`["x"]`)
		c.send(`{"id":3,"method":"mining.authorize","params":["` + user + `","x"]}`)
		c.want(accepted("3"))
		c.expect("mining.set_difficulty")
		c.expect("mining.notify")
	}
	early := dial(t, addr) // has not logged in: old miners would break on anything
	early.sync()

	first := srv.Sessions()[0].Number
	for _, c := range []struct {
		name   string
		who    Who
		ra, rb bool
	}{
		{"nobody", Who{}, false, false},
		{"all", Who{All: true}, true, true},
		{"worker", Who{Worker: "acct.rig2"}, false, true},
		{"account", Who{Worker: "acct"}, true, true},
		{"part of a name", Who{Worker: "acc"}, false, false},
		{"network", Who{Network: netip.MustParsePrefix("127.0.0.0/8")}, true, true},
		{"other network", Who{Network: netip.MustParsePrefix("10.0.0.0/8")}, false, false},
		{"session", Who{Session: first}, srv.Sessions()[0].Workers[0] == "acct.rig1", srv.Sessions()[0].Workers[0] == "acct.rig2"},
	} {
		t.Run(c.name, func(t *testing.T) {
			want := 0
			for _, yes := range []bool{c.ra, c.rb} {
				if yes {
					want++
				}
			}
			n, err := srv.Message(c.who, `hi "`+c.name+`"`)
			if err != nil || n != want {
				t.Fatalf("told %d, %v, want %d", n, err, want)
			}
			line := `{"id":null,"method":"client.show_message","params":["hi \"` + c.name + `\""]}`
			if c.ra {
				a.want(line)
			}
			if c.rb {
				b.want(line)
			}
			a.sync()
			b.sync()
		})
	}

	for _, c := range []struct {
		to   Redirect
		want string // empty for an error
	}{
		{Redirect{}, "[]"},
		{Redirect{Host: "pool.example"}, `["pool.example"]`},
		{Redirect{Host: "pool.example", Port: 3335, Wait: 7 * time.Second}, `["pool.example","3335",7]`},
		{Redirect{Host: "other.example", Port: 3334}, `["other.example","3334",0]`},
		{Redirect{Host: "other.example", Port: 3335}, ""},
		{Redirect{Host: "evil.example", Port: 3334}, ""},
		{Redirect{Port: 3334}, ""},
		{Redirect{Wait: time.Second}, ""},
	} {
		n, err := srv.Reconnect(Who{Worker: "acct.rig1"}, c.to)
		if c.want == "" {
			if !errors.Is(err, ErrHost) || n != 0 {
				t.Errorf("%+v: %d, %v, want a refusal", c.to, n, err)
			}
			continue
		}
		if n != 1 || err != nil {
			t.Errorf("%+v: %d, %v", c.to, n, err)
		}
		a.want(`{"id":null,"method":"client.reconnect","params":` + c.want + `}`)
	}
	early.sync()

	if n := srv.Drop(Who{Worker: "acct.rig1"}); n != 1 {
		t.Errorf("dropped %d, want 1", n)
	}
	if got := a.line(); got != "" {
		t.Errorf("got %s, want the end", got)
	}
	eventually(t, "the count of the drop", func() bool { return srv.Closed(DroppedByOperator) == 1 })
	b.sync()
}

func TestPingAndVersion(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newLadderRig(t, nil)
		h := r.l.dialFrom(t, "192.0.2.1")
		h.login(`["x"]`)
		for _, c := range []struct {
			name, answer string
			known        bool
		}{
			{"a result", `{"id":ID,"result":"pong","error":null}`, true},
			{"an error", `{"id":ID,"result":null,"error":[20,"unknown",null]}`, true},
			{"the id as text", `{"id":"ID","result":true,"error":null}`, true},
			{"Bitaxe's request", `{"id":7,"method":"pong","params":[]}`, true},
			{"another id", `{"id":5,"result":"pong","error":null}`, false},
		} {
			if n, err := r.srv.Ping(Who{All: true}); n != 1 || err != nil {
				t.Fatalf("ping: %d, %v", n, err)
			}
			lines := h.take()
			var id int
			if len(lines) != 1 || !strings.Contains(lines[0], `"method":"mining.ping","params":[]`) {
				t.Fatalf("%s: pinged by %q", c.name, lines)
			}
			fmt.Sscanf(lines[0], `{"id":%d`, &id)
			before := r.srv.Sessions()[0].RTT
			time.Sleep(time.Duration(id) * time.Microsecond)
			h.try(strings.Replace(c.answer, "ID", fmt.Sprint(id), 1))
			h.take()
			want := time.Duration(id) * time.Microsecond
			if !c.known {
				want = before
			}
			if got := r.srv.Sessions()[0].RTT; got != want {
				t.Errorf("%s: round trip %v, want %v", c.name, got, want)
			}
		}
		r.srv.AskVersion(Who{All: true})
		lines := h.take()
		if len(lines) != 1 || !strings.Contains(lines[0], "client.get_version") {
			t.Fatalf("asked by %q", lines)
		}
		var id int
		fmt.Sscanf(lines[0], `{"id":%d`, &id)
		h.try(fmt.Sprintf(`{"id":%d,"result":"bitaxe/BM1370/v2.9.0","error":null}`, id))
		if got := r.srv.Sessions()[0].Version; got != "bitaxe/BM1370/v2.9.0" {
			t.Errorf("version %q", got)
		}
		// What nobody asked for, in any amount, is ignored.
		for range 100 {
			h.try(fmt.Sprintf(`{"id":%d,"result":"other","error":null}`, id))
		}
		if got := r.srv.Sessions()[0]; h.ended() || got.Version != "bitaxe/BM1370/v2.9.0" {
			t.Errorf("after answers to nothing: ended %v, version %q", h.ended(), got.Version)
		}
	})
}

func TestDrainSendsMinersAwayOverTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newLadderRig(t, nil)
		var all []*heard
		for range 10 {
			h := r.l.dialFrom(t, "192.0.2.1")
			h.login(`["x"]`)
			all = append(all, h)
		}
		done := make(chan error, 1)
		go func() { done <- r.srv.Drain(t.Context(), time.Minute, Redirect{}) }()
		asked := func() (n int) {
			for _, h := range all {
				n += containing(h.lines, "client.reconnect")
			}
			return n
		}
		for _, c := range []struct {
			after time.Duration
			asked int
			live  int
		}{{time.Second, 1, 10}, {28 * time.Second, 5, 6}, {22 * time.Second, 9, 3}, {30 * time.Second, 10, 0}} {
			time.Sleep(c.after)
			synctest.Wait()
			if a, l := asked(), r.srv.Live(); a != c.asked || l != c.live {
				t.Errorf("asked %d, %d live, want %d and %d", a, l, c.asked, c.live)
			}
			r.job(false)
		}
		if err := <-done; err != nil {
			t.Errorf("Drain = %v", err)
		}
		select {
		case <-r.l.closed:
		default:
			t.Error("the port is open")
		}
		if n := r.srv.Closed(Drained); n != 10 {
			t.Errorf("%d closed for it, want 10", n)
		}
	})
}

func TestSHA3xHasNoWordsForCommands(t *testing.T) {
	srv := New(Config{Dialect: SHA3x}, newPool())
	if _, err := srv.Ping(Who{All: true}); !errors.Is(err, ErrNoWord) {
		t.Errorf("Ping = %v, want %v", err, ErrNoWord)
	}
}
