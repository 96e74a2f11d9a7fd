package chain

import (
	"errors"
	"math"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/motherlode-pool/motherlode/coins"
)

func TestCheckTemplate(t *testing.T) {
	blob := func(change func(*coins.HeaderBlob)) func(*coins.Template) {
		return func(m *coins.Template) {
			m.Tree = nil
			m.Blob = &coins.HeaderBlob{
				Header: make([]byte, 41), NonceSize: 8, ExtranonceOffset: 0, ExtranonceSize: 4, HashParam: make([]byte, 2),
			}
			if change != nil {
				change(m.Blob)
			}
		}
	}
	for _, c := range []struct {
		name   string
		change func(*coins.Template)
		want   string // part of the reason; empty for good
	}{
		{"good tree", func(*coins.Template) {}, ""},
		{"three transactions", func(m *coins.Template) {
			m.Tree.TxCount, m.Tree.TxBlob, m.Tree.Branch = 3, make([]byte, 200), make([]coins.Hash, 2)
		}, ""},
		{"four transactions", func(m *coins.Template) {
			m.Tree.TxCount, m.Tree.TxBlob, m.Tree.Branch = 4, make([]byte, 300), make([]coins.Hash, 3)
		}, ""},
		{"branch too short", func(m *coins.Template) {
			m.Tree.TxCount, m.Tree.TxBlob, m.Tree.Branch = 4, make([]byte, 300), make([]coins.Hash, 2)
		}, "merkle branch of 2 hashes for 4 transactions, want 3"},
		{"branch of nothing", func(m *coins.Template) { m.Tree.Branch = make([]coins.Hash, 1) }, "merkle branch"},
		{"negative count", func(m *coins.Template) { m.Tree.TxCount = -1 }, "-1 transactions"},
		{"no bytes", func(m *coins.Template) { m.Tree.TxCount, m.Tree.Branch = 1, make([]coins.Hash, 1) }, "1 transactions in 0 bytes"},
		{"bytes of nothing", func(m *coins.Template) { m.Tree.TxBlob = make([]byte, 100) }, "0 transactions in 100 bytes"},
		{"target zero", func(m *coins.Template) { m.Target = [32]byte{} }, "target is zero"},
		{"target easier than its bits", func(m *coins.Template) { m.Target = [32]byte{0: 0xff} }, "does not belong to bits 207fffff"},
		{"target harder than its bits", func(m *coins.Template) { m.Target = [32]byte{31: 1} }, "does not belong to bits 207fffff"},
		{"target in the other byte order", func(m *coins.Template) {
			for i := range 16 {
				m.Target[i], m.Target[31-i] = m.Target[31-i], m.Target[i]
			}
		}, "does not belong to bits"},
		{"bits of no target", func(m *coins.Template) { m.Tree.Bits = 0x04923456 }, "bits 04923456 are no target"},
		{"no bits", func(m *coins.Template) { m.Tree.Bits = 0 }, "bits 00000000 are no target"},
		{"reward of 63 bits", func(m *coins.Template) { m.Reward = math.MaxInt64 }, ""},
		{"reward of 64 bits", func(m *coins.Template) { m.Reward = math.MaxInt64 + 1 }, "is no amount"},
		{"no previous hash", func(m *coins.Template) { m.PrevHash = coins.Hash{} }, "previous hash"},
		{"no shape", func(m *coins.Template) { m.Tree = nil }, "exactly one"},
		{"two shapes", func(m *coins.Template) { m.Blob = &coins.HeaderBlob{} }, "exactly one"},
		{"height zero", func(m *coins.Template) { m.Height = 0 }, "height 0"},
		{"height absurd", func(m *coins.Template) { m.Height = math.MaxUint64 }, "height"},
		{"time that does not fit", func(m *coins.Template) { m.Time = 1 << 33 }, "does not fit"},
		{"latest before earliest", func(m *coins.Template) { m.MinTime, m.MaxTime = 5, 4 }, "latest time"},
		{"outputs take more than the reward", func(m *coins.Template) { m.Tree.Outputs = []coins.Output{{Value: 51}} }, "51 of a reward of 50"},
		{"outputs overflow", func(m *coins.Template) {
			m.Tree.Outputs = []coins.Output{{Value: math.MaxUint64}, {Value: 2}}
		}, "overflow"},
		{"script prefix too long", func(m *coins.Template) { m.Tree.ScriptPrefix = make([]byte, 10) }, "script prefix"},
		{"script limit of nothing", func(m *coins.Template) { m.Tree.ScriptLimit = 0 }, "script limit"},
		{"witness reserved value of 31 bytes", func(m *coins.Template) { m.Tree.WitnessReserved = make([]byte, 31) }, "want 32"},
		{"good blob", blob(nil), ""},
		{"blob with a target of its own", func(m *coins.Template) { blob(nil)(m); m.Target = [32]byte{9, 9, 9, 9, 9} }, ""},
		{"blob whose time counts milliseconds", func(m *coins.Template) { blob(nil)(m); m.Time = 1_700_000_000_000 }, "it counts seconds"},
		{"blob without time", func(m *coins.Template) { blob(nil)(m); m.Time = 0 }, "time 0"},
		{"blob without header", blob(func(b *coins.HeaderBlob) { b.Header = nil }), "header of 0 bytes"},
		{"nonce outside", blob(func(b *coins.HeaderBlob) { b.NonceOffset = 34 }), "outside the header"},
		{"nonce offset negative", blob(func(b *coins.HeaderBlob) { b.NonceOffset = -1 }), "outside the header"},
		{"nonce offset absurd", blob(func(b *coins.HeaderBlob) { b.NonceOffset = math.MaxInt }), "outside the header"},
		{"extranonce outside the nonce", blob(func(b *coins.HeaderBlob) { b.ExtranonceOffset = 5 }), "outside the nonce range"},
		{"wrong hash parameter", blob(func(b *coins.HeaderBlob) { b.HashParam = nil }), "hash parameter"},
	} {
		t.Run(c.name, func(t *testing.T) {
			m := template(10)
			c.change(m)
			expect(t, checkTemplate(m, coins.CoinInfo{HashParam: 2}), c.want)
		})
	}
	expect(t, checkTemplate(nil, coins.CoinInfo{}), "no template")
}

