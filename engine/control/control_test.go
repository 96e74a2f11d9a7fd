package control

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/motherlode-pool/motherlode/engine/status"
	"github.com/motherlode-pool/motherlode/stratum"
	"github.com/motherlode-pool/motherlode/stratum/admission"
)

// fakeFront is a pool's front; what it is told is in log.
type fakeFront struct {
	sessions []stratum.SessionInfo
	log      []string
	gone     chan struct{} // a drain ends when it is closed
	allowed  bool
	words    error // of reconnect, message and ping
}

func (f *fakeFront) told(format string, args ...any) (int, error) {
	if f.words != nil {
		return 0, f.words
	}
	f.log = append(f.log, fmt.Sprintf(format, args...))
	return len(f.sessions), nil
}
func (f *fakeFront) Sessions() []stratum.SessionInfo { return f.sessions }
func (f *fakeFront) Live() int                       { return len(f.sessions) }
func (f *fakeFront) Reconnect(w stratum.Who, to stratum.Redirect) (int, error) {
	if to.Host == "evil.example" {
		return 0, stratum.ErrHost
	}
	if w == (stratum.Who{}) {
		return 0, f.words
	}
	return f.told("reconnect %+v %+v", w, to)
}
func (f *fakeFront) Message(w stratum.Who, text string) (int, error) {
	return f.told("message %+v %s", w, text)
}
func (f *fakeFront) Ping(w stratum.Who) (int, error)       { return f.told("ping %+v", w) }
func (f *fakeFront) AskVersion(w stratum.Who) (int, error) { return f.told("version %+v", w) }
func (f *fakeFront) Drop(w stratum.Who) int                { n, _ := f.told("drop %v", w.Network); return n }
func (f *fakeFront) Drain(ctx context.Context, _ time.Duration, _ stratum.Redirect) error {
	select {
	case <-f.gone:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
func (f *fakeFront) Bans() []admission.Ban               { return nil }
func (f *fakeFront) Ban(netip.Addr, time.Duration) bool  { return !f.allowed }
func (f *fakeFront) Unban(netip.Addr) bool               { return false }
func (f *fakeFront) Closed(r stratum.CloseReason) uint64 { return uint64(r) % 2 }

// fakePools are pools of fronts; "shut" takes no miners.
type fakePools map[string]*fakeFront

var errShut = errors.New("pool shut: its parent is down")

func (p fakePools) Names() []string { return []string{"a", "b", "shut"} }
func (p fakePools) Front(name string) (Front, error) {
	if f, ok := p[name]; ok {
		return f, nil
	}
	return nil, errShut
}
func (p fakePools) Hashes(string) float64   { return 1000 }
func (p fakePools) Status() status.View     { return status.View{Version: "v"} }
func (p fakePools) Rounds() []Round         { return nil }
func (p fakePools) Rates() map[string]Rates { return nil }
func (p fakePools) Units() map[string]Unit  { return nil }
func (p fakePools) Blocks(f BlockFilter) ([]Block, error) {
	return []Block{{Chain: f.Chain, Number: f.Before}}, nil
}
func (p fakePools) Accounts(_, _ string) ([]Account, error)        { return nil, nil }
func (p fakePools) Reload(context.Context, bool) (Reloaded, error) { return Reloaded{}, nil }

// shortDir is a folder whose path leaves room for a socket's.
func shortDir(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "mc")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	return dir
}

// serve runs a server and returns its client once it answers.
func serve(t *testing.T, pools Pools) (*Client, string, context.CancelFunc) {
	t.Helper()
	dir := shortDir(t)
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- New(dir, pools, Options{}).Run(ctx) }()
	t.Cleanup(func() {
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
		if left, _ := os.ReadDir(dir); len(left) != 0 {
			t.Errorf("left behind: %v", left)
		}
	})
	c := NewClient(dir)
	for end := time.Now().Add(20 * time.Second); ; time.Sleep(time.Millisecond) {
		err := c.Get(t.Context(), "/status", nil, &Status{})
		if err == nil {
			return c, dir, cancel
		}
		if !errors.Is(err, ErrNotRunning) || time.Now().After(end) {
			t.Fatal(err)
		}
	}
}

