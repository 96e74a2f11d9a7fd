package engine

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"maps"
	"math/big"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/motherlode-pool/motherlode/coins"
	"github.com/motherlode-pool/motherlode/configs"
	"github.com/motherlode-pool/motherlode/engine/ledger"
	"github.com/motherlode-pool/motherlode/internal/simchain"
	"github.com/motherlode-pool/motherlode/internal/simchain/simtest"
	"github.com/motherlode-pool/motherlode/internal/testnode"
	"github.com/motherlode-pool/motherlode/stratum"
	"github.com/motherlode-pool/motherlode/stratum/conformance"
)

// Bits of the simulated chains: a block that is found only where it is looked
// for, and one that is never found, so that difficulty may rise to a million.
const (
	each65536 = 0x1f00ffff
	million   = 0x1a0fffff
)

// Waits of the server, long enough that no miner of a loaded machine is met by them.
const (
	conformSubscribe = 5 * time.Second
	conformWrite     = 3 * time.Second
)

// conformed is an engine whose front is held against the rules of miners: a pool
// for what needs another chain or other limits, a listener for another port.
type conformed struct {
	t      *testing.T
	cfg    Config
	deps   Deps
	parent *simchain.Node
	aux    *simchain.Node
	hard   *simchain.Node
	offset atomic.Int64 // of the parent's clock
	certs  stratum.TLS

	mu  sync.Mutex // one restart at a time
	rig *rig
}

// maskless is a coin whose version bits may not be rolled.
type maskless struct{ coins.Driver }

type masklessCoin struct{ coins.Parent }

func (d maskless) Open(ctx context.Context, s coins.Settings) (coins.Coin, error) {
	c, err := d.Driver.Open(ctx, s)
	if err != nil {
		return nil, err
	}
	return masklessCoin{c.(coins.Parent)}, nil
}

func (c masklessCoin) Info() coins.CoinInfo {
	info := c.Parent.Info()
	info.VersionMask = 0
	return info
}

// mustConformed runs it.
func mustConformed(t *testing.T) *conformed {
	t.Helper()
	f := &conformed{t: t}
	sim := func(c simchain.Config) *simchain.Node {
		c.User, c.Password = "u", "p"
		return simtest.MustStart(t, c)
	}
	f.parent = sim(simchain.Config{Name: "parent", Parent: true, Bits: each65536, Clock: func() time.Time {
		return time.Now().Add(time.Duration(f.offset.Load()))
	}})
	f.aux = sim(simchain.Config{Name: "aux", ChainID: 1, Bits: each32})
	f.hard = sim(simchain.Config{Name: "hard", Parent: true, Bits: million})
	coin := func(driver string, n *simchain.Node, more map[string]any) CoinConfig {
		s := nodeSettings(n.URL(), "u", "p")
		s["poll"], s["refresh"], s["timeout"] = "20ms", "1s", "5s" // 64 jobs, which the book keeps, last longer than any search
		for k, v := range more {
			s[k] = v
		}
		return mustCoin(t, driver, "regtest", s)
	}
	parent := coin("bitcoin", f.parent, nil)
	f.cfg = Config{DataDir: filepath.Join(t.TempDir(), "data"), Sync: "os", Coins: map[string]CoinConfig{
		"parent": parent, "hard": coin("bitcoin", f.hard, nil),
		"maskless": {Driver: maskless{parent.Driver}, Settings: parent.Settings},
		"aux": coin("auxpow", f.aux, map[string]any{
			"symbol": "aux", "chain_id": 1, "algorithm": "sha256d", "address": testnode.AnyAddress,
		}),
	}}

	f.certs = stratum.TLS{CertFile: filepath.Join(t.TempDir(), "cert.pem"), KeyFile: filepath.Join(t.TempDir(), "key.pem")}
	if err := f.newCert(t.Context()); err != nil {
		t.Fatal(err)
	}
	one := conformPool("parent")
	door := func(change func(*configs.Listen)) {
		l := one.Listen[0]
		change(&l)
		one.Listen = append(one.Listen, l)
	}
	door(func(l *configs.Listen) { l.TLS = &configs.TLS{Cert: f.certs.CertFile, Key: f.certs.KeyFile} })
	door(func(l *configs.Listen) { l.ProxyFrom = []string{"127.0.0.0/8"} })
	door(func(l *configs.Listen) { l.Difficulty.Fixed = false })
	node := 1
	one.Node, one.StaleGrace = &node, configs.Duration(100*time.Millisecond)
	hard := conformPool("hard")
	hard.Listen[0].Difficulty.Max, hard.Listen[0].Difficulty.NiceHashMin = 1e5, 60_000
	merged := conformPool("parent")
	merged.Aux = []configs.Aux{{Coin: "aux"}} // its difficulty does not bound that of shares
	small, limited := conformPool("parent"), conformPool("parent")
	small.MaxMiners = 3
	limited.Limits = configs.Limits{Connections: 3}
	// The first is the rig's address.
	f.cfg.Pools = map[string]configs.Pool{
		"a": one, "hard": hard, "limited": limited, "maskless": conformPool("maskless"), "merged": merged, "small": small,
	}
	f.deps.Front = func(c *stratum.Config) {
		c.SubscribeTimeout, c.WriteTimeout, c.Silence = conformSubscribe, conformWrite, time.Second
	}
	f.rig = mustRunWith(t, f.cfg, f.deps)
	f.keepPorts()
	return f
}

