package enginetest

import (
	"context"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/motherlode-pool/motherlode/coins"
	"github.com/motherlode-pool/motherlode/coins/builtin"
	"github.com/motherlode-pool/motherlode/configs"
	"github.com/motherlode-pool/motherlode/engine"
	"github.com/motherlode-pool/motherlode/internal/simchain"
	"github.com/motherlode-pool/motherlode/internal/testnode"
	"github.com/motherlode-pool/motherlode/plugins/internal/pair"
)

// Compact targets by how many hashes a block takes.
const (
	each8  = 0x201fffff
	each32 = 0x2007ffff
)

var auxSettings = map[string]any{"symbol": "AUX", "chain_id": 7, "algorithm": "sha256d", "address": "mfWxJ45yp2SFn7UciZyNpvDKrzbhyfKrY8"}

// TestForeignAlgorithm mines a parent and an aux chain by an algorithm that the
// engine does not have, over every transport, at nodes that check the work for
// themselves.
func TestForeignAlgorithm(t *testing.T) {
	for name, driver := range map[string]func(*testing.T, string) coins.Driver{
		"in process": func(_ *testing.T, name string) coins.Driver { return mustToy(name) },
		"pair":       func(_ *testing.T, name string) coins.Driver { return pair.New(mustToy(name)) },
		"process":    func(t *testing.T, name string) coins.Driver { return mustProcess(t, name) },
	} {
		t.Run(name, func(t *testing.T) {
			parent := mustNode(t, simchain.Config{Name: "parent", Parent: true, Algorithm: simchain.SHA512t, Bits: each32})
			aux := mustNode(t, simchain.Config{Name: "aux", ChainID: 7, Algorithm: simchain.SHA512t, Bits: each8})
			r := mustRun(t, engine.Config{
				Coins: map[string]engine.CoinConfig{
					"toy": coin(driver(t, "bitcoin"), parent, nil), "aux": coin(driver(t, "auxpow"), aux, auxSettings),
				},
				Pools: map[string]configs.Pool{"p": pool("toy", "aux")},
			})
			mineBoth(t, r, parent, aux)
		})
	}
}

// mineBoth mines until both chains have blocks of ours, and holds what the pool
// says against the nodes and the miner.
func mineBoth(t *testing.T, r *rig, parent, aux *simchain.Node) {
	t.Helper()
	c := r.mustClient("p", algorithm)
	var shares uint64
	var blocks []string // of the parent, as the miner names them
	accepted := map[string]bool{}
	eventually(t, "two blocks on each chain", func() bool {
		s := r.solve(c)
		if got := r.submit(c, s); got != "true" && !strings.Contains(got, "stale") {
			t.Fatalf("answer %s", got)
		} else if got == "true" {
			shares++
		}
		if s.Meets(0) {
			blocks = append(blocks, s.BlockHash())
		}
		for {
			select {
			case ev := <-r.events:
				if ev.Kind == engine.EventBlock && ev.State == "refused" {
					t.Errorf("%s refused a block: %s", ev.Chain, ev.Reason)
				}
				if ev.Kind == engine.EventBlock && ev.State == "accepted" {
					accepted[ev.Chain+" "+ev.Hash.String()] = true
				}
				continue
			default:
			}
			break
		}
		return count(accepted, "toy ") >= 2 && count(accepted, "aux ") >= 2
	})
	if parent.Height() < 2 || aux.Height() < 2 {
		t.Errorf("heights %d and %d", parent.Height(), aux.Height())
	}
	for key := range accepted {
		if hash, ok := strings.CutPrefix(key, "toy "); ok && !slices.Contains(blocks, hash) {
			t.Errorf("block %s is none that the miner found: %v", hash, blocks)
		}
	}

	// The same again is a duplicate, and low difficulty is what it is.
	s := r.solve(c)
	if got := r.submit(c, s); got != "true" {
		t.Errorf("share: %s", got)
	}
	if got := r.submit(c, s); !strings.Contains(got, "duplicate") {
		t.Errorf("the same share again: %s", got)
	}
	h := r.hashing("toy")
	if h == nil || h.Algorithm != algorithm || h.Batches == 0 || h.Headers < shares || h.Errors != 0 || h.Refused != 0 || h.Advice != "" {
		t.Errorf("status: %+v after %d shares", h, shares)
	}
	if got := r.Status().Pools[0].Accepted; got != shares+1 {
		t.Errorf("%d accepted, the miner heard of %d", got, shares+1)
	}
}

