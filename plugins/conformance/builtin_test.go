package conformance

import (
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/motherlode-pool/motherlode/coins"
	"github.com/motherlode-pool/motherlode/coins/builtin"
	"github.com/motherlode-pool/motherlode/internal/simchain"
	"github.com/motherlode-pool/motherlode/internal/simchain/simtest"
	"github.com/motherlode-pool/motherlode/internal/simrsk"
	"github.com/motherlode-pool/motherlode/internal/simtari"
	"github.com/motherlode-pool/motherlode/internal/testnode"
)

// bitcoinMain is an address that no test network takes.
const bitcoinMain = "1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa"

// field is what a built-in coin is tried on: settings, and how its chain moves.
type field struct {
	network  string
	settings map[string]any
	bad      []string
	signed   []SignedMessage
	advance  func(context.Context) error
}

// fields are one for each built-in coin.
var fields = map[string]func(*testing.T) field{
	"bitcoin": func(t *testing.T) field {
		return simulated(t, simchain.Config{Parent: true}, nil)
	},
	"bitcoincash": func(t *testing.T) field {
		return simulated(t, simchain.Config{
			Parent: true, Dialect: simchain.Dogecoin, Algorithm: simchain.SHA256d, Fork: simchain.Fork{Sorted: true},
		}, nil)
	},
	"litecoin": real,
	"digibyte": func(t *testing.T) field {
		return simulated(t, simchain.Config{Parent: true, Fork: simchain.Fork{Lanes: true}}, nil)
	},
	"bitcoinlike": func(t *testing.T) field {
		return simulated(t, simchain.Config{Parent: true}, map[string]any{"symbol": "FRK"})
	},
	"namecoin": func(t *testing.T) field {
		return simulated(t, simchain.Config{ChainID: 1}, map[string]any{"address": testnode.AnyAddress})
	},
	"dogecoin": func(t *testing.T) field {
		return simulated(t, simchain.Config{ChainID: 98, Dialect: simchain.Dogecoin}, map[string]any{"address": testnode.AnyAddress})
	},
	"syscoin": func(t *testing.T) field {
		// A node that knows its parent's tip gives work also to one that is told
		// of none.
		return simulated(t, simchain.Config{
			ChainID: 16, Dialect: simchain.Syscoin, ParentEvery: 1, ParentTip: simchain.Hash{7},
		}, map[string]any{"address": testnode.AnyAddress})
	},
	"elastos": func(t *testing.T) field {
		return simulated(t, simchain.Config{ChainID: 1224, Dialect: simchain.Elastos},
			map[string]any{"address": "Ef4UcaHwvFrFzzsyVf5YH4JBWgYgUqfTAB"})
	},
	"auxpow": func(t *testing.T) field {
		return simulated(t, simchain.Config{ChainID: 6}, map[string]any{"address": testnode.AnyAddress, "symbol": "sim", "chain_id": 6})
	},
	"rsk": func(t *testing.T) field {
		node, err := simrsk.New(simrsk.Config{Target: [32]byte{0: 0x0f, 1: 0xff}})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { node.Close() })
		return field{
			network: "regtest", bad: []string{bitcoinMain},
			settings: map[string]any{"nodes": []any{map[string]any{"url": node.URL()}}, "poll": "50ms"},
			advance:  func(context.Context) error { node.Mine(); return nil },
		}
	},
	"tari": func(t *testing.T) field {
		chain := simtari.NewChain(simtari.Config{Difficulty: 3})
		chain.Mine(2)
		node, err := simtari.Start(chain, simtari.NodeConfig{})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(node.Down)
		driver, _ := builtin.Lookup("tari")
		return field{
			network: "main", bad: []string{bitcoinMain},
			settings: map[string]any{"nodes": []any{map[string]any{"url": node.Addr()}}, "address": driver.Describe().Coin.ExampleAddress},
			advance:  func(context.Context) error { chain.Mine(1); return nil },
		}
	},
}

// simulated is a simulated node with transactions in its mempool.
func simulated(t *testing.T, cfg simchain.Config, more map[string]any) field {
	t.Helper()
	cfg.User, cfg.Password = "u", "p"
	node := simtest.MustStart(t, cfg)
	node.Jump(2)
	node.InjectFake(6, 1000)
	f := field{
		network: "regtest", bad: []string{bitcoinMain},
		settings: map[string]any{
			"nodes": []any{map[string]any{"url": node.URL(), "user": "u", "password": "p"}}, "poll": "50ms",
		},
		advance: func(context.Context) error {
			node.Jump(1)
			node.InjectFake(6, 1000) // for the next transport
			return nil
		},
	}
	for key, value := range more {
		f.settings[key] = value
	}
	return f
}