func TestSessionsAreChosenAndSorted(t *testing.T) {
	now := time.Now()
	info := func(n uint64, remote, worker string, difficulty, work float64, idle time.Duration) stratum.SessionInfo {
		return stratum.SessionInfo{
			Number: n, Remote: remote, Profile: "0.0.0.0:3333", Workers: []string{worker}, Since: now.Add(-1000 * time.Second),
			Difficulty: difficulty, Work: work, LastShare: now.Add(-idle),
		}
	}
	pools := fakePools{
		"a": {sessions: []stratum.SessionInfo{
			info(1, "192.0.2.1:5000", "acct.rig1", 8, 100, time.Minute),
			info(2, "192.0.2.2:5000", "acct_rig2", 64, 900, time.Second),
			info(3, "[2001:db8::1]:5000", "acctother", 1, 300, time.Hour),
		}},
		"b": {sessions: []stratum.SessionInfo{info(1, "10.0.0.9:1", "acct", 2, 0, 0)}},
	}
	pools["b"].sessions[0].Profile = "0.0.0.0:3443"
	c, _, _ := serve(t, pools)
	for _, x := range []struct {
		name  string
		f     Filter
		want  string
		total int
	}{
		{"all, in order of connecting", Filter{}, "a1 a2 a3 b1", 4},
		{"one pool", Filter{Pool: "b"}, "b1", 1},
		{"account", Filter{Account: "acct"}, "a1 a2 b1", 4},
		{"worker", Filter{Worker: "acct.rig1"}, "a1", 4},
		{"address", Filter{Network: netip.MustParsePrefix("192.0.2.2/32")}, "a2", 4},
		{"network of IPv6", Filter{Network: netip.MustParsePrefix("2001:db8::/32")}, "a3", 4},
		{"listener", Filter{Listener: ":3443"}, "b1", 4},
		{"by difficulty", Filter{Sort: "difficulty"}, "a2 a1 b1 a3", 4},
		{"by rate", Filter{Sort: "rate", Limit: 2}, "a2 a3", 4},
		{"by idle", Filter{Pool: "a", Sort: "idle"}, "a3 a1 a2", 3},
		{"none", Filter{Worker: "acct.rig1", Listener: ":3443"}, "", 4},
	} {
		t.Run(x.name, func(t *testing.T) {
			var got Sessions
			if err := c.Get(t.Context(), "/sessions", x.f.Query(), &got); err != nil {
				t.Fatal(err)
			}
			var names []string
			for _, s := range got.Sessions {
				names = append(names, fmt.Sprint(s.Pool, s.Number))
			}
			if s := strings.Join(names, " "); s != x.want || got.Total != x.total {
				t.Errorf("got %q of %d, want %q of %d", s, got.Total, x.want, x.total)
			}
		})
	}
	var got Sessions
	if err := c.Get(t.Context(), "/sessions", Filter{Worker: "acct.rig1"}.Query(), &got); err != nil {
		t.Fatal(err)
	}
	if s := got.Sessions[0]; s.HashRate < 90 || s.HashRate > 110 || s.Idle < 59 || s.Idle > 90 {
		t.Errorf("rate %v, idle %v; want 100 and 60", s.HashRate, s.Idle)
	}
	if len(got.Closed["a"]) == 0 || got.Closed["shut"] != nil {
		t.Errorf("close reasons %v", got.Closed)
	}
	for _, q := range []Filter{{Sort: "name"}, {Pool: "shut"}} {
		if err := c.Get(t.Context(), "/sessions", q.Query(), &got); err == nil {
			t.Errorf("%+v: no refusal", q)
		}
	}
}

