package payout

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/motherlode-pool/motherlode/coins"
	"github.com/motherlode-pool/motherlode/coins/litecoin"
	coinchain "github.com/motherlode-pool/motherlode/engine/chain"
	"github.com/motherlode-pool/motherlode/engine/ledger"
	"github.com/motherlode-pool/motherlode/internal/backoff"
	"github.com/motherlode-pool/motherlode/internal/testnode"
	"github.com/motherlode-pool/motherlode/plugins/host"
	"github.com/motherlode-pool/motherlode/plugins/sdk"
)

// modeKey tells the test binary, started again, to be the coin's process.
const modeKey = "PAYOUT_TEST_MODE"

func TestMain(m *testing.M) {
	if os.Getenv(modeKey) == "coin" {
		sdk.Serve(litecoin.New(nil))
		return
	}
	os.Exit(m.Run())
}

// mustShortDir is a folder whose path leaves room for that of a socket.
func mustShortDir(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "ml")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	return dir
}

// mustIsolated is Litecoin in a process of its own.
func mustIsolated(t *testing.T, dir string) *host.Driver {
	t.Helper()
	sockets, err := host.NewSocketDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = sockets.Close() })
	return host.New(host.Config{
		Name: "ltc", Command: []string{"/proc/self/exe"}, SocketDir: sockets.Path(), Env: []string{modeKey + "=coin"},
	})
}

// mortal is a coin whose process can be killed, also from within a call that it
// makes to its node.
type mortal struct {
	coins.Driver
	t *testing.T

	mu     sync.Mutex
	pid    int
	deaths int
	armed  string          // the call to a node that is its last
	when   string          // "asked": the node never hears of it; "answered": it has done so
	struck map[string]bool // the calls that it died of
}

func (m *mortal) Open(ctx context.Context, s coins.Settings) (coins.Coin, error) {
	c, err := m.Driver.Open(ctx, s)
	if err == nil {
		m.mu.Lock()
		m.pid = c.(interface{ PID() int }).PID()
		m.mu.Unlock()
	}
	return c, err
}

// kill ends the process, with no warning.
func (m *mortal) kill() {
	m.mu.Lock()
	defer m.mu.Unlock()
	if err := syscall.Kill(m.pid, syscall.SIGKILL); err != nil {
		m.t.Errorf("kill %d: %v", m.pid, err)
	}
	m.deaths++
}

// hit reports whether a call is the one that it dies of, and disarms it.
func (m *mortal) hit(method, when string) bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.armed != method || m.when != when {
		return false
	}
	m.struck[method+" "+when], m.armed = true, ""
	return true
}

// serve stands between the coin and its node.
func (m *mortal) serve(node *testnode.Litecoin) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		var q struct{ Method string }
		if err == nil {
			err = json.Unmarshal(body, &q)
		}
		if err == nil && m.hit(q.Method, "asked") {
			m.kill()
			return
		}
		var out *http.Response
		if err == nil {
			var on *http.Request
			on, err = http.NewRequestWithContext(r.Context(), r.Method, strings.TrimSuffix(node.URL, "/")+r.URL.Path, bytes.NewReader(body))
			if err == nil {
				on.Header = r.Header
				out, err = http.DefaultClient.Do(on)
			}
		}
		if err != nil {
			http.Error(w, err.Error(), http.StatusBadGateway)
			return
		}
		defer out.Body.Close()
		answer, err := io.ReadAll(out.Body)
		if m.hit(q.Method, "answered") {
			m.kill()
			return
		}
		if err == nil {
			w.WriteHeader(out.StatusCode)
			_, _ = w.Write(answer)
		}
	}
}

// The calls to the node in the midst of which the coin dies.
var lastCalls = []struct{ method, when string }{
	{"listlockunspent", "asked"},
	{"fundrawtransaction", "answered"}, // inputs are locked for nobody
	{"signrawtransactionwithwallet", "answered"},
	{"testmempoolaccept", "asked"},
	{"sendrawtransaction", "asked"},    // was not sent
	{"sendrawtransaction", "answered"}, // was sent, and nobody knows
	{"gettransaction", "asked"},
	{"lockunspent", "answered"},
}

