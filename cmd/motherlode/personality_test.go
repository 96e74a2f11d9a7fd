package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/motherlode-pool/motherlode/internal/personality"
	"github.com/motherlode-pool/motherlode/internal/simchain"
)

// Shares take about four hashes and blocks 64, so that each of the miners finds
// some before the test is over.
const personalityBits = 0x2003ffff

const (
	personalityShare = 1e-9
)

// paceOf keeps the chain from growing faster than its news travels. Those who ask
// for a difficulty, or are given more, get the most: each share is a block.
func paceOf(name string) time.Duration {
	switch name {
	case "bitaxe", "nerdqaxe", "nerdminer", "nicehash":
		return 400 * time.Millisecond
	}
	return 80 * time.Millisecond
}

// field is one of the miners at work.
type field struct {
	traits personality.Traits
	addr   string
	scrypt bool
	leave  context.CancelFunc

	mu     sync.Mutex
	shares int
	blocks []simchain.Hash // solved by accepted shares
	err    error           // why it ended
}

// scaleFor lets those who compare difficulties with real ones do so.
func scaleFor(name string) float64 {
	switch name {
	case "nicehash":
		return 1e15
	case "miningrigrentals":
		return 1e14
	case "nerdqaxe":
		return 1e12
	}
	return 1
}

func (f *field) run(ctx context.Context) {
	o := personality.Options{
		User: demoAddress + "." + f.traits.Name, Password: "x", Scale: scaleFor(f.traits.Name), OnShare: f.hear,
		Pace: paceOf(f.traits.Name),
	}
	if f.scrypt {
		o.Algorithm = "scrypt"
	}
	var d net.Dialer
	conn, err := d.DialContext(ctx, "tcp", f.addr)
	if err == nil {
		err = personality.New(f.traits, o).Run(ctx, conn)
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	f.err = err
}

func (f *field) hear(s personality.Share) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if s.Accepted {
		f.shares++
		if s.Meets() {
			f.blocks = append(f.blocks, simchain.Hash(s.Block()))
		}
	}
}

// satisfied: a share was accepted and a block of it is part of the chain.
func (f *field) satisfied(node *simchain.Node) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, h := range f.blocks {
		if node.Confirmations(h) > 0 {
			return f.shares > 0
		}
	}
	return false
}

// All the miners of the field mine at once at one pool with a merge-mined chain,
// each until it has a block in the chain, and none finds anything to complain of.
// A last one does so with scrypt.
func TestPersonalities(t *testing.T) {
	withoutRace(t)
	parent := mustSim(t, simchain.Config{Name: "parent", Parent: true, Bits: personalityBits})
	aux := mustSim(t, simchain.Config{Name: "aux", ChainID: 1, Bits: personalityBits})
	scrypt := mustSim(t, simchain.Config{Name: "scrypt", Parent: true, Algorithm: simchain.Scrypt, Bits: 0x2007ffff})
	addr, scryptAddr, http := mustFreePort(t), mustFreePort(t), mustFreePort(t)
	mustStart(t, "run", mustWrite(t, personalityConfig(t, parent, aux, scrypt, addr, scryptAddr, http)))
	mustConnect(t, addr, demoAddress+".first").Close()
	mustConnect(t, scryptAddr, demoAddress+".first").Close()

	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	var group sync.WaitGroup
	var all []*field
	enter := func(f *field) {
		all = append(all, f)
		ctx := ctx
		ctx, f.leave = context.WithCancel(ctx)
		group.Go(func() { f.run(ctx) })
	}
	for _, traits := range personality.All() {
		enter(&field{traits: traits, addr: addr})
	}
	enter(&field{traits: personality.CPUMiner(), addr: scryptAddr, scrypt: true})

	t.Cleanup(func() {
		for _, f := range all {
			f.mu.Lock()
			t.Logf("%s: %d shares, %d of them blocks", f.traits.Name, f.shares, len(f.blocks))
			f.mu.Unlock()
		}
	})
	poll(t, "a share and a block of each", 180*time.Second, func() bool {
		done := 0
		for _, f := range all {
			node := parent
			if f.scrypt {
				node = scrypt
			}
			if err := f.ended(); err != nil {
				t.Fatal(err)
			}
			if f.satisfied(node) {
				f.leave() // the others have more room then
				done++
			}
		}
		return done == len(all)
	})
	if aux.Height() == 0 {
		t.Error("the merge-mined chain has no block")
	}
	cancel()
	group.Wait()
}

// ended is why the miner has ended, nil while it mines and when it was told to.
func (f *field) ended() error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.err == nil || errors.Is(f.err, context.Canceled) {
		return nil
	}
	return fmt.Errorf("%s ended after %d shares: %w", f.traits.Name, f.shares, f.err)
}

func personalityConfig(t *testing.T, parent, aux, scrypt *simchain.Node, addr, scryptAddr, http string) string {
	t.Helper()
	var b strings.Builder
	fmt.Fprintf(&b, "data_dir = %q\n[http]\nlisten = %q\n", t.TempDir(), http)
	coin := func(name, driver, more string, n *simchain.Node) {
		fmt.Fprintf(&b, "[coins.%s]\ndriver = %q\nnetwork = \"regtest\"\n  [coins.%s.settings]\n  nodes = [{ url = %q, user = \"u\", password = \"p\" }]\n%s\n",
			name, driver, name, n.URL(), more)
	}
	coin("parent", "bitcoin", "", parent)
	coin("aux", "auxpow", fmt.Sprintf("  symbol = \"AUX\"\n  algorithm = \"sha256d\"\n  address = %q", demoAddress), aux)
	coin("scrypt", "bitcoinlike", "  symbol = \"SCR\"\n  algorithm = \"scrypt\"", scrypt)
	pool := func(name, aux, addr string, difficulty float64) {
		fmt.Fprintf(&b, "[pools.%s]\nparent = %q\naux = [%s]\naddress = %q\n  [[pools.%s.listen]]\n  address = %q\n  difficulty = { start = %g, min = 1e-10, fixed = true }\n",
			name, name, aux, demoAddress, name, addr, difficulty)
	}
	pool("parent", `"aux"`, addr, personalityShare)
	pool("scrypt", "", scryptAddr, 1e-5)
	return b.String()
}