func count(set map[string]bool, prefix string) (n int) {
	for key := range set {
		if strings.HasPrefix(key, prefix) {
			n++
		}
	}
	return n
}

// TestPluginThatDiesLosesNoShare kills the plugin while shares are submitted:
// they wait for the next process.
func TestPluginThatDiesLosesNoShare(t *testing.T) {
	d := mustProcess(t, "bitcoin")
	parent := mustNode(t, simchain.Config{Name: "parent", Parent: true, Algorithm: simchain.SHA512t, Bits: 0x1d00ffff})
	r := mustRun(t, engine.Config{
		Coins: map[string]engine.CoinConfig{"toy": coin(d, parent, nil)},
		Pools: map[string]configs.Pool{"p": pool("toy")},
	})
	c := r.mustClient("p", algorithm)
	first := d.process()
	for i := range 40 {
		s := r.solve(c)
		if i == 20 {
			if err := syscall.Kill(d.process(), syscall.SIGKILL); err != nil {
				t.Fatal(err)
			}
		}
		if got := r.submit(c, s); got != "true" {
			t.Errorf("share %d: %s", i, got)
		}
	}
	if d.process() == first {
		t.Error("the plugin is the same process")
	}
	if h := r.hashing("toy"); h.Refused != 0 || h.Problem != "" {
		t.Errorf("status: %+v", h)
	}
}

// TestPluginThatStandsStill stops a plugin for longer than shares wait: they
// are refused, and good when they are sent again. The miners of another pool
// notice nothing.
func TestPluginThatStandsStill(t *testing.T) {
	d := mustProcess(t, "bitcoin")
	plain, _ := builtin.Lookup("bitcoin")
	slow := mustNode(t, simchain.Config{Name: "slow", Parent: true, Algorithm: simchain.SHA512t, Bits: 0x1d00ffff})
	other := mustNode(t, simchain.Config{Name: "other", Parent: true, Bits: 0x1d00ffff})
	r := mustRun(t, engine.Config{
		Coins: map[string]engine.CoinConfig{"toy": coin(d, slow, nil), "btc": coin(plain, other, nil)},
		Pools: map[string]configs.Pool{"p": pool("toy"), "q": pool("btc")},
	})
	c, o := r.mustClient("p", algorithm), r.mustClient("q", "sha256d")
	if got := r.submit(c, r.solve(c)); got != "true" {
		t.Fatalf("share: %s", got)
	}
	held := r.solve(c)
	testnode.MustPause(t, d.process())
	id, err := c.Send("mining.submit", held.Params...)
	if err != nil {
		t.Fatal(err)
	}
	answered := make(chan string, 1)
	begin := time.Now()
	go func() {
		a, err := c.Await(id)
		if err != nil {
			answered <- err.Error()
			return
		}
		answered <- a.String()
	}()
	var slowest time.Duration
	n := 0
	for answer := ""; answer == ""; n++ {
		s := r.solve(o)
		at := time.Now()
		if got := r.submit(o, s); got != "true" {
			t.Errorf("other pool's share: %s", got)
		}
		slowest = max(slowest, time.Since(at))
		select {
		case answer = <-answered:
			if !strings.Contains(answer, "hash-function-unavailable") || strings.Contains(answer, "low-difficulty") {
				t.Errorf("held share: %s", answer)
			}
		default:
		}
	}
	t.Logf("refused after %v; meanwhile %d shares of the other pool, the slowest answer after %v", time.Since(begin), n, slowest)
	if n < 100 || slowest > 2*time.Second {
		t.Errorf("the other pool's miner got %d answers, the slowest after %v", n, slowest)
	}
	if err := syscall.Kill(d.process(), syscall.SIGCONT); err != nil {
		t.Fatal(err)
	}
	if got := r.submit(c, held); got != "true" {
		t.Errorf("the refused share, sent again: %s", got)
	}
	if h := r.hashing("toy"); h.Refused != 1 {
		t.Errorf("status: %+v", h)
	}
	pools := r.Status().Pools
	if got := pools[0].Rejected; len(got) != 1 || got["hash-function-unavailable"] != 1 {
		t.Errorf("refusals counted: %v", got)
	}
}

