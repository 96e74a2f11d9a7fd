package main

import (
	"encoding/binary"
	"encoding/json"
	"errors"
	"os"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/motherlode-pool/motherlode/algos"
	"github.com/motherlode-pool/motherlode/coins"
)

// easy is a chain on which every second hash is a block.
const easy = `{"bits": "207fffff"}`

func mustOpen(t *testing.T, settings string) *coin {
	t.Helper()
	opened, err := driver{}.Open(t.Context(), coins.Settings{Instance: "toychain", JSON: []byte(settings)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = opened.Close() })
	return opened.(*coin)
}

// draft is a block before it is solved: what a pool makes of a template.
type draft struct {
	header
	coinbase []byte
	others   []byte // the template's transactions
	count    int
	branch   []coins.Hash
}

func newDraft(work *coins.Template) *draft {
	d := &draft{others: work.Tree.TxBlob, count: work.Tree.TxCount, branch: work.Tree.Branch}
	d.header = header{version: work.Tree.Version, prev: work.PrevHash, time: uint32(work.Time), bits: work.Tree.Bits}
	d.pay(work.Tree.ScriptPrefix, work.Reward)
	return d
}

// pay makes the coinbase.
func (d *draft) pay(prefix []byte, amount uint64) {
	script := append(append([]byte(nil), prefix...), 4, 'p', 'o', 'o', 'l')
	tx := append([]byte{1, 0, 0, 0, 1}, make([]byte, 32)...)
	tx = append(tx, 0xff, 0xff, 0xff, 0xff, byte(len(script)))
	tx = append(append(tx, script...), 0xff, 0xff, 0xff, 0xff, 1)
	tx = binary.LittleEndian.AppendUint64(tx, amount)
	script = payToHash(make([]byte, hashSize))
	tx = append(append(tx, byte(len(script))), script...)
	d.coinbase = append(tx, 0, 0, 0, 0)
}

// solve finds a nonce and serialises the block.
func (d *draft) solve(t *testing.T) []byte {
	t.Helper()
	d.root = doubleHash(d.coinbase)
	for _, h := range d.branch {
		d.root = doubleHash(d.root[:], h[:])
	}
	return d.search(t, true)
}

// search looks for a nonce with which the work is done, or is not.
func (d *draft) search(t *testing.T, done bool) []byte {
	t.Helper()
	target, err := algos.FromBits(d.bits)
	if err != nil {
		t.Fatal(err)
	}
	for d.nonce = 0; ; d.nonce++ {
		if hash := [32]byte(d.hash()); target.Meets(&hash) == done {
			break
		}
	}
	raw := append(d.bytes(), byte(1+d.count))
	return append(append(raw, d.coinbase...), d.others...)
}

func (c *coin) work() *coins.Template {
	work, _ := c.chain.template.get()
	return work
}

func mustSubmit(t *testing.T, c *coin, raw []byte) coins.Verdict {
	t.Helper()
	v, err := c.SubmitBlock(t.Context(), &coins.Block{Raw: raw})
	if err != nil {
		t.Fatal(err)
	}
	return v
}

// mustGrow mines so many blocks.
func mustGrow(t *testing.T, c *coin, blocks int) {
	t.Helper()
	for range blocks {
		if v := mustSubmit(t, c, newDraft(c.work()).solve(t)); v.Code != coins.Received {
			t.Fatalf("got %v, want received", v)
		}
	}
}

func TestBlocksMakeTheChainGrow(t *testing.T) {
	c := mustOpen(t, easy)
	for height := uint64(1); height <= 20; height++ {
		work := c.work()
		if want := int(height % (defaultTransactions + 1)); work.Height != height || work.Tree.TxCount != want {
			t.Fatalf("work for height %d with %d transactions, want height %d with %d", work.Height, work.Tree.TxCount, height, want)
		}
		d := newDraft(work)
		raw := d.solve(t)
		if v := mustSubmit(t, c, raw); v.Code != coins.Received {
			t.Fatalf("height %d: got %v, want received", height, v)
		}
		if v := mustSubmit(t, c, raw); v.Code != coins.Duplicate {
			t.Errorf("height %d again: got %v, want duplicate", height, v)
		}
		got, err := c.BlockStatus(t.Context(), d.hash(), 0)
		if err != nil || got.State != coins.BlockBestChain || got.Height != height || got.Confirmations != 1 {
			t.Errorf("the tip: got %+v, %v", got, err)
		}
	}
	if got, _ := c.BlockStatus(t.Context(), coins.Hash{1}, 21); got.State != coins.BlockUnknown {
		t.Errorf("a block that nobody made: got %+v, want unknown", got)
	}
}