// real is a litecoind past the activation of MWEB, since the coin insists on
// Litecoin's own first block; with a wallet that has the means to pay.
func real(t *testing.T) field {
	t.Helper()
	node := testnode.MustLitecoind(t)
	if err := node.ActivateMWEB(t.Context()); err != nil {
		t.Fatal(err)
	}
	const wallet = "pool"
	must := func(out any, method string, params ...any) {
		t.Helper()
		if err := node.CallWallet(t.Context(), wallet, out, method, params...); err != nil {
			t.Fatal(err)
		}
	}
	if err := node.Call(t.Context(), nil, "createwallet", wallet); err != nil {
		t.Fatal(err)
	}
	var mining string
	signed := SignedMessage{Message: "hello"}
	must(&mining, "getnewaddress")
	must(&signed.Address, "getnewaddress", "", "legacy")
	must(&signed.Signature, "signmessage", signed.Address, signed.Message)
	if err := node.GenerateTo(t.Context(), 105, mining); err != nil { // some rewards are mature
		t.Fatal(err)
	}
	return field{
		network: "regtest", bad: []string{bitcoinMain}, signed: []SignedMessage{signed},
		settings: map[string]any{
			"nodes": []any{map[string]any{"url": node.URL, "user": node.User, "password": node.Password}}, "poll": "50ms", "wallet": wallet,
		},
		advance: func(ctx context.Context) error { return node.GenerateTo(ctx, 1, testnode.AnyAddress) },
	}
}

// config is that of a built-in coin over every transport.
func (f field) config(t *testing.T, driver coins.Driver) Config {
	t.Helper()
	text, err := json.Marshal(f.settings)
	if err != nil {
		t.Fatal(err)
	}
	cfg := NewConfig(driver)
	cfg.Settings = coins.Settings{Instance: "try", Network: f.network, JSON: text}
	cfg.Bad, cfg.Advance, cfg.Messages = f.bad, f.advance, f.signed
	cfg.Process = &Process{
		Command: []string{"/proc/self/exe"}, MTLS: true,
		Env: []string{modeKey + "=built in", driverKey + "=" + driver.Describe().Driver, quickExit},
	}
	// A dozen coins with their nodes share two processors here, and perhaps with
	// others: what is tried is the coins, not the machine.
	cfg.Limits = Limits{
		Start: time.Minute, Open: 20 * time.Second, Health: 10 * time.Second, Work: time.Minute, Cancel: 10 * time.Second,
		Call: time.Minute, Mine: 2 * time.Minute, Orphan: 20 * time.Second, Stop: 20 * time.Second, Rule: 5 * time.Minute,
	}
	if slow > 1 {
		t.Log("with the race detector on, which sees nothing of other processes and makes their starts slow, the transport \"process\" is left out, " +
			"and so are blocks and proofs of 8 MiB, which the simulated nodes would read for minutes")
		cfg.Process = nil
		for _, r := range Rules() {
			if !strings.HasSuffix(r.ID, "-8mib") {
				cfg.Rules = append(cfg.Rules, r.ID)
			}
		}
	}
	return cfg
}

func TestBuiltInCoins(t *testing.T) {
	quiet(t)
	for _, driver := range builtin.Drivers() {
		name := driver.Describe().Driver
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := fields[name]
			if f == nil {
				t.Fatalf("the built-in coin %q is not tried: give it a field", name)
			}
			Run(t, f(t).config(t, driver))
		})
	}
}

// The ways in which a node hands out aux work are as good as each other.
func TestAuxWorkOfTheNodesMaking(t *testing.T) {
	quiet(t)
	f := simulated(t, simchain.Config{ChainID: 6}, map[string]any{
		"address": testnode.AnyAddress, "symbol": "sim", "chain_id": 6, "mode": "createauxblock",
	})
	driver, _ := builtin.Lookup("auxpow")
	cfg := f.config(t, driver)
	cfg.Process = nil
	Run(t, cfg)
}

// A real Bitcoin node answers in words of its own.
func TestBitcoinOnBTCD(t *testing.T) {
	quiet(t)
	node := testnode.MustBTCD(t)
	driver, _ := builtin.Lookup("bitcoin")
	f := field{network: "regtest", bad: []string{bitcoinMain}, settings: map[string]any{
		"nodes": []any{map[string]any{"url": node.URL, "user": node.User, "password": node.Password}}, "poll": "50ms",
	}}
	cfg := f.config(t, driver)
	cfg.Process = nil
	Run(t, cfg)
}

// quiet keeps the coins' logs out of a test's output.
func quiet(t *testing.T) {
	t.Helper()
	was := slog.Default()
	slog.SetDefault(slog.New(slog.NewTextHandler(io.Discard, nil)))
	t.Cleanup(func() { slog.SetDefault(was) })
}
