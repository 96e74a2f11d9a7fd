package gbt

import (
	"encoding/hex"
	"testing"
	"time"

	"github.com/motherlode-pool/motherlode/coins"
	"github.com/motherlode-pool/motherlode/coins/internal/block"
)

const coin = 100_000_000

// lastAndTip are a template with transactions and the tip that ends its life.
func lastAndTip(height uint64) (*coins.Template, Tip, Schedule) {
	s := Schedule{Subsidy: 50 * coin, Halving: 210_000, Retarget: 2016}
	last := &coins.Template{
		Height: height, PrevHash: coins.Hash{1}, Target: [32]byte{9: 1}, Fees: 7, Reward: s.subsidy(height) + 7,
		Time: 1000, MinTime: 900, MaxTime: 9000,
		Tree: &coins.CoinbaseTree{
			Version: 0x20000000, VersionMask: 0x1fffe000, Bits: 0x17034219, Branch: make([]coins.Hash, 2), ScriptLimit: 100,
			ScriptPrefix: block.HeightPush(height), TxCount: 3, TxBlob: make([]byte, 300), WitnessReserved: make([]byte, 32),
			Outputs: []coins.Output{{Script: block.CommitmentScript(coins.Hash{5})}},
		},
	}
	return last, Tip{Hash: coins.Hash{2}, Prev: coins.Hash{1}, Height: height, Bits: 0x17034219, MedianTime: 950}, s
}

func TestEmptyTemplate(t *testing.T) {
	last, tip, s := lastAndTip(840_000 + 1)
	got := s.Empty(last, tip, time.Unix(1100, 0))
	if got == nil {
		t.Fatal("no template")
	}
	if got.Height != last.Height+1 || got.PrevHash != tip.Hash || got.Target != last.Target || got.Reward != 312_500_000 || got.Fees != 0 {
		t.Errorf("got %+v", got)
	}
	if got.Time != 1100 || got.MinTime != 951 || got.MaxTime != 9000 {
		t.Errorf("times: got %d from %d to %d, want 1100 from 951 to 9000", got.Time, got.MinTime, got.MaxTime)
	}
	tree := got.Tree
	if tree.TxCount != 0 || len(tree.TxBlob) != 0 || len(tree.Branch) != 0 || tree.Version != last.Tree.Version || tree.Bits != last.Tree.Bits {
		t.Errorf("got %+v", tree)
	}
	if string(tree.ScriptPrefix) != string(block.HeightPush(got.Height)) {
		t.Errorf("script prefix %x is not the push of %d", tree.ScriptPrefix, got.Height)
	}
	// The witness commitment of a block of a coinbase alone (BIP141): the root
	// is 32 zeros.
	const want = "6a24aa21a9ede2f61c3f71d1defd3fa999dfa36953755c690689799962b48bebd836974e8cf9"
	if len(tree.Outputs) != 1 || hex.EncodeToString(tree.Outputs[0].Script) != want {
		t.Errorf("outputs: got %+v, want the commitment to no transaction, %s", tree.Outputs, want)
	}
	if last.Tree.TxCount != 3 || len(last.Tree.Outputs) != 1 || last.Tree.Outputs[0].Script[6] != 5 {
		t.Error("the last template was changed")
	}
}

func TestNoEmptyTemplateWithoutCertainty(t *testing.T) {
	for name, change := range map[string]func(*coins.Template, *Tip, *Schedule){
		"schedule not known":      func(_ *coins.Template, _ *Tip, s *Schedule) { *s = Schedule{} },
		"median time not told":    func(_ *coins.Template, tip *Tip, _ *Schedule) { tip.MedianTime = 0 },
		"tip two blocks further":  func(_ *coins.Template, tip *Tip, _ *Schedule) { tip.Height++ },
		"reorganisation":          func(_ *coins.Template, tip *Tip, _ *Schedule) { tip.Prev = coins.Hash{8} },
		"tip with other bits":     func(_ *coins.Template, tip *Tip, _ *Schedule) { tip.Bits++ },
		"fees that do not add up": func(l *coins.Template, _ *Tip, _ *Schedule) { l.Fees-- },
		"fees above the reward":   func(l *coins.Template, _ *Tip, _ *Schedule) { l.Fees = l.Reward + 1 },
		"developer fund": func(l *coins.Template, _ *Tip, _ *Schedule) {
			l.Tree.Outputs = append(l.Tree.Outputs, coins.Output{Value: 1, Script: []byte{0x51}})
		},
		"payload":                      func(l *coins.Template, _ *Tip, _ *Schedule) { l.Tree.Payload = []byte{1} },
		"extension block":              func(l *coins.Template, _ *Tip, _ *Schedule) { l.Tree.Trailer = []byte{1} },
		"header blob":                  func(l *coins.Template, _ *Tip, _ *Schedule) { l.Tree = nil },
		"commitment without a witness": func(l *coins.Template, _ *Tip, _ *Schedule) { l.Tree.WitnessReserved = nil },
		"clock beyond the latest time": func(l *coins.Template, _ *Tip, _ *Schedule) { l.MaxTime = 1099 },
		"retarget due":                 func(_ *coins.Template, _ *Tip, s *Schedule) { s.Retarget = 840_002 },
		"retarget that divides":        func(_ *coins.Template, _ *Tip, s *Schedule) { s.Retarget = 2 },
		"subsidy of another schedule":  func(_ *coins.Template, _ *Tip, s *Schedule) { s.Subsidy *= 2 },
	} {
		t.Run(name, func(t *testing.T) {
			last, tip, s := lastAndTip(840_000 + 1)
			change(last, &tip, &s)
			if got := s.Empty(last, tip, time.Unix(1100, 0)); got != nil {
				t.Errorf("got %+v, want none", got)
			}
		})
	}
}

// A clock that is hours ahead of the node's makes no block of the far future.
func TestEmptyTemplateGoesByTheNodesClock(t *testing.T) {
	last, tip, s := lastAndTip(840_000 + 1)
	last.MaxTime = 0 // most nodes name none
	got := s.Empty(last, tip, time.Unix(last.Time+3*3600, 0))
	if got == nil || got.Time > last.Time+maxLife {
		t.Errorf("got %+v, want a time of %d at most", got, last.Time+maxLife)
	}
}

func TestEmptyTemplateOverAHalving(t *testing.T) {
	last, tip, s := lastAndTip(839_999)
	s.Retarget = 0
	got := s.Empty(last, tip, time.Unix(1100, 0))
	if got == nil || got.Reward != 312_500_000 {
		t.Errorf("got %+v, want the halved subsidy of block 840000", got)
	}
	if s.subsidy(64*210_000) != 0 {
		t.Error("a subsidy after 64 halvings")
	}
}