func TestOrders(t *testing.T) {
	a := &fakeFront{sessions: make([]stratum.SessionInfo, 3)}
	b := &fakeFront{words: stratum.ErrNoWord, allowed: true}
	c, _, _ := serve(t, fakePools{"a": a, "b": b})
	for _, x := range []struct {
		name, method, path string
		in                 any
		count              int
		refusal            string // part of it
	}{
		{"ping of one pool", "POST", "/sessions/ping", Command{Pool: "a", All: true}, 3, ""},
		{"message where one pool has no word", "POST", "/sessions/message", Command{Worker: "w", Text: "hi"}, 3, ""},
		{"message where none has", "POST", "/sessions/message", Command{Pool: "b", Worker: "w", Text: "hi"}, 0, "no word"},
		{"message without text", "POST", "/sessions/message", Command{All: true}, 0, "1 to 256 characters"},
		{"nobody", "POST", "/sessions/ping", Command{}, 0, "exactly one"},
		{"two selections", "POST", "/sessions/drop", Command{All: true, Worker: "w"}, 0, "exactly one"},
		{"session without pool", "POST", "/sessions/drop", Command{Session: 1}, 0, "say which"},
		{"network that is none", "POST", "/sessions/drop", Command{Network: "10.0.0.0/99"}, 0, "no network"},
		{"unknown word", "POST", "/sessions/sing", Command{All: true}, 0, "cannot be told"},
		{"unknown field", "POST", "/sessions/drop", map[string]any{"al": true}, 0, "al"},
		{"reconnect elsewhere", "POST", "/sessions/reconnect", Command{Pool: "a", All: true, To: "evil.example:1"}, 0, "not sent to this address"},
		{"reconnect to no port", "POST", "/sessions/reconnect", Command{Pool: "a", All: true, To: "host:x"}, 0, "no port"},
		{"ban", "POST", "/bans", BanOrder{Pool: "a", Address: "192.0.2.1", Seconds: 60}, 1, ""},
		{"ban of who is allowed", "POST", "/bans", BanOrder{Pool: "b", Address: "192.0.2.1", Seconds: 60}, 0, "limits.allow"},
		{"ban of no address", "POST", "/bans", BanOrder{Address: "host", Seconds: 60}, 0, "no address"},
		{"ban for no time", "POST", "/bans", BanOrder{Address: "192.0.2.1"}, 0, "a second to ten years"},
		{"closed pool", "POST", "/sessions/ping", Command{Pool: "shut", All: true}, 0, "parent is down"},
		{"drain elsewhere", "POST", "/drain", DrainOrder{Pool: "a", To: "evil.example:1"}, 0, "not sent to this address"},
		{"drain that takes for ever", "POST", "/drain", DrainOrder{Over: 1e9}, 0, "to a day"},
	} {
		t.Run(x.name, func(t *testing.T) {
			var done Done
			err := c.Do(t.Context(), x.method, x.path, nil, x.in, &done)
			var r *Refusal
			switch {
			case x.refusal == "" && (err != nil || done.Count != x.count):
				t.Errorf("got %+v, %v, want %d", done, err, x.count)
			case x.refusal != "" && (!errors.As(err, &r) || !strings.Contains(r.Text, x.refusal)):
				t.Errorf("got %v, want a refusal with %q", err, x.refusal)
			}
		})
	}
	if !slices.Contains(a.log, "drop 192.0.2.1/32") {
		t.Errorf("told %q, want the banned address dropped", a.log)
	}
}

