package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	bolt "go.etcd.io/bbolt"

	"github.com/motherlode-pool/motherlode/engine/audit"
	"github.com/motherlode-pool/motherlode/engine/ledger"
	"github.com/motherlode-pool/motherlode/engine/sharelog"
)

// auditDir is a folder with a configuration and the files of a pool that is down.
type auditDir struct {
	t   *testing.T
	dir string
}

// copy is a folder with the same files.
func (d *auditDir) copy(t *testing.T) *auditDir {
	t.Helper()
	other := &auditDir{t, t.TempDir()}
	if err := os.CopyFS(other.dir, os.DirFS(d.dir)); err != nil {
		t.Fatal(err)
	}
	return other
}

// mustAuditDir makes a pool's files: a log, and a ledger that has folded it.
func mustAuditDir(t *testing.T) *auditDir {
	t.Helper()
	d := &auditDir{t, t.TempDir()}
	d.put("m.toml", []byte("data_dir = \"data\"\n[coins.c]\ndriver = \"bitcoin\"\n[pools.p]\nparent = \"c\"\naddress = \"x\"\nlisten = [{ address = \":1\" }]\n"))
	log := d.write("data/shares", -1, 20)
	defer log.Close()
	l, err := ledger.Open(filepath.Join(d.dir, "data", "ledger.db"), log, ledger.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	done := make(chan error, 1)
	go func() { done <- l.Run(ctx) }()
	err = l.Sync(ctx, log.End())
	cancel()
	if other := <-done; err != nil || other != nil {
		t.Fatal(err, other)
	}
	return d
}

// write makes a log in small segments, without the share of a number. The account
// "bob" is paid for the first block.
func (d *auditDir) write(name string, without int, paid uint64) *sharelog.Log {
	d.t.Helper()
	log, err := sharelog.Open(filepath.Join(d.dir, name), sharelog.Options{SegmentSize: 4096})
	if err != nil {
		d.t.Fatal(err)
	}
	add := func(fill func(*sharelog.Batch)) {
		var b sharelog.Batch
		fill(&b)
		if err := log.Append(&b); err != nil {
			d.t.Fatal(err)
		}
	}
	block := func(n byte, state string) *sharelog.Block {
		return &sharelog.Block{Time: 1_795_000_000_000, Pool: "p", Chain: "c", Hash: [32]byte{0: n, 31: 0xab}, Height: 100 + uint64(n), State: state, Account: "bob", Worker: "rig", Reward: 1000, Fees: 10}
	}
	add(func(b *sharelog.Batch) {
		b.Terms(&sharelog.Terms{Time: 1_794_000_000_000, Pool: "p", Chain: "c", Scheme: "pplns", FeeBPS: 100, Window: 2_000_000, Payout: "pool"})
		b.Job(&sharelog.Job{ID: 1, Pool: "p", Chains: []sharelog.JobChain{{Name: "c", Difficulty: 30, Height: 101, Reward: 1000, Fees: 10}}})
	})
	for i := range 120 {
		if i != without {
			add(func(b *sharelog.Batch) {
				b.Share(&sharelog.Share{Time: 1_794_500_000_000 + int64(i), Pool: "p", Account: []string{"alice", "bob", "carol"}[i%3], Worker: "rig", Difficulty: 1})
			})
		}
		switch i {
		case 50:
			add(func(b *sharelog.Batch) { b.Block(block(1, "mature")) })
		case 60:
			add(func(b *sharelog.Batch) {
				b.Payment(&sharelog.Payment{ID: 1, Pool: "p", Chain: "c", State: "prepared", TxID: "feed", Outputs: []sharelog.PaymentOutput{{Account: "bob", Address: "b1", Amount: paid}}})
				b.Payment(&sharelog.Payment{ID: 1, Pool: "p", Chain: "c", State: "confirmed"})
			})
		case 119:
			add(func(b *sharelog.Batch) { b.Block(block(2, "accepted")) })
		}
	}
	return log
}

func (d *auditDir) put(name string, raw []byte) {
	d.t.Helper()
	if err := os.WriteFile(filepath.Join(d.dir, name), raw, 0o600); err != nil {
		d.t.Fatal(err)
	}
}

// replace puts another log in the place of the pool's.
func (d *auditDir) replace(without int, paid uint64) {
	d.t.Helper()
	if err := os.RemoveAll(filepath.Join(d.dir, "data", "shares")); err != nil {
		d.t.Fatal(err)
	}
	if err := d.write("data/shares", without, paid).Close(); err != nil {
		d.t.Fatal(err)
	}
}

// segments are the files of the log.
func (d *auditDir) segments() []string {
	d.t.Helper()
	all, err := filepath.Glob(filepath.Join(d.dir, "data", "shares", "*.log"))
	if err != nil || len(all) < 3 {
		d.t.Fatalf("segments: %v, %v", all, err)
	}
	return all
}

// A hash, as the chain's nodes print it.
const (
	auditBlock1 = "ab00000000000000000000000000000000000000000000000000000000000001"
	auditBlock2 = "ab00000000000000000000000000000000000000000000000000000000000002"
	auditBlock3 = "ab00000000000000000000000000000000000000000000000000000000000003"
)

func TestAuditCommand(t *testing.T) {
	made := mustAuditDir(t)
	block1 := []string{"audit", "--chain", "c", "--block", auditBlock1, "m.toml"}
	for _, c := range []struct {
		name   string
		change func(d *auditDir)
		args   []string
		code   int
		want   []string
	}{
		{"all agrees", nil, block1, 0, []string{
			"block " + auditBlock1 + " of c, height 101", "by bob.rig in pool p", "mature", "pplns, fee 1.00 %", "window 2 times",
			"alice", "33.3333", "330", "feed", "310", "no difference: 1 of 1 blocks compared with the ledger, and the balances of 4 accounts",
		}},
		{"every block", nil, []string{"audit", "--chain", "c", "--all", "m.toml"}, 0, []string{auditBlock1, auditBlock2, "2 of 2 blocks"}},
		{"one account", nil, []string{"audit", "--chain", "c", "--block", auditBlock2[:64], "--account", "carol", "m.toml"}, 0, []string{"shares of carol in the window: "}},
		{"the other order of bytes", nil, []string{"audit", "--chain", "c", "--block", "02000000", "m.toml"}, 0, []string{auditBlock2}},
		{"the log alone", nil, []string{"audit", "--chain", "c", "--block", auditBlock1, "--log", "data/shares"}, 0, []string{"the log alone was read"}},
		{"by the data folder", nil, []string{"audit", "--chain", "c", "--block", auditBlock1, "--data", "data"}, 0, []string{"1 of 1 blocks compared with the ledger, and the balances of 4 accounts"}},
		{"file and folder", nil, append(block1, "--data", "data"), 2, []string{"FILE or --data, not both"}},
		{"no such folder", nil, []string{"audit", "--chain", "c", "--all", "--data", "nowhere"}, 2, []string{"there is no such folder"}},
		{"no ledger", func(d *auditDir) { os.Remove(filepath.Join(d.dir, "data", "ledger.db")) }, block1, 0, []string{"there is no ledger in"}},

		{"ledger behind a block", addBlock, block1, 0, []string{"1 blocks of c lie beyond", "no difference: 1 of 1 blocks compared with the ledger, and the balances"}},
		{"ledger behind the block that is asked for", addBlock, []string{"audit", "--chain", "c", "--block", auditBlock3, "m.toml"}, 2, []string{
			"block " + auditBlock3, "what was asked for lies beyond", "it was not compared with the ledger", "the ledger has not come to 1 of 1 blocks",
		}},
		{"ledger behind one of all", addBlock, []string{"audit", "--chain", "c", "--all", "m.toml"}, 2, []string{"2 of 3 blocks compared", "the ledger has not come to 1 of 3 blocks"}},
		{"ledger behind, and a difference before", func(d *auditDir) { changeAmount(d); addBlock(d) }, []string{"audit", "--chain", "c", "--all", "m.toml"}, 1, []string{`part of "carol"`, "1 blocks of c lie beyond"}},
		{"ledger behind shares alone", addShare, []string{"audit", "--chain", "c", "--all", "m.toml"}, 0, []string{"0 blocks of c lie beyond", "2 of 2 blocks compared"}},
		{"ledger behind a chain", addChain, []string{"audit", "--chain", "new", "--all", "m.toml"}, 2, []string{`the ledger has not come to chain "new", and nothing was compared`}},
		{"ledger at the start", changePosition, block1, 2, []string{"block " + auditBlock1, "the ledger has folded nothing yet", "it was not compared with the ledger"}},
		{"ledger of a newer version", changeSchema, block1, 2, []string{"cannot be read: ledger was written by a newer version: its schema is "}},
		{"ledger that is no database", func(d *auditDir) { d.put("data/ledger.db", []byte("no database")) }, block1, 2, []string{"ledger.db cannot be read", "could not be audited"}},
		{"ledger that a process has open", lock, block1, 2, []string{"is in use by a process that does not answer"}},
		{"ledger at a server that is away", func(d *auditDir) { d.configure(`database = "postgres://u@/d?host=/nowhere"`) }, block1, 2, []string{"the ledger in PostgreSQL cannot be read", "could not be audited"}},

		{"a changed amount", changeAmount, block1, 1, []string{
			`part of "carol": the log gives 330, paid or owed is 331 (+1)`,
		}},
		{"a changed balance", changeBalance, block1, 1, []string{`mature of "alice": the log gives 330, paid or owed is 331 (+1)`}},
		{"a removed share", func(d *auditDir) { d.replace(10, 20) }, block1, 1, []string{`part of "bob": the log gives `, "differences"}},
		{"a payment that is too large", func(d *auditDir) { d.replace(-1, 331) }, []string{"audit", "--chain", "c", "--block", auditBlock1, "--log", "data/shares"}, 1,
			[]string{`all payments of "bob": the log gives 330, paid or owed is 331 (+1)`}},
		{"another payment than the ledger's", func(d *auditDir) { d.replace(-1, 21) }, block1, 1, []string{`paid of "bob": the log gives 21, paid or owed is 20 (-1)`}},

		{"a flipped byte", func(d *auditDir) { flip(d, 700) }, block1, 2, []string{"00000000000000000000.log, byte ", "could not be audited"}},
		{"a missing segment", func(d *auditDir) { os.Remove(d.segments()[1]) }, block1, 2, []string{"missing", "between 00000000000000000000.log and "}},
		{"a missing start", func(d *auditDir) { os.Remove(d.segments()[0]) }, []string{"audit", "--chain", "c", "--all", "m.toml"}, 2, []string{"could not be audited"}},
		{"an unknown hash", nil, []string{"audit", "--chain", "c", "--block", "77", "m.toml"}, 2, []string{"the log has 2 blocks of that chain, of heights 101 to 102"}},
		{"a hash that fits two", nil, []string{"audit", "--chain", "c", "--block", "ab00", "m.toml"}, 2, []string{"fits 2", auditBlock2}},
		{"an unknown chain", nil, []string{"audit", "--chain", "d", "--all", "m.toml"}, 2, []string{`no such chain: "d"`}},
		{"no log", nil, []string{"audit", "--chain", "c", "--all", "--log", "."}, 2, []string{"no share log"}},
		{"whole ledger", nil, wholeAudit, 0, []string{"ledger in data/ledger.db, which nothing writes to, at byte ", "replayed ", "no difference: "}},
		{"whole ledger, by the data folder", nil, []string{"audit", "--ledger", "--data", "data"}, 0, []string{"no difference: "}},
		{"whole ledger, of the log's copy", func(d *auditDir) { os.Rename(filepath.Join(d.dir, "data", "shares"), filepath.Join(d.dir, "kept")) }, append(wholeAudit, "--log", "kept"), 0, []string{"no difference: "}},
		{"whole ledger, behind the log", addBlock, wholeAudit, 0, []string{"no difference: "}},
		{"whole ledger, a changed balance", changeBalance, wholeAudit, 1, []string{
			"difference, balance, account alice, chain c, pool p, mature: the log gives 330, the ledger has 331 (+1)", "1 of ", "stop the pool, move data/ledger.db away, and start it",
		}},
		{"whole ledger, a bit of the file flipped", flipBalance, wholeAudit, 1, []string{"balance, account alice, chain c, pool p, mature: the log gives 330, the ledger has 331 (+1)"}},
		{"whole ledger, a changed amount", changeAmount, wholeAudit, 1, []string{"division of a block, block " + auditBlock1 + `, chain c, part of "carol": the log gives 330, the ledger has 331 (+1)`}},
		{"whole ledger, a changed payment", changePayment, wholeAudit, 1, []string{"payment, number 1, TxID: the log gives feed, the ledger has feee"}},
		{"whole ledger, of another log", func(d *auditDir) { d.replace(-1, 21) }, wholeAudit, 1, []string{"balance, account bob, chain c, pool p, paid: the log gives 21, the ledger has 20 (-1)"}},
		{"whole ledger, of a shorter log", func(d *auditDir) { d.replace(10, 20) }, wholeAudit, 2, []string{"ledger is ahead of the share log"}},
		{"whole ledger, of a newer version", changeSchema, wholeAudit, 2, []string{"ledger was written by a newer version", "could not be audited"}},
		{"whole ledger, that is no database", func(d *auditDir) { d.put("data/ledger.db", []byte("no database")) }, wholeAudit, 2, []string{"ledger.db cannot be read", "move "}},
		{"whole ledger, that a process has open", lock, wholeAudit, 2, []string{"is in use by a process that does not answer"}},
		{"whole ledger, none", func(d *auditDir) { os.Remove(filepath.Join(d.dir, "data", "ledger.db")) }, wholeAudit, 2, []string{"there is no ledger in data"}},
		{"whole ledger, at the start", changePosition, wholeAudit, 2, []string{"the ledger has folded nothing yet"}},
		{"whole ledger, a missing start", func(d *auditDir) { os.Remove(d.segments()[0]) }, wholeAudit, 2, []string{"share log no longer reaches back", "could not be audited"}},
		{"whole ledger, a damaged log", func(d *auditDir) { flip(d, 700) }, wholeAudit, 2, []string{"00000000000000000000.log, byte "}},
		{"whole ledger and a chain", nil, append(wholeAudit, "--chain", "c"), 2, []string{"--ledger is about all chains"}},
		{"whole ledger of a log alone", nil, []string{"audit", "--ledger", "--log", "data/shares"}, 2, []string{"which ledger?"}},
		{"no block", nil, []string{"audit", "--chain", "c", "m.toml"}, 2, []string{"which block?"}},
		{"no log and no file", nil, []string{"audit", "--chain", "c", "--all"}, 2, []string{"which share log?"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			d := made.copy(t)
			if c.change != nil {
				c.change(d)
			}
			out, code := auditProcess(t, d.dir, c.args...)
			if code != c.code {
				t.Errorf("exit code %d, want %d", code, c.code)
			}
			for _, s := range c.want {
				if !strings.Contains(out, s) {
					t.Errorf("%q is not in what was printed", s)
				}
			}
			if t.Failed() {
				t.Logf("printed:\n%s", out)
			}
		})
	}
}

// changeAmount adds a unit to the last part of the first block in the database.
func changeAmount(d *auditDir) {
	d.change("credits", func(k, v []byte) bool { return k[len(k)-32] == 1 }, func(v []byte) { v[len(v)-2]++ })
}

// changeBalance adds a unit to what alice has.
func changeBalance(d *auditDir) {
	d.change("balances", func(k, v []byte) bool { return strings.Contains(string(k), "alice") }, func(v []byte) { v[2]++ })
}

var wholeAudit = []string{"audit", "--ledger", "m.toml"}

// flipBalance flips a bit of what alice has, in the file itself, as a disk does.
func flipBalance(d *auditDir) {
	name := filepath.Join("data", "ledger.db")
	raw, err := os.ReadFile(filepath.Join(d.dir, name))
	if err != nil {
		d.t.Fatal(err)
	}
	row := []byte("p\x00\x01c\x00\x01alice\x00\x01") // its value comes behind it: two varints of two bytes, and more
	flipped := 0
	for at := 0; ; flipped++ {
		i := bytes.Index(raw[at:], row)
		if i < 0 {
			break
		}
		at += i + len(row)
		raw[at+2] ^= 1
	}
	if flipped == 0 {
		d.t.Fatal("the balance is not in the file")
	}
	d.put(name, raw)
}

// changePayment alters the transaction of the payment.
func changePayment(d *auditDir) {
	d.change("payments", func(_, v []byte) bool { return true }, func(v []byte) { copy(v, bytes.Replace(v, []byte("feed"), []byte("feee"), 1)) })
}

// changePosition takes the ledger's place in the log back to the first byte.
func changePosition(d *auditDir) {
	d.change("meta", func(k, _ []byte) bool { return string(k) == "position" }, func(v []byte) { clear(v) })
}

// changeSchema makes the ledger one of the next version.
func changeSchema(d *auditDir) {
	d.change("meta", func(k, _ []byte) bool { return string(k) == "schema" }, func(v []byte) { v[len(v)-1]++ })
}

// lock has the ledger open until the test ends.
func lock(d *auditDir) {
	d.t.Helper()
	db, err := bolt.Open(filepath.Join(d.dir, "data", "ledger.db"), 0o600, nil)
	if err != nil {
		d.t.Fatal(err)
	}
	d.t.Cleanup(func() { db.Close() })
}

// configure puts a line before the configuration.
func (d *auditDir) configure(line string) {
	d.t.Helper()
	raw, err := os.ReadFile(filepath.Join(d.dir, "m.toml"))
	if err != nil {
		d.t.Fatal(err)
	}
	d.put("m.toml", append([]byte(line+"\n"), raw...))
}

// add writes to the log, behind what the ledger has folded.
func (d *auditDir) add(fill func(*sharelog.Batch)) {
	d.t.Helper()
	log, err := sharelog.Open(filepath.Join(d.dir, "data", "shares"), sharelog.Options{SegmentSize: 4096})
	if err != nil {
		d.t.Fatal(err)
	}
	defer log.Close()
	var b sharelog.Batch
	fill(&b)
	if err := log.Append(&b); err != nil {
		d.t.Fatal(err)
	}
}

// addBlock adds a third block, and another state of the second.
func addBlock(d *auditDir) {
	block := func(n byte) *sharelog.Block {
		return &sharelog.Block{Time: 1_795_000_000_000, Pool: "p", Chain: "c", Hash: [32]byte{0: n, 31: 0xab}, Height: 100 + uint64(n), State: "mature", Account: "bob", Reward: 1000}
	}
	d.add(func(b *sharelog.Batch) { b.Block(block(2)) })
	d.add(func(b *sharelog.Batch) { b.Block(block(3)); b.Block(block(3)) })
}

func addShare(d *auditDir) {
	d.add(func(b *sharelog.Batch) { b.Share(&sharelog.Share{Pool: "p", Account: "alice", Difficulty: 1}) })
}

func addChain(d *auditDir) {
	d.add(func(b *sharelog.Batch) {
		b.Terms(&sharelog.Terms{Pool: "p", Chain: "new", Scheme: "pps", Payout: "pool"})
	})
}

// change alters the row of a bucket that fits.
func (d *auditDir) change(bucket string, fits func(k, v []byte) bool, alter func(v []byte)) {
	d.t.Helper()
	db, err := bolt.Open(filepath.Join(d.dir, "data", "ledger.db"), 0o600, nil)
	if err != nil {
		d.t.Fatal(err)
	}
	defer db.Close()
	err = db.Update(func(tx *bolt.Tx) error {
		b := tx.Bucket([]byte(bucket))
		c := b.Cursor()
		for k, v := c.First(); k != nil; k, v = c.Next() {
			if fits(k, v) {
				v = append([]byte(nil), v...)
				alter(v)
				return b.Put(k, v)
			}
		}
		return fmt.Errorf("no such row in %s", bucket)
	})
	if err != nil {
		d.t.Fatal(err)
	}
}

// flip changes a bit of the first segment.
func flip(d *auditDir, at int) {
	path := d.segments()[0]
	raw, err := os.ReadFile(path)
	if err != nil {
		d.t.Fatal(err)
	}
	raw[at] ^= 4
	d.put(filepath.Join("data", "shares", filepath.Base(path)), raw)
}

// What a program reads is what people read.
func TestAuditJSON(t *testing.T) {
	d := mustAuditDir(t)
	out, code := auditProcess(t, d.dir, "audit", "--chain", "c", "--block", auditBlock1, "--account", "bob", "--format", "json", "m.toml")
	var got struct {
		auditSummary
		Block    audit.Block
		Accounts []audit.Account
	}
	if err := json.Unmarshal([]byte(out), &got); err != nil || code != 0 {
		t.Fatalf("%v, exit code %d:\n%s", err, code, out)
	}
	if len(got.Block.Parts) != 1 || got.Block.Parts[0].Amount != 330 || got.Block.Operator != 10 || got.Block.Window == nil || len(got.Block.Window.Of) != 17 {
		t.Errorf("block: got %+v", got.Block)
	}
	if len(got.Accounts) != 1 || got.Accounts[0].Owed != 310 || len(got.Accounts[0].Payments) != 1 || got.Accounts[0].Payments[0].TxID != "feed" {
		t.Errorf("accounts: got %+v", got.Accounts)
	}
	if !got.Agree || !got.Balances || got.Compared != 1 || !got.Log.Whole || len(got.Differences) != 0 {
		t.Errorf("summary: got %+v", got.auditSummary)
	}

	out, code = auditProcess(t, d.dir, "audit", "--chain", "c", "--all", "--format", "json", "m.toml")
	if lines := strings.Split(strings.TrimSpace(out), "\n"); code != 0 || len(lines) != 3 || !strings.Contains(lines[2], `"agree":true`) {
		t.Errorf("all: exit code %d:\n%s", code, out)
	}

	addBlock(d)
	out, code = auditProcess(t, d.dir, "audit", "--chain", "c", "--all", "--format", "json", "m.toml")
	if code != 2 || !strings.Contains(out, `"blocks":2,"beyond":1,"compared":2,"balances":true,"agree":false`) {
		t.Errorf("ledger behind: exit code %d:\n%s", code, out)
	}
}
