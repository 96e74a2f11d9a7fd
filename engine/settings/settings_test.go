package settings

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/motherlode-pool/motherlode/coins"
	"github.com/motherlode-pool/motherlode/engine/binding"
	"github.com/motherlode-pool/motherlode/engine/ledger"
	"github.com/motherlode-pool/motherlode/engine/payout"
	"github.com/motherlode-pool/motherlode/engine/sharelog"
)

// fakeCoin has addresses that begin with a letter, and signatures that say whose
// they are of what.
type fakeCoin struct {
	letter string
	down   error
}

func (c *fakeCoin) Info() (coins.CoinInfo, bool) { return coins.CoinInfo{Decimals: 2}, c.down == nil }

func (c *fakeCoin) ValidateAddress(_ context.Context, a string) (coins.Payee, error) {
	a = strings.ToLower(a)
	if !strings.HasPrefix(a, c.letter) {
		return coins.Payee{Reason: "wrong letter"}, c.down
	}
	return coins.Payee{Valid: c.down == nil, Address: a, Script: []byte(a)}, c.down
}

func sign(address, message string) string { return "signed by " + address + ": " + message }

func (c *fakeCoin) VerifyMessage(_ context.Context, address, message, signature string) error {
	switch {
	case c.down != nil:
		return c.down
	case !strings.HasPrefix(address, c.letter):
		return coins.ErrMessageAddress
	case signature != sign(address, message):
		return fmt.Errorf("%w: another key", coins.ErrBadSignature)
	}
	return nil
}

// office is a keeper of pool p, litecoin with dogecoin and namecoin beside it, in
// which l1, l2 and l1/dogecoin:d9 have mined.
type office struct {
	t      *testing.T
	keeper *Keeper
	ledger *ledger.Ledger
	log    *sharelog.Log
	coins  map[string]*fakeCoin
	now    time.Time
}

func mustOffice(t *testing.T) *office {
	t.Helper()
	dir := t.TempDir()
	log, err := sharelog.Open(filepath.Join(dir, "shares"), sharelog.Options{})
	if err != nil {
		t.Fatal(err)
	}
	l, err := ledger.Open(filepath.Join(dir, "ledger.db"), log, ledger.Options{Interval: time.Millisecond})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- l.Run(ctx) }()
	t.Cleanup(func() {
		cancel()
		if err := errors.Join(<-done, l.Close(), log.Close()); err != nil {
			t.Error(err)
		}
	})
	o := &office{t: t, ledger: l, log: log, now: time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC),
		coins: map[string]*fakeCoin{"litecoin": {letter: "l"}, "dogecoin": {letter: "d"}, "namecoin": {letter: "n"}}}
	var b sharelog.Batch
	for _, account := range []string{"l1", "l2", "l1/dogecoin:d9", "guest"} {
		b.Share(&sharelog.Share{Pool: "p", Account: account, Difficulty: 1})
	}
	if err := errors.Join(log.Append(&b), l.Sync(t.Context(), log.End())); err != nil {
		t.Fatal(err)
	}
	pool := func(name string) (Pool, bool) {
		return Pool{"litecoin", []string{"dogecoin", "namecoin"}, map[string]payout.Amount{"dogecoin": "1"}}, name == "p"
	}
	coin := func(name string) (Coin, bool) { c, ok := o.coins[name]; return c, ok }
	o.keeper = New(l, log, pool, coin, Options{Now: func() time.Time { return o.now }})
	return o
}

// text is a message of account that says lines, now and some time later.
func (o *office) text(account string, later time.Duration, lines ...string) string {
	all := append([]string{"motherlode pool p", "account " + account}, lines...)
	return strings.Join(append(all, "at "+o.now.Add(later).Format(time.RFC3339)), "\n")
}

func (o *office) sign(account, message string) (ledger.Settings, error) {
	return o.keeper.Sign(o.t.Context(), "p", account, message, sign(binding.Parent(account), message))
}