// conformPool is a pool with the easiest shares and a job every few seconds.
func conformPool(parent string) configs.Pool {
	p := testPool(parent, testnode.AnyAddress)
	p.AcceptAnyone, p.Refresh = true, configs.Duration(5*time.Second)
	p.Listen[0].Difficulty = configs.Difficulty{Start: 1e-9, Min: 1e-10, Fixed: true}
	return p
}

// keepPorts writes the ports that were found into the configuration, for the
// next life. The present engine reads its own as it was.
func (f *conformed) keepPorts() {
	f.cfg.Pools = maps.Clone(f.cfg.Pools)
	for _, p := range f.rig.engine.pools {
		next := f.cfg.Pools[p.name]
		next.Listen = slices.Clone(next.Listen)
		for i, a := range p.server.Addrs() {
			next.Listen[i].Address = a.String()
		}
		f.cfg.Pools[p.name] = next
	}
}

// addr is a port of a pool.
func (f *conformed) addr(pool string, i int) string { return f.cfg.Pools[pool].Listen[i].Address }

// live is the present engine.
func (f *conformed) live() *Engine {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.rig.engine
}

// restart ends the engine and starts it again on the same files and ports.
func (f *conformed) restart(context.Context) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if err := f.rig.stop(); err != nil {
		return err
	}
	f.rig = mustRunWith(f.t, f.cfg, f.deps)
	return nil
}

// auxInJob waits until the newest job of the merged pool holds the other chain's
// work.
func (f *conformed) auxInJob(ctx context.Context) error {
	for _, p := range f.live().pools {
		if p.name != "merged" {
			continue
		}
		for {
			if j := p.book.Last(); j != nil && len(j.Aux) > 0 {
				return nil
			}
			select {
			case <-time.After(5 * time.Millisecond):
			case <-ctx.Done():
				return ctx.Err()
			}
		}
	}
	return ErrNoPool
}

// drain sends the miners of the first pool away, and opens it again.
func (f *conformed) drain(ctx context.Context) error {
	front, err := f.live().Front("a")
	if err == nil {
		err = front.Drain(ctx, 0, stratum.Redirect{})
	}
	if err != nil {
		return err
	}
	return f.restart(ctx)
}

// newCert writes a self-signed certificate over the last.
func (f *conformed) newCert(context.Context) error {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return err
	}
	now := time.Now()
	from := x509.Certificate{
		SerialNumber: big.NewInt(now.UnixNano()), NotBefore: now.Add(-time.Hour), NotAfter: now.Add(time.Hour), DNSNames: []string{"pool.example"},
	}
	cert, err := x509.CreateCertificate(rand.Reader, &from, &from, &key.PublicKey, key)
	if err != nil {
		return err
	}
	private, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return err
	}
	for name, block := range map[string]pem.Block{
		f.certs.CertFile: {Type: "CERTIFICATE", Bytes: cert}, f.certs.KeyFile: {Type: "PRIVATE KEY", Bytes: private},
	} {
		if err := os.WriteFile(name, pem.EncodeToMemory(&block), 0o600); err != nil {
			return err
		}
	}
	return nil
}

