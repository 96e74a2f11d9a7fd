package engine

import (
	"errors"
	"net/netip"
	"testing"
	"time"

	"github.com/motherlode-pool/motherlode/configs"
	"github.com/motherlode-pool/motherlode/internal/testminer"
	"github.com/motherlode-pool/motherlode/internal/testnode"
	"github.com/motherlode-pool/motherlode/stratum"
)

// What the configuration says of sessions reaches the server, and an operator
// reaches the miners.
func TestFrontOfAPool(t *testing.T) {
	parent := mustParent(t)
	pool := testPool("parent", testnode.AnyAddress)
	n := 0xa7
	pool.Node, pool.ReconnectTo = &n, []string{"pool.example"}
	cfg := Config{
		DataDir: t.TempDir(),
		Coins:   map[string]CoinConfig{"parent": parent},
		Pools:   map[string]configs.Pool{"btc": pool},
	}
	r := mustRun(t, cfg)
	c, err := testminer.Connect(r.addr, "sha256d", "rig")
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if c.Extranonce[0] != 0xa7 {
		t.Errorf("extranonce1 %x of node a7", c.Extranonce)
	}

	if _, err := r.engine.Front("ltc"); !errors.Is(err, ErrNoPool) {
		t.Errorf("front of no pool: %v", err)
	}
	f, err := r.engine.Front("btc")
	if err != nil {
		t.Fatal(err)
	}
	s, err := c.Solve("rig")
	if err != nil {
		t.Fatal(err)
	}
	if reply, err := c.Call("mining.submit", s.Params...); err != nil || !reply.OK() {
		t.Fatalf("share: %v, %v", reply, err)
	}
	all := f.Sessions()
	if len(all) != 1 || all[0].Workers[0] != "rig" || all[0].Accepted != 1 || all[0].Since.IsZero() || all[0].LastShare.IsZero() {
		t.Fatalf("sessions: %+v", all)
	}
	if _, err := f.Reconnect(stratum.Who{All: true}, stratum.Redirect{Host: "evil.example"}); !errors.Is(err, stratum.ErrHost) {
		t.Errorf("sent to a host that is not configured: %v", err)
	}
	if n, err := f.Reconnect(stratum.Who{Worker: "rig"}, stratum.Redirect{Host: "pool.example"}); n != 1 || err != nil {
		t.Errorf("reconnect: %d, %v", n, err)
	}
	if n := f.Drop(stratum.Who{Network: netip.MustParsePrefix("127.0.0.1/32")}); n != 1 {
		t.Errorf("dropped %d, want 1", n)
	}
	for end := time.Now().Add(10 * time.Second); len(f.Sessions()) > 0; time.Sleep(time.Millisecond) {
		if time.Now().After(end) {
			t.Fatal("the session is still there")
		}
	}

	// The same folder again: the miner gets its value back.
	if err := r.stop(); err != nil {
		t.Fatal(err)
	}
	again := mustRun(t, cfg)
	back, err := testminer.Resume(again.addr, "sha256d", "rig", c.Session)
	if err != nil {
		t.Fatal(err)
	}
	defer back.Close()
	if string(back.Extranonce) != string(c.Extranonce) {
		t.Errorf("back with extranonce1 %x, want %x", back.Extranonce, c.Extranonce)
	}
}