func TestCheckAux(t *testing.T) {
	for _, c := range []struct {
		name   string
		change func(*coins.AuxWork)
		want   string
	}{
		{"good slot", func(*coins.AuxWork) {}, ""},
		{"good output", func(w *coins.AuxWork) {
			w.Slot, w.Output = nil, &coins.OutputCommitment{Script: dataScript(39), MaxAfter: 128}
		}, ""},
		{"output without bits", func(w *coins.AuxWork) {
			w.Bits, w.Target = 0, [32]byte{9, 9, 9, 9}
			w.Slot, w.Output = nil, &coins.OutputCommitment{Script: dataScript(39)}
		}, ""},
		{"slot without bits", func(w *coins.AuxWork) { w.Bits = 0 }, "no target"},
		{"target of other bits", func(w *coins.AuxWork) { w.Bits = 0x1d00ffff }, "does not belong"},
		{"target in the other byte order", func(w *coins.AuxWork) {
			for i := range 16 {
				w.Target[i], w.Target[31-i] = w.Target[31-i], w.Target[i]
			}
		}, "does not belong"},
		{"target zero", func(w *coins.AuxWork) { w.Target = [32]byte{} }, "target is zero"},
		{"reward of 64 bits", func(w *coins.AuxWork) { w.Reward = math.MaxUint64 }, "is no amount"},
		{"no commitment", func(w *coins.AuxWork) { w.Slot = nil }, "exactly one"},
		{"two commitments", func(w *coins.AuxWork) { w.Output = &coins.OutputCommitment{} }, "exactly one"},
		{"no hash", func(w *coins.AuxWork) { w.Hash = coins.Hash{} }, "aux hash"},
		{"no previous hash", func(w *coins.AuxWork) { w.PrevHash = coins.Hash{} }, "previous hash"},
		{"height absurd", func(w *coins.AuxWork) { w.Height = 1 << 40 }, "height"},
		{"script that fills the coinbase", func(w *coins.AuxWork) {
			w.Slot, w.Output = nil, &coins.OutputCommitment{Script: make([]byte, 521)}
		}, "OP_RETURN and one push"},
		{"operations behind the push", func(w *coins.AuxWork) {
			w.Slot, w.Output = nil, &coins.OutputCommitment{Script: append(dataScript(8), 0xae)}
		}, "OP_RETURN and one push"},
		{"extra output that carries data", func(w *coins.AuxWork) { w.ExtraOutputs = []coins.Output{{Script: dataScript(200)}} }, ""},
		{"extra output that takes money", func(w *coins.AuxWork) {
			w.ExtraOutputs = []coins.Output{{Value: 1, Script: []byte{0x6a}}}
		}, "take 1 of the parent's reward"},
		{"too many extra outputs", func(w *coins.AuxWork) { w.ExtraOutputs = make([]coins.Output, 5) }, "5 outputs"},
		{"empty extra output", func(w *coins.AuxWork) { w.ExtraOutputs = make([]coins.Output, 1) }, "OP_RETURN and one push"},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := auxWork(10)
			c.change(w)
			expect(t, checkAux(w), c.want)
		})
	}
	expect(t, checkAux(nil), "no aux work")
}