// hooks bring about what the rules want.
func (f *conformed) hooks() conformance.Hooks {
	return conformance.Hooks{
		NewBlock: func(context.Context) error { f.parent.Jump(1); return nil },
		NewJob:   func(context.Context) error { f.parent.InjectFake(1, 1000); return nil },
		NodeDown: func(_ context.Context, down bool) error { f.parent.Down(down); return nil },
		Restart:  f.restart,
		Drain:    f.drain,
		NewCert:  f.newCert,
		ClockJump: func(_ context.Context, by time.Duration) error {
			f.offset.Add(int64(by))
			return nil
		},
		Tip: func(context.Context) (string, error) { return f.parent.Tip().String(), nil },
		Block: func(_ context.Context, hash string) (given, taken bool, err error) {
			for _, s := range f.parent.Submissions() {
				if s.Hash.String() == hash {
					given, taken = true, taken || s.Best
				}
			}
			return given, taken, nil
		},
		Work: func(ctx context.Context, user string) (float64, error) {
			e := f.live()
			if err := e.ledger.Sync(ctx, e.shareLog.End()); err != nil {
				return 0, err
			}
			account, worker, err := splitUser(user, nil)
			if err != nil {
				return 0, err
			}
			total, err := e.ledger.Worker("a", account, worker)
			if errors.Is(err, ledger.ErrNotFound) {
				return 0, nil
			}
			return total.Work.Difficulty(), err
		},
		From: func(_ context.Context, address string) (bool, error) {
			front, err := f.live().Front("a")
			if err != nil {
				return false, err
			}
			want, err := netip.ParseAddr(address)
			if err != nil {
				return false, err
			}
			for _, s := range front.Sessions() {
				if from, err := netip.ParseAddrPort(s.Remote); err == nil && from.Addr().Unmap() == want {
					return true, nil
				}
			}
			return false, nil
		},
	}
}

// hold tries rules and fails the test for each that is broken or not tried.
func hold(t *testing.T, cfg conformance.Config) {
	t.Helper()
	cfg.User, cfg.Timeout, cfg.Parallel = "anyone.rig", 30*time.Second, 4
	if cfg.Mask == 0 {
		cfg.Mask = 0x1fffe000
	}
	sum := conformance.Check(t.Context(), cfg, func(r conformance.Result) {
		t.Logf("%-9v %5.1f s %s: %s", r.Outcome, r.Took.Seconds(), r.ID, r.Detail)
		if r.Outcome != conformance.Passed {
			t.Errorf("%s (%s): %v, %s", r.ID, r.Says, r.Outcome, r.Detail)
		}
	})
	if t.Log(sum); sum.Err != nil {
		t.Error(sum.Err)
	}
}

// TestConformance: the front of a real pool keeps every rule of package
// conformance. What wants a hard chain or a merged one is tried there.
func TestConformance(t *testing.T) {
	t.Parallel()
	f := mustConformed(t)
	second := mustSecondNode(t, f)
	elsewhere := []string{"nicehash", "aux-candidates"}
	var ids []string
	for _, r := range conformance.Rules() {
		if !strings.Contains(strings.Join(elsewhere, " "), r.ID) {
			ids = append(ids, r.ID)
		}
	}
	t.Run("hard", func(t *testing.T) {
		hold(t, conformance.Config{
			Address: f.addr("hard", 0), Rules: []string{"nicehash", "suggest", "difficulty-form", "password", "minimum-difficulty"},
			MinDifficulty: 1e-10, MaxDifficulty: 1e5, NiceHashFloor: 60_000,
		})
	})
	t.Run("merged", func(t *testing.T) {
		h := f.hooks()
		h.Aux = func(ctx context.Context) (float64, int, error) {
			return difficultyOf(each32), f.aux.Height(), f.auxInJob(ctx)
		}
		hold(t, conformance.Config{
			Address: f.addr("merged", 0), Hooks: h, Rules: []string{"aux-candidates", "coinbase", "version-free", "jobs-differ"},
		})
	})
	t.Run("all", func(t *testing.T) {
		hold(t, conformance.Config{
			Address: f.addr("a", 0), Rules: ids, Hooks: f.hooks(), MinDifficulty: 1e-10, MaxDifficulty: difficultyOf(each65536),
			Silence: 30 * time.Second, SubscribeTimeout: conformSubscribe, WriteTimeout: conformWrite, Grace: 200 * time.Millisecond,
			Latency: 30 * time.Second, SecondNode: second, TLSAddress: f.addr("a", 1), ProxyTrust: f.addr("a", 2), Vardiff: f.addr("a", 3),
			NoMaskDoor: f.addr("maskless", 0), SmallDoor: f.addr("small", 0), SmallRoom: 3,
			LimitedDoor: f.addr("limited", 0), LimitedTo: 3,
		})
	})
}

// mustSecondNode runs another process's share of the first pool.
func mustSecondNode(t *testing.T, f *conformed) (addr string) {
	t.Helper()
	p, node := conformPool("parent"), 2
	p.Node = &node
	return mustRunWith(t, Config{
		Coins: map[string]CoinConfig{"parent": f.cfg.Coins["parent"]}, Pools: map[string]configs.Pool{"a": p},
	}, Deps{}).addr
}