func TestDrainIsTheServersOwn(t *testing.T) {
	a := &fakeFront{sessions: make([]stratum.SessionInfo, 3), gone: make(chan struct{})}
	b := &fakeFront{gone: make(chan struct{}), words: stratum.ErrNoWord}
	c, _, _ := serve(t, fakePools{"a": a, "b": b})
	var d Drain
	if err := c.Get(t.Context(), "/drain", nil, &d); err == nil {
		t.Error("a drain before any was begun")
	}
	ctx, cancel := context.WithCancel(t.Context())
	if err := c.Do(ctx, http.MethodPost, "/drain", nil, DrainOrder{Over: 60, To: "stratum+tcp://two.example:3333"}, &d); err != nil {
		t.Fatal(err)
	}
	cancel() // who asked has gone, the drain has not
	if d.Done || len(d.Pools) != 2 || d.Pools[0].Total != 3 {
		t.Errorf("drain %+v", d)
	}
	err := c.Do(t.Context(), http.MethodPost, "/drain", nil, DrainOrder{}, &d)
	if err == nil || !strings.Contains(err.Error(), "under way") {
		t.Errorf("a second drain: %v", err)
	}
	close(a.gone)
	for !d.Done {
		if err := c.Get(t.Context(), "/drain", nil, &d); err != nil {
			t.Fatal(err)
		}
		if d.Pools[0].Done && !d.Pools[1].Done {
			close(b.gone)
			for !d.Done {
				if err := c.Get(t.Context(), "/drain", nil, &d); err != nil {
					t.Fatal(err)
				}
			}
		}
	}
}

func TestDrainEndsWithTheServer(t *testing.T) {
	a := &fakeFront{gone: make(chan struct{})}
	c, _, stop := serve(t, fakePools{"a": a})
	if err := c.Do(t.Context(), http.MethodPost, "/drain", nil, DrainOrder{Pool: "a", Over: 60}, nil); err != nil && !strings.Contains(err.Error(), "json") {
		t.Fatal(err)
	}
	stop() // the cleanup waits for Run
}

func TestSocket(t *testing.T) {
	dir := shortDir(t)
	path := filepath.Join(dir, SocketName)
	l, err := Listen(dir)
	if err != nil {
		t.Fatal(err)
	}
	if st, err := os.Stat(path); err != nil || st.Mode().Perm() != 0o600 {
		t.Errorf("mode %v, %v; want 0600", st, err)
	}
	if _, err := Listen(dir); !errors.Is(err, ErrTaken) {
		t.Errorf("beside a living one: %v", err)
	}
	if conn, err := net.Dial("unix", path); err != nil {
		t.Errorf("the living one no longer answers: %v", err)
	} else {
		conn.Close()
	}

	// A process that dies leaves its file behind.
	l.(*socket).Listener.Close()
	if _, err := os.Stat(path); err != nil {
		t.Fatal(err)
	}
	if err := NewClient(dir).Get(t.Context(), "/status", nil, nil); !errors.Is(err, ErrNotRunning) {
		t.Errorf("of a dead one: %v", err)
	}
	second, err := Listen(dir)
	if err != nil {
		t.Fatalf("the file of a dead one: %v", err)
	}
	l.Close() // the first must not take the second's file away
	if _, err := os.Stat(path); err != nil {
		t.Errorf("the file of the second is gone: %v", err)
	}
	if err := second.Close(); err != nil {
		t.Error(err)
	}
	if left, _ := os.ReadDir(dir); len(left) != 0 {
		t.Errorf("left behind: %v", left)
	}

	if err := os.WriteFile(path, []byte("mine"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := Listen(dir); err == nil {
		t.Error("a file that is no socket was replaced")
	}
	if _, err := Listen(filepath.Join(dir, strings.Repeat("x", 100))); err == nil || !strings.Contains(err.Error(), "shorter data_dir") {
		t.Errorf("a path that is too long: %v", err)
	}
}

func FuzzRedirect(f *testing.F) {
	for _, s := range []string{"", "host", "host:3333", "stratum+tcp://h.example:1", "[::1]:1", ":1", "a b", "h:99999", `x"y`} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		to, err := ParseRedirect(s, 0)
		if err != nil || s == "" {
			return
		}
		if to.Host == "" || strings.ContainsAny(to.Host, "/ \t\"") || to.Port < 0 || to.Port > 65535 {
			t.Errorf("%q became %+v", s, to)
		}
	})
}