func TestExpand(t *testing.T) {
	for _, c := range []struct {
		bits uint32
		ok   bool
		at   int  // first byte that is not zero
		b    byte // its value
	}{
		{0x1d00ffff, true, 4, 0xff},
		{0x207fffff, true, 0, 0x7f},
		{0x1b0404cb, true, 5, 0x04},
		{0x01120000, true, 31, 0x12},
		{0x2100ffff, true, 0, 0xff},
		{0, false, 0, 0},
		{0x01001200, false, 0, 0},
		{0x04923456, false, 0, 0}, // negative
		{0xff123456, false, 0, 0}, // overflow
		{0x22123456, false, 0, 0},
	} {
		got, ok := expand(c.bits)
		first := 0
		for first < 31 && got[first] == 0 {
			first++
		}
		if ok != c.ok || ok && (first != c.at || got[first] != c.b) {
			t.Errorf("%08x: got %x, %t, want byte %02x at %d, %t", c.bits, got, ok, c.b, c.at, c.ok)
		}
	}
}

func expect(t *testing.T, err error, want string) {
	t.Helper()
	switch {
	case want == "" && err != nil:
		t.Errorf("got %v, want none", err)
	case want != "" && (!errors.Is(err, ErrBadWork) || !strings.Contains(err.Error(), want)):
		t.Errorf("got %v, want ErrBadWork with %q", err, want)
	}
}

func TestBadWorkRestartsTheCoin(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := start(t, Options{}, coins.RoleParent, coins.RoleAux)
		defer g.stop()
		g.coin().templates <- template(10)
		lie := auxWork(11)
		lie.Target = [32]byte{0xff}
		g.coin().works <- lie
		synctest.Wait()
		if !errors.Is(g.r.LastError(), ErrBadWork) {
			t.Errorf("got %v, want ErrBadWork", g.r.LastError())
		}
		if w, _ := g.r.LatestAux(); w != nil {
			t.Error("the bad work was taken")
		}
		g.wait(time.Second)
		if g.count() != 2 {
			t.Errorf("opened %d times, want 2", g.count())
		}
	})
}

// dataScript is OP_RETURN with a push of n bytes.
func dataScript(n int) []byte {
	if n > 75 {
		return append([]byte{0x6a, 0x4c, byte(n)}, make([]byte, n)...)
	}
	return append([]byte{0x6a, byte(n)}, make([]byte, n)...)
}