func TestBadBlocksAreRefusedWithAReason(t *testing.T) {
	for name, spoil := range map[string]func(*testing.T, *draft) []byte{
		"unknown parent":    func(t *testing.T, d *draft) []byte { d.prev[5]++; return d.solve(t) },
		"easier bits":       func(t *testing.T, d *draft) []byte { d.bits = 0x2100ffff; return d.solve(t) },
		"work undone":       func(t *testing.T, d *draft) []byte { d.solve(t); return d.search(t, false) },
		"other root":        func(t *testing.T, d *draft) []byte { d.root[3]++; return d.search(t, true) },
		"version":           func(t *testing.T, d *draft) []byte { d.version = 1; return d.solve(t) },
		"before its parent": func(t *testing.T, d *draft) []byte { d.time = genesisTime - 1; return d.solve(t) },
		"far ahead":         func(t *testing.T, d *draft) []byte { d.time += 3 * 60 * 60; return d.solve(t) },
		"other height":      func(t *testing.T, d *draft) []byte { d.pay(heightPush(99), 1); return d.solve(t) },
		"greedy":            func(t *testing.T, d *draft) []byte { d.pay(heightPush(2), subsidy+2*fee+1); return d.solve(t) },
		"script too long": func(t *testing.T, d *draft) []byte {
			d.pay(append(heightPush(2), make([]byte, 96)...), 1)
			return d.solve(t)
		},
		"coinbase that spends": func(t *testing.T, d *draft) []byte { d.coinbase[7] = 1; return d.solve(t) },
		"a transaction less":   func(t *testing.T, d *draft) []byte { d.count--; return d.solve(t) },
		"unknown transaction":  func(t *testing.T, d *draft) []byte { return withOthers(t, d, foreign(d), 2) },
		"transaction twice":    func(t *testing.T, d *draft) []byte { return withOthers(t, d, twice(d), 2) },
		"something behind it":  func(t *testing.T, d *draft) []byte { return append(d.solve(t), 0) },
		"cut":                  func(t *testing.T, d *draft) []byte { raw := d.solve(t); return raw[:len(raw)-1] },
		"no transactions":      func(t *testing.T, d *draft) []byte { return append(d.solve(t)[:headerSize], 0) },
		"count of the world": func(t *testing.T, d *draft) []byte {
			return append(d.solve(t)[:headerSize], 0xff, 0, 0, 0, 0, 0, 0, 0, 1)
		},
		"nothing": func(*testing.T, *draft) []byte { return nil },
		"big":     func(*testing.T, *draft) []byte { return make([]byte, 8<<20) },
	} {
		t.Run(name, func(t *testing.T) {
			c := mustOpen(t, easy)
			mustGrow(t, c, 1) // so that two transactions wait
			if v := mustSubmit(t, c, spoil(t, newDraft(c.work()))); v.Code != coins.Rejected || v.Reason == "" {
				t.Errorf("got %v, want rejected with a reason", v)
			}
			if got := c.work().Height; got != 2 {
				t.Errorf("the chain wants height %d after a refusal, want 2", got)
			}
		})
	}
}

// withOthers solves a block with other transactions than the template's.
func withOthers(t *testing.T, d *draft, others []byte, count int) []byte {
	t.Helper()
	d.others, d.count = others, count
	size := len(others) / count
	ids := make([]coins.Hash, count)
	for i := range ids {
		ids[i] = doubleHash(others[i*size : (i+1)*size])
	}
	d.branch = merkleBranch(ids)
	return d.solve(t)
}

func foreign(d *draft) []byte {
	others := append([]byte(nil), d.others...)
	others[10]++
	return others
}

func twice(d *draft) []byte {
	first := d.others[:len(d.others)/2]
	return append(append([]byte(nil), first...), first...)
}

func TestLateBlockIsStale(t *testing.T) {
	c := mustOpen(t, easy)
	late := newDraft(c.work())
	late.time++ // another block than the one that mustGrow finds
	mustGrow(t, c, 1)
	if v := mustSubmit(t, c, late.solve(t)); v.Code != coins.Stale || v.Reason == "" {
		t.Errorf("got %v, want stale with a reason", v)
	}
}

func TestVersionBitsMayBeRolled(t *testing.T) {
	c := mustOpen(t, easy)
	d := newDraft(c.work())
	d.version |= versionMask
	if v := mustSubmit(t, c, d.solve(t)); v.Code != coins.Received {
		t.Errorf("got %v, want received", v)
	}
}

