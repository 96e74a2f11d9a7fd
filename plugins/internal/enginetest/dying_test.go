package enginetest

import (
	"context"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/motherlode-pool/motherlode/coins"
	"github.com/motherlode-pool/motherlode/coins/builtin"
	"github.com/motherlode-pool/motherlode/configs"
	"github.com/motherlode-pool/motherlode/engine"
	"github.com/motherlode-pool/motherlode/engine/status"
	"github.com/motherlode-pool/motherlode/internal/simchain"
	"github.com/motherlode-pool/motherlode/plugins/host"
	"github.com/motherlode-pool/motherlode/plugins/sdk"
)

// graveKey names the folder in which a plugin that dies counts its deaths.
const graveKey = "MOTHERLODE_ENGINETEST_GRAVE"

// dying is a driver whose process dies at the first calls about a found block: once
// before the call is made, once when it was made and the answer is not out.
type dying struct {
	coins.Driver
	grave string
}

// deaths of each call.
const deaths = 2

func serveDying(name string) {
	inner, ok := builtin.Lookup(strings.TrimPrefix(name, "dying "))
	if !ok {
		panic("no driver " + name)
	}
	sdk.Serve(&dying{inner, os.Getenv(graveKey)})
}

func (d *dying) Describe() coins.Info {
	info := d.Driver.Describe()
	info.Roles = slices.DeleteFunc(slices.Clone(info.Roles), func(r coins.Role) bool { return r != coins.RoleParent && r != coins.RoleAux })
	return info
}

func (d *dying) Open(ctx context.Context, s coins.Settings) (coins.Coin, error) {
	c, err := d.Driver.Open(ctx, s)
	if err != nil {
		return nil, err
	}
	if p, ok := c.(coins.Parent); ok {
		return dyingParent{p, d}, nil
	}
	return dyingAux{c.(coins.Aux), d}, nil
}

// around makes a call, or dies before or after it.
func (d *dying) around(name string, call func()) {
	path := filepath.Join(d.grave, name)
	stones, _ := os.ReadFile(path)
	n := len(stones) + 1
	if n <= deaths {
		_ = os.WriteFile(path, append(stones, '+'), 0o600)
	}
	if n < deaths {
		os.Exit(9)
	}
	call()
	if n == deaths {
		os.Exit(9)
	}
}

type dyingParent struct {
	coins.Parent
	d *dying
}

func (c dyingParent) SubmitBlock(ctx context.Context, b *coins.Block) (v coins.Verdict, err error) {
	c.d.around("parent-submit", func() { v, err = c.Parent.SubmitBlock(ctx, b) })
	return v, err
}

func (c dyingParent) BlockStatus(ctx context.Context, h coins.Hash, height uint64) (s coins.BlockStatus, err error) {
	c.d.around("parent-status", func() { s, err = c.Parent.BlockStatus(ctx, h, height) })
	return s, err
}

type dyingAux struct {
	coins.Aux
	d *dying
}

func (c dyingAux) SubmitAux(ctx context.Context, p *coins.AuxProof) (v coins.Verdict, err error) {
	c.d.around("aux-submit", func() { v, err = c.Aux.SubmitAux(ctx, p) })
	return v, err
}

func (c dyingAux) BlockStatus(ctx context.Context, h coins.Hash, height uint64) (s coins.BlockStatus, err error) {
	c.d.around("aux-status", func() { s, err = c.Aux.BlockStatus(ctx, h, height) })
	return s, err
}

// TestPluginThatDiesAtSubmissionsLosesNoBlock finds one block of a parent and of its
// auxiliary chain. Both plugins die of it, and of the question where it
// is; the next process delivers what the last one had in its hands, and no share is
// refused meanwhile.
func TestPluginThatDiesAtSubmissionsLosesNoBlock(t *testing.T) {
	grave := t.TempDir()
	mustDying := func(name string) coins.Driver {
		sockets, err := host.NewSocketDir(t.TempDir())
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = sockets.Close() })
		return host.New(host.Config{
			Name: name, Command: []string{"/proc/self/exe"}, SocketDir: sockets.Path(), Env: []string{modeKey + "=dying " + name, graveKey + "=" + grave},
		})
	}
	const easy = 0x200fffff // one hash of sixteen is a block
	parent := mustNode(t, simchain.Config{Name: "parent", Parent: true, Bits: easy})
	aux := mustNode(t, simchain.Config{Name: "aux", ChainID: 7, Bits: easy})
	r := mustRun(t, engine.Config{
		Coins: map[string]engine.CoinConfig{
			"parent": coin(mustDying("bitcoin"), parent, nil),
			"aux":    coin(mustDying("auxpow"), aux, map[string]any{"chain_id": 7, "symbol": "AUX", "address": "mfWxJ45yp2SFn7UciZyNpvDKrzbhyfKrY8"}),
		},
		Pools: map[string]configs.Pool{"p": pool("parent", "aux")},
	})
	eventually(t, "work of the auxiliary chain", func() bool {
		return slices.ContainsFunc(r.Status().Coins, func(c status.Coin) bool { return c.Name == "aux" && !c.WorkAt.IsZero() })
	})
	c := r.mustClient("p", "sha256d")
	blocks := func(chain, state string) (n int) {
		for _, b := range r.Status().Blocks {
			if b.Chain == chain && (state == "" || b.State == state) {
				n++
			}
		}
		return n
	}
	for i := 0; blocks("parent", "") == 0 || blocks("aux", "") == 0; i++ {
		if got := r.submit(c, r.solve(c)); got != "true" && !strings.Contains(got, "stale") {
			t.Errorf("share %d: %s", i, got)
		}
	}
	eventually(t, "a block of each chain that counts", func() bool {
		return blocks("parent", "accepted") > 0 && blocks("aux", "accepted") > 0
	})
	for _, call := range []string{"parent-submit", "parent-status", "aux-submit", "aux-status"} {
		if stones, err := os.ReadFile(filepath.Join(grave, call)); err != nil || len(stones) != deaths {
			t.Errorf("%s: %d deaths, want %d", call, len(stones), deaths)
		}
	}
	eventually(t, "a verdict for every block", func() bool { return blocks("parent", "pending")+blocks("aux", "pending") == 0 })
	for _, b := range r.Status().Blocks {
		if b.State == "lost" {
			t.Errorf("lost: %+v", b)
		}
	}
}