// A coin in a process of its own that dies with signal 9 between any two steps
// of a payment, and in the midst of each call: the pool lives on, opens it again,
// and every address has exactly its due in the end.
func TestCoinKilledAtEveryStep(t *testing.T) {
	if testing.Short() {
		t.Skip("needs some seconds")
	}
	t.Parallel()
	town := mustTown(t)
	coin := &mortal{Driver: mustIsolated(t, mustShortDir(t)), t: t, struck: map[string]bool{}}
	between := httptest.NewServer(coin.serve(town.Litecoin))
	t.Cleanup(between.Close)
	runner := mustRunner(t, coin, strings.Replace(town.coin, town.URL, between.URL, 1))

	b := mustBooks(t, t.TempDir())
	defer b.stop()
	due := map[string]uint64{}
	killAt, points := "", map[string]int{}
	payer := b.payer(runner, func(point string) error {
		if point == killAt {
			killAt = ""
			points[point]++
			coin.kill()
		}
		return nil
	}, litecoinPlan)
	round := func() error {
		up(t, runner, coin)
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		return payer.Round(ctx, litecoinPlan)
	}
	credit := func(n int) {
		for a, account := range town.people {
			amount := uint64(2_000_000 + 1000*n + a)
			b.earn(account, amount)
			due[account] += amount
		}
	}

	steps := []string{"chosen", "prepared", "written", "sent", "noted sent", "looked", "sent again", "noted confirmed"}
	for n, point := range steps {
		credit(n)
		if point == "sent again" { // so that there is one to be sent again
			coin.arm("sendrawtransaction", "asked")
			_ = round()
		}
		killAt = point
		for tries := 0; tries < 8 && killAt != ""; tries++ { // some steps need a payment that is under way, or deep
			if err := round(); err != nil {
				t.Logf("killed at %q: %.150s", point, err)
			}
			town.mine(1)
		}
	}
	for n, last := range lastCalls {
		credit(len(steps) + n)
		if last.method == "lockunspent" { // something must be locked for nobody
			coin.arm("fundrawtransaction", "answered")
			_ = round()
		}
		coin.arm(last.method, last.when)
		var err error
		for tries := 0; tries < 8 && !coin.died(last.method, last.when); tries++ {
			err = round()
		}
		if err == nil {
			t.Errorf("died of %s when it was %s: the round says nothing of it", last.method, last.when)
		}
		if last.method == "sendrawtransaction" {
			checkUnsent(t, b)
		}
		town.mine(n % 2)
	}
	for range 4 {
		if err := round(); err != nil {
			t.Fatal(err)
		}
		town.mine(3)
	}
	town.settled(b, due)
	for _, point := range steps {
		if points[point] == 0 {
			t.Errorf("never killed at %q", point)
		}
	}
	for _, last := range lastCalls {
		if !coin.died(last.method, last.when) {
			t.Errorf("never died of %s when it was %s", last.method, last.when)
		}
	}
	t.Logf("the coin was killed %d times; steps %v, calls %v", coin.deaths, points, coin.struck)
}

// arm has it die of the next such call.
func (m *mortal) arm(method, when string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.armed, m.when = method, when
	delete(m.struck, method+" "+when)
}

// died reports whether it has died of a call.
func (m *mortal) died(method, when string) bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.struck[method+" "+when]
}

// checkUnsent demands that a payment whose sending was lost is written down as
// prepared: it may have been sent, and its bytes will be sent again.
func checkUnsent(t *testing.T, b *books) {
	t.Helper()
	open, err := b.ledger.OpenPayments(ledger.PaymentFilter{Chain: "c"})
	if err != nil || !slices.ContainsFunc(open, func(p ledger.Payment) bool { return p.State == ledger.Prepared && len(p.Raw) > 0 }) {
		t.Errorf("a send was lost, and no payment is written down as prepared: %+v, %v", open, err)
	}
}

// mustRunner keeps a coin open as the engine does, but for patience.
func mustRunner(t *testing.T, driver coins.Driver, settings string) *coinchain.Runner {
	t.Helper()
	r := coinchain.New("ltc", driver, coins.Settings{Instance: "ltc", Network: "regtest", JSON: []byte(settings)}, coinchain.Options{
		Logger: slog.New(slog.DiscardHandler), ParkAfter: 1 << 20,
		Backoff: backoff.Options{First: time.Millisecond, Max: 10 * time.Millisecond},
	})
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- r.Run(ctx) }()
	t.Cleanup(func() {
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
	return r
}

// up waits until the coin is open and its wallet answers.
func up(t *testing.T, r *coinchain.Runner, m *mortal) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	var last error
	err := testnode.Wait(ctx, func() (bool, error) {
		_, last = r.ValidateAddress(ctx, "x")
		return last == nil, nil
	})
	if err != nil {
		t.Fatal(fmt.Errorf("the coin does not come back: %w: %w", err, last))
	}
}