func TestStreamsSendThePresentStateAndEveryChange(t *testing.T) {
	c := mustOpen(t, easy)
	works, healths := make(chan *coins.Template), make(chan coins.Health)
	ended := make(chan error, 2)
	go func() { ended <- c.Templates(t.Context(), works) }()
	go func() { ended <- c.Health(t.Context(), healths) }()
	for height := uint64(0); height < 3; height++ {
		work, health := <-works, <-healths
		if work.Height != height+1 || health.Height != height || health.State != coins.HealthReady {
			t.Fatalf("got work for %d and %v at %d, want %d and ready at %d", work.Height, health.State, health.Height, height+1, height)
		}
		mustGrow(t, c, 1)
	}
	if err := c.Close(); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if err := <-ended; !errors.Is(err, errClosed) {
			t.Errorf("a stream ended with %v, want %v", err, errClosed)
		}
	}
}

func TestTemplateIsMadeAnewWhileNothingHappens(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := mustOpen(t, "")
		before := c.work()
		time.Sleep(refreshEvery)
		synctest.Wait()
		after := c.work()
		if after.ID <= before.ID || after.Reason != coins.Refresh || after.PrevHash != before.PrevHash || after.MaxTime != before.MaxTime+int64(refreshEvery.Seconds()) {
			t.Errorf("got %+v after %+v, want a refresh of it", after, before)
		}
	})
}

func TestHeightPushes(t *testing.T) {
	for height, want := range map[uint64]string{
		0: "\x00", 1: "\x51", 16: "\x60", 17: "\x01\x11", 127: "\x01\x7f", 128: "\x02\x80\x00",
		255: "\x02\xff\x00", 256: "\x02\x00\x01", 840_000: "\x03\x40\xd1\x0c",
	} {
		if got := string(heightPush(height)); got != want {
			t.Errorf("height %d: got %x, want %x", height, got, want)
		}
	}
}

func TestWrongSettingsAreAllNamed(t *testing.T) {
	for name, c := range map[string]struct {
		network, settings string
		paths             string
	}{
		"all at once":     {"moon", `{"bits": "zz", "transactions": -1, "nodes": []}`, "nodes,bits,transactions,network"},
		"wrong types":     {"", `{"bits": 5, "transactions": "a"}`, "bits,transactions"},
		"zero bits":       {"", `{"bits": "1d000000"}`, "bits"},
		"too many":        {"", `{"transactions": 10001}`, "transactions"},
		"no JSON":         {"", `{`, ""},
		"no JSON object":  {"", `[]`, ""},
		"a key with case": {"", `{"Bits": "207fffff"}`, "Bits"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := driver{}.Open(t.Context(), coins.Settings{Network: c.network, JSON: []byte(c.settings)})
			var problems coins.Problems
			if !errors.As(err, &problems) {
				t.Fatalf("got %v, want problems", err)
			}
			var paths []string
			for _, p := range problems {
				paths = append(paths, p.Path)
			}
			if got := strings.Join(paths, ","); got != c.paths {
				t.Errorf("got %q, want %q: %v", got, c.paths, err)
			}
		})
	}
	if !json.Valid((driver{}).Describe().Schema) {
		t.Error("the schema is no JSON")
	}
}

func TestAddresses(t *testing.T) {
	good := address(mainNetwork, exampleHash)
	digits := strings.TrimPrefix(good, addressPrefixes[mainNetwork])
	for name, c := range map[string]struct {
		address string
		valid   bool
	}{
		"good":                 {good, true},
		"capital digits":       {symbol + "1" + strings.ToUpper(digits), true},
		"a digit wrong":        {strings.Replace(good, "0a", "0b", 1), false},
		"a digit more":         {good + "0", false},
		"a digit less":         {good[:len(good)-1], false},
		"no digit":             {good[:len(good)-1] + "g", false},
		"prefix alone":         {symbol + "1", false},
		"digits alone":         {digits, false},
		"of the other network": {address(regtestNetwork, exampleHash), false},
		"of another coin":      {"bc1qar0srrr7xfkvy5l643lydnw9re59gtzzwf5mdq", false},
		"nothing":              {"", false},
		"a space behind it":    {good + " ", false},
	} {
		t.Run(name, func(t *testing.T) {
			got := parseAddress(mainNetwork, c.address)
			if got.Valid != c.valid || (got.Reason == "") != c.valid || (len(got.Script) > 0) != c.valid {
				t.Errorf("%q: got %+v, want valid %v", c.address, got, c.valid)
			}
			if c.valid && got.Address != good {
				t.Errorf("canonical form: got %q, want %q", got.Address, good)
			}
		})
	}
}

// TestPoolFile keeps pool.toml in step with the addresses.
func TestPoolFile(t *testing.T) {
	text, err := os.ReadFile("pool.toml")
	if err != nil {
		t.Fatal(err)
	}
	if want := coinInfo(regtestNetwork).ExampleAddress; !strings.Contains(string(text), `"`+want+`"`) {
		t.Errorf("pool.toml does not pay the example address %s", want)
	}
}