// TestForeignAlgorithmWithoutHasher is a configuration that cannot work.
func TestForeignAlgorithmWithoutHasher(t *testing.T) {
	d := mustToy("bitcoin")
	d.deny = true
	n := mustNode(t, simchain.Config{Name: "parent", Parent: true, Algorithm: simchain.SHA512t})
	cfg := engine.Config{
		DataDir: t.TempDir(), Sync: "os",
		Coins: map[string]engine.CoinConfig{"toy": coin(d, n, nil)},
		Pools: map[string]configs.Pool{"p": pool("toy")},
	}
	wants := []string{`toy is mined by "sha512t"`, "sha256d", `"hasher"`, "HashBatch", "package algos"}
	problems := engine.Check(t.Context(), cfg)
	if len(problems) != 1 || problems[0].Key != "pools.p.parent" || !containsAll(problems[0].Message, wants) {
		t.Errorf("check: %+v", problems)
	}
	e, err := engine.New(cfg, engine.Deps{})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	if err := e.Run(ctx); err == nil || !containsAll(err.Error(), wants) {
		t.Errorf("run: %v", err)
	}
}

// TestForeignAlgorithmOfAnAux is refused under a parent of another one.
func TestForeignAlgorithmOfAnAux(t *testing.T) {
	plain, _ := builtin.Lookup("bitcoin")
	n := mustNode(t, simchain.Config{Name: "parent", Parent: true})
	a := mustNode(t, simchain.Config{Name: "aux", ChainID: 7})
	problems := engine.Check(t.Context(), engine.Config{
		Coins: map[string]engine.CoinConfig{"btc": coin(plain, n, nil), "aux": coin(mustToy("auxpow"), a, auxSettings)},
		Pools: map[string]configs.Pool{"p": pool("btc", "aux")},
	})
	if len(problems) != 1 || !containsAll(problems[0].Message, []string{"aux is mined by sha512t, its parent btc by sha256d"}) {
		t.Errorf("check: %+v", problems)
	}
}

func containsAll(text string, parts []string) bool {
	for _, p := range parts {
		if !strings.Contains(text, p) {
			return false
		}
	}
	return true
}

// TestEndWhileThePluginStandsStill ends an engine whose miner waits for a hash:
// the share is refused and nothing is waited for that does not come.
func TestEndWhileThePluginStandsStill(t *testing.T) {
	d := mustProcess(t, "bitcoin")
	n := mustNode(t, simchain.Config{Name: "parent", Parent: true, Algorithm: simchain.SHA512t, Bits: 0x1d00ffff})
	r := mustRun(t, engine.Config{
		Coins: map[string]engine.CoinConfig{"toy": coin(d, n, nil)},
		Pools: map[string]configs.Pool{"p": pool("toy")},
	})
	c := r.mustClient("p", algorithm)
	s := r.solve(c)
	testnode.MustPause(t, d.process())
	id, err := c.Send("mining.submit", s.Params...)
	if err != nil {
		t.Fatal(err)
	}
	eventually(t, "the header is under way", func() bool { return r.hashing("toy").InFlight > 0 })
	begin := time.Now()
	r.stop()
	if took := time.Since(begin); took > 20*time.Second {
		t.Errorf("the end took %v", took)
	}
	if a, err := c.Await(id); err == nil && a.OK() {
		t.Error("a share without a hash was accepted")
	}
}
