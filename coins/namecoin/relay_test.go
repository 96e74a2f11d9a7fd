package namecoin

import (
	"testing"

	"github.com/motherlode-pool/motherlode/coins"
	"github.com/motherlode-pool/motherlode/internal/simchain"
)

// A block that the node made is handed on to nodes that do not know each other.
func TestAcceptedBlocksAreRelayed(t *testing.T) {
	for _, dialect := range []simchain.Dialect{simchain.Namecoin, simchain.Dogecoin} {
		cfg := simchain.Config{ChainID: 1, Dialect: dialect, Algorithm: simchain.SHA256d, Wallet: testAddress}
		for _, mode := range []string{modeCreate, modeGet} {
			a, b := mustNode(t, cfg), mustNode(t, cfg)
			c := mustOpen(t, []*simchain.Node{a, b}, set("mode", mode))
			s := mustStream(t, c)
			w := s.next(t)
			for w.Node != a.Addr() {
				w = s.next(t)
			}
			wantVerdict(t, c, solve(t, w, "sha256d"), coins.Received)
			until(t, "the block at the other node", func() bool { return b.Tip() == simchain.Hash(w.Hash) })
			if subs := b.Submissions(); len(subs) != 1 || subs[0].Method != "submitblock" || !subs[0].Best {
				t.Errorf("%s: the other node was given %+v, want the block once", mode, subs)
			}
		}
	}
}

// Another node that refuses, or is down, changes nothing of the verdict.
func TestRelayThatFailsIsNoRefusal(t *testing.T) {
	a, b := mustNode(t, simchain.Config{ChainID: 1}), mustNode(t, simchain.Config{ChainID: 1, Without: []string{"submitblock"}})
	c := mustOpen(t, []*simchain.Node{a, b}, set("mode", modeCreate))
	s := mustStream(t, c)
	w := s.next(t)
	for w.Node != a.Addr() {
		w = s.next(t)
	}
	wantVerdict(t, c, solve(t, w, "sha256d"), coins.Received)
	until(t, "the try", func() bool { return b.Calls("submitblock") == 1 })
	wantStatus(t, c, w.Hash, coins.BlockBestChain)
}

func TestAnswersToAProof(t *testing.T) {
	for _, tt := range []struct {
		reply any
		want  coins.VerdictCode
	}{
		{true, coins.Received}, {nil, coins.Received}, {"inconclusive", coins.Received},
		{"duplicate", coins.Duplicate}, {false, coins.Rejected}, {"high-hash", coins.Rejected}, {7.0, coins.Rejected},
	} {
		code, reason := readReply(tt.reply)
		if code != tt.want || code == coins.Rejected && reason == "" {
			t.Errorf("%v: got %s %q, want %s", tt.reply, code, reason, tt.want)
		}
	}
}