func TestSignedSettingsAreTaken(t *testing.T) {
	o := mustOffice(t)
	message := o.text("l1", 0, "pay dogecoin to D1", "minimum litecoin 0.05", "minimum dogecoin 2", "donate 1.5 %")
	got, err := o.sign("l1", message)
	if err != nil || got.Payout["dogecoin"].Address != "d1" || got.Payout["dogecoin"].By != ledger.ByOwner ||
		got.Minimum["litecoin"] != 5 || got.Minimum["dogecoin"] != 200 || got.Donation != 150 || got.Changed != o.now.UnixMilli() {
		t.Fatalf("got %+v, %v", got, err)
	}
	// What the log has is proof by itself.
	r := o.log.Read(0)
	defer r.Close()
	var last *sharelog.Settings
	for {
		rec, _, err := r.Next()
		if err == io.EOF {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		if rec.Kind == sharelog.KindSettings {
			last = rec.Settings
		}
	}
	if last == nil || last.Message != message || last.Signature != sign("l1", message) {
		t.Errorf("record: got %+v", last)
	}
	o.now = o.now.Add(2 * time.Minute)
	got, err = o.sign("l1", o.text("l1", 0, "pay dogecoin to nobody", "minimum litecoin none", "donate 0 %"))
	if err != nil || len(got.Payout) != 0 || got.Minimum["dogecoin"] != 200 || got.Minimum["litecoin"] != 0 || got.Donation != 0 {
		t.Errorf("taken back: got %+v, %v", got, err)
	}
	if got, err := o.sign("l1/dogecoin:d9", o.text("l1/dogecoin:d9", 0, "donate 2 %", "pay namecoin to n1")); err != nil || got.Donation != 200 {
		t.Errorf("account with an address in its name: got %+v, %v", got, err)
	}
}

// A form may have changed line ends; the record has what was signed.
func TestLineEndsOfAMessage(t *testing.T) {
	o := mustOffice(t)
	message := o.text("l1", 0, "donate 1 %")
	sent := strings.ReplaceAll(message, "\n", "\r\n") + "\r\n"
	if _, err := o.keeper.Sign(t.Context(), "p", "l1", sent, sign("l1", message)); err != nil {
		t.Error(err)
	}
}

func TestSettingsThatAreRefused(t *testing.T) {
	down := errors.New("node is away")
	for _, c := range []struct {
		name    string
		account string
		message func(o *office) string
		signed  string // address; empty: the right one
		want    error
		words   string
	}{
		{"another key", "l1", func(o *office) string { return o.text("l1", 0, "donate 1 %") }, "l2", ErrSignature, "another key"},
		{"an account that is no address", "guest", func(o *office) string { return o.text("guest", 0, "donate 1 %") }, "", ErrSignature, "not an address"},
		{"another account's message", "l1", func(o *office) string { return o.text("l2", 0, "donate 1 %") }, "l2", ErrRefused, `"l2"`},
		{"another pool's message", "l1", func(o *office) string {
			return strings.Replace(o.text("l1", 0, "donate 1 %"), "pool p", "pool q", 1)
		}, "", ErrRefused, `"q"`},
		{"unknown account", "l3", func(o *office) string { return o.text("l3", 0, "donate 1 %") }, "", ErrNoAccount, "has not mined"},
		{"too old", "l1", func(o *office) string { return o.text("l1", -time.Hour-time.Second, "donate 1 %") }, "", ErrTime, "for an hour"},
		{"too new", "l1", func(o *office) string { return o.text("l1", time.Hour+time.Second, "donate 1 %") }, "", ErrTime, "for an hour"},
		{"nothing to set", "l1", func(o *office) string { return o.text("l1", 0) }, "", ErrRefused, "nothing to set"},
		{"no message", "l1", func(*office) string { return "hello" }, "", binding.ErrMessage, "expected"},
		{"a bad address", "l1", func(o *office) string { return o.text("l1", 0, "pay dogecoin to n1") }, "", ErrRefused, "wrong letter"},
		{"the parent's own", "l1", func(o *office) string { return o.text("l1", 0, "pay litecoin to l2") }, "", ErrRefused, "own address"},
		{"a chain that is not mined", "l1", func(o *office) string { return o.text("l1", 0, "pay monacoin to m1") }, "", ErrRefused, "dogecoin, namecoin"},
		{"what the name says", "l1/dogecoin:d9", func(o *office) string { return o.text("l1/dogecoin:d9", 0, "pay dogecoin to d1") }, "", ErrRefused, "d9"},
		{"below the pool's minimum", "l1", func(o *office) string { return o.text("l1", 0, "minimum dogecoin 0.99") }, "", ErrRefused, "from 1.00 on"},
		{"no amount", "l1", func(o *office) string { return o.text("l1", 0, "minimum litecoin 0.001") }, "", ErrRefused, "2 decimals"},
		{"a coin that is down", "l1", func(o *office) string {
			o.coins["dogecoin"].down = down
			return o.text("l1", 0, "pay dogecoin to d1")
		}, "", ErrBusy, "node is away"},
		{"the parent is down", "l1", func(o *office) string {
			o.coins["litecoin"].down = down
			return o.text("l1", 0, "donate 1 %")
		}, "", ErrBusy, "node is away"},
	} {
		t.Run(c.name, func(t *testing.T) {
			o := mustOffice(t)
			message := c.message(o)
			if c.signed == "" {
				c.signed = binding.Parent(c.account)
			}
			end := o.log.End()
			_, err := o.keeper.Sign(t.Context(), "p", c.account, message, sign(c.signed, message))
			if !errors.Is(err, c.want) || !strings.Contains(err.Error(), c.words) {
				t.Errorf("got %v, want %v: %s", err, c.want, c.words)
			}
			if o.log.End() != end {
				t.Error("something was written")
			}
		})
	}
}

// A message is taken once, an older one never behind a newer one, and one account
// changes once a minute; the operator is not bound to that.
func TestReplaysAndRates(t *testing.T) {
	o := mustOffice(t)
	first := o.text("l1", 0, "pay dogecoin to d1")
	older := o.text("l1", -time.Minute, "pay dogecoin to d2")
	if _, err := o.sign("l1", first); err != nil {
		t.Fatal(err)
	}
	for name, message := range map[string]string{"sent again": first, "older": older} {
		if _, err := o.sign("l1", message); !errors.Is(err, ErrTime) {
			t.Errorf("%s: got %v, want ErrTime", name, err)
		}
	}
	if _, err := o.sign("l1", o.text("l1", time.Second, "donate 1 %")); !errors.Is(err, ErrTooOften) {
		t.Errorf("within a minute: got %v, want ErrTooOften", err)
	}
	if _, err := o.sign("l2", o.text("l2", 0, "donate 1 %")); err != nil {
		t.Errorf("another account: %v", err)
	}
	bps := 300
	if got, err := o.keeper.Set(t.Context(), binding.Message{Pool: "p", Account: "l1", Donate: &bps}); err != nil || got.Donation != 300 || got.Payout["dogecoin"].Address != "d1" {
		t.Errorf("operator: got %+v, %v", got, err)
	}
	o.now = o.now.Add(time.Minute)
	if got, err := o.sign("l1", o.text("l1", 0, "donate 1 %")); err != nil || got.Donation != 100 {
		t.Errorf("a minute later: got %+v, %v", got, err)
	}
}

// Of one message sent many times at once, one is taken.
func TestOneMessageManyTimes(t *testing.T) {
	o := mustOffice(t)
	message := o.text("l1", 0, "pay dogecoin to d1")
	var all sync.WaitGroup
	taken := make(chan bool, 20)
	for range 20 {
		all.Go(func() {
			_, err := o.sign("l1", message)
			taken <- err == nil
		})
	}
	all.Wait()
	close(taken)
	n := 0
	for ok := range taken {
		if ok {
			n++
		}
	}
	if n != 1 {
		t.Errorf("taken %d times, want once", n)
	}
}

func TestHandler(t *testing.T) {
	o := mustOffice(t)
	srv := httptest.NewServer(Handler(func() *Keeper { return o.keeper }))
	defer srv.Close()
	at := func(account string) string {
		return srv.URL + "/api/v1/pools/p/accounts/" + url.PathEscape(account) + "/settings"
	}
	get := func(where string, status int, kind string) string {
		t.Helper()
		reply, err := http.Get(where)
		return o.answer(reply, err, status, kind)
	}
	post := func(where string, body any, status int, kind string) string {
		t.Helper()
		raw, err := json.Marshal(body)
		if err != nil {
			t.Fatal(err)
		}
		reply, err := http.Post(where, "application/json", bytes.NewReader(raw))
		return o.answer(reply, err, status, kind)
	}

	const unset = `{"pool":"p","account":"l1","changed_at":null,"donation_percent":0,"chains":[` +
		`{"chain":"litecoin","address":"l1","why":"the account's own","minimum":"0.00"},` +
		`{"chain":"dogecoin","address":null,"why":"no address is bound: what is earned is kept until one is","minimum":"1.00"},` +
		`{"chain":"namecoin","address":null,"why":"no address is bound: what is earned is kept until one is","minimum":"0.00"}]}`
	if got := get(at("l1"), 200, "application/json"); strings.TrimSpace(got) != unset {
		t.Errorf("before: got %s", got)
	}
	text := get(at("l1")+"/message?pay.dogecoin=D1&donate=1.5&minimum.litecoin=0.5", 200, "text/plain; charset=utf-8")
	if want := "motherlode pool p\naccount l1\npay dogecoin to D1\nminimum litecoin 0.5\ndonate 1.5 %\nat 2026-11-21T12:00:00Z"; text != want {
		t.Errorf("message: got %q", text)
	}
	in := map[string]string{"message": text, "signature": sign("l1", text)}
	if got := post(at("l1"), in, 200, "application/json"); !strings.Contains(got, `"address":"d1","why":"by a signed message"`) || !strings.Contains(got, `"donation_percent":1.5`) {
		t.Errorf("after: got %s", got)
	}
	if got := get(at("l1/dogecoin:d9"), 200, "application/json"); !strings.Contains(got, `"address":"d9","why":"in the account's name"`) {
		t.Errorf("name with an address: got %s", got)
	}
	again := get(at("l1")+"/message?donate=2", 200, "text/plain; charset=utf-8")
	if !strings.HasSuffix(again, "at 2026-11-21T12:00:01Z") {
		t.Errorf("the next message is newer: got %q", again)
	}
	const problem = "application/problem+json"
	for _, c := range []struct{ got, want string }{
		{post(at("l1"), in, 409, problem), `"type":"urn:motherlode:problem:message-time"`},
		{post(at("l1"), map[string]string{"message": again, "signature": sign("l1", again)}, 429, problem), "wait a minute"},
		{post(at("l2"), map[string]string{"message": again, "signature": "x"}, 422, problem), "about account"},
		{post(at("l2"), strings.Repeat("x", maxBody), 400, problem), "16 KiB"},
		{get(at("l9"), 404, problem), "has not mined"},
		{get(srv.URL+"/api/v1/pools/q/accounts/l1/settings", 404, problem), "no such pool"},
		{get(at("l1")+"/message?pay.dogecoin=x", 422, problem), "wrong letter"},
		{get(at("l1")+"/message?pya.dogecoin=x", 400, problem), "pya.dogecoin"},
		{get(at("l1")+"/message?donate=200", 400, problem), "from 0 to 100"},
	} {
		if !strings.Contains(c.got, c.want) {
			t.Errorf("got %s, want %s", c.got, c.want)
		}
	}
	none := httptest.NewServer(Handler(func() *Keeper { return nil }))
	defer none.Close()
	get(none.URL+"/api/v1/pools/p/accounts/l1/settings", 503, problem)
}

// answer reads a reply and checks its status and kind.
func (o *office) answer(reply *http.Response, err error, status int, kind string) string {
	o.t.Helper()
	if err != nil {
		o.t.Fatal(err)
	}
	defer reply.Body.Close()
	raw, err := io.ReadAll(reply.Body)
	if err != nil || reply.StatusCode != status || reply.Header.Get("Content-Type") != kind {
		o.t.Errorf("got %d, %s, %s, %v; want %d, %s", reply.StatusCode, reply.Header.Get("Content-Type"), raw, err, status, kind)
	}
	return string(raw)
}

func TestLimiter(t *testing.T) {
	l := newLimiter()
	now := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	count := func(remote string, tries int) (n int) {
		for range tries {
			if l.allow(remote, now) {
				n++
			}
		}
		return n
	}
	if n := count("192.0.2.1:1000", 2*burst); n != burst {
		t.Errorf("one client: %d, want %d", n, burst)
	}
	if n := count("[2001:db8::1]:5", burst) + count("[2001:db8::2]:5", burst); n != burst {
		t.Errorf("one network: %d, want %d", n, burst)
	}
	now = now.Add(3 * refill)
	if n := count("192.0.2.1:1000", 2*burst); n != 3 {
		t.Errorf("a while later: %d, want 3", n)
	}
	if n := count("127.0.0.1:7", 2*burstAll); n != burstAll-3 {
		t.Errorf("behind a proxy: %d, want %d", n, burstAll-3)
	}
	now = now.Add(time.Hour)
	for i := range maxClients + 10 {
		l.allow(fmt.Sprintf("10.%d.%d.%d:1", i>>16, i>>8&255, i&255), now)
	}
	if len(l.clients) > maxClients {
		t.Errorf("%d clients are remembered", len(l.clients))
	}
}
