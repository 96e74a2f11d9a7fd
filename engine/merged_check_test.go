package engine

import (
	"context"
	"errors"
	"log/slog"
	"maps"
	"path/filepath"
	"slices"

	"github.com/motherlode-pool/motherlode/coins"
	"github.com/motherlode-pool/motherlode/engine/ledger"
	"github.com/motherlode-pool/motherlode/engine/sharelog"
	"github.com/motherlode-pool/motherlode/internal/simchain"
)

// given are the distinct blocks that a node was given.
func (s *side) given() map[coins.Hash]int {
	out := map[coins.Hash]int{}
	for _, sub := range s.node.Submissions() {
		if sub.Method != "generatetoaddress" {
			out[coins.Hash(sub.Hash)]++
		}
	}
	return out
}

// finish stops the engine and compares the ledger with what the nodes and the
// miner know. It returns the rows.
func (m *merged) finish() []ledger.Block {
	m.t.Helper()
	if got := m.rig.engine.Status().Pools[0]; got.JobFailures != 0 || got.AuxRefused != 0 {
		m.t.Errorf("pool: %d jobs failed, %d proofs broke a rule", got.JobFailures, got.AuxRefused)
	}
	m.stop()
	quiet := slog.New(slog.DiscardHandler)
	log, err := sharelog.Open(filepath.Join(m.cfg.DataDir, "shares"), sharelog.Options{Logger: quiet})
	if err != nil {
		m.t.Fatal(err)
	}
	defer log.Close()
	book, err := ledger.Open(filepath.Join(m.cfg.DataDir, "ledger.db"), log, ledger.Options{Logger: quiet})
	if err != nil {
		m.t.Fatal(err)
	}
	defer book.Close()
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- book.Run(ctx) }()
	err = book.Sync(m.t.Context(), log.End())
	cancel()
	if err := errors.Join(err, <-done); err != nil {
		m.t.Fatal(err)
	}
	var rows []ledger.Block
	for before := uint64(0); before != 1; {
		page, err := book.Blocks(ledger.Filter{}, before, 1000)
		if err != nil {
			m.t.Fatal(err)
		}
		if len(page) == 0 {
			break
		}
		rows = append(rows, page...)
		before = page[len(page)-1].Seq
	}
	m.checkTotals(book)
	for _, s := range m.all() {
		m.checkRows(s, rows)
		m.checkMoney(s, book, rows)
	}
	return rows
}

// checkTotals compares the worker's, the account's and the pool's totals with
// the answers that the miner got.
func (m *merged) checkTotals(book *ledger.Ledger) {
	m.t.Helper()
	for what, get := range map[string]func() (ledger.Totals, error){
		"worker":  func() (ledger.Totals, error) { return book.Worker("p", "anyone", "rig") },
		"account": func() (ledger.Totals, error) { return book.Account("p", "anyone") },
		"pool":    func() (ledger.Totals, error) { return book.Pool("p") },
	} {
		got, err := get()
		if err != nil {
			m.t.Errorf("%s: %v", what, err)
			continue
		}
		if got.Accepted != m.accepted || got.Work != m.work {
			m.t.Errorf("%s: %d shares and work %v, the miner was told %d and %v", what, got.Accepted, got.Work, m.accepted, m.work)
		}
		if len(got.Rejected)+len(m.rejected) > 0 && !maps.Equal(got.Rejected, m.rejected) {
			m.t.Errorf("%s: refused %v, the miner was told %v", what, got.Rejected, m.rejected)
		}
	}
}

// checkMoney compares the balances of one chain with its blocks: every unit of
// those that pay is somebody's, and each block is divided by the pool's terms.
func (m *merged) checkMoney(s *side, book *ledger.Ledger, rows []ledger.Block) {
	m.t.Helper()
	var immature, mature, fee uint64
	for _, b := range rowsOf(rows, s) {
		split, err := book.Split(s.name, b.Hash)
		if err != nil || split.Pool != feeOf(b.Reward, m.cfg.Pools["p"].FeeBPS) || len(split.Parts) != 1 ||
			split.Parts[0] != (ledger.Part{Account: "anyone", Amount: b.Reward - split.Pool}) {
			m.t.Errorf("%s: block %s of %d is divided into %+v (%v)", s.name, coins.Hash(b.Hash), b.Reward, split, err)
		}
		switch b.State {
		case "mature":
			mature += b.Reward
			fee += split.Pool
		case "received", "accepted":
			immature += b.Reward
		}
	}
	miner, err1 := book.Balance("p", s.name, "anyone")
	pool, err2 := book.Operator("p", s.name)
	if immature+mature == 0 {
		return
	}
	if err1 != nil || err2 != nil && fee > 0 || miner.Immature+pool.Immature != immature || miner.Mature+pool.Mature != mature || miner.Owed() != int64(mature-fee) {
		m.t.Errorf("%s: the miner has %+v (%v) and the operator %+v (%v); blocks pay %d and %d more once mature", s.name, miner, err1, pool, err2, mature, immature)
	}
}

// checkRows compares the rows of one chain with what its node was given.
func (m *merged) checkRows(s *side, rows []ledger.Block) {
	m.t.Helper()
	given, seen := s.given(), map[coins.Hash]bool{}
	for _, b := range rows {
		if b.Chain != s.name {
			continue
		}
		h := coins.Hash(b.Hash)
		if seen[h] {
			m.t.Errorf("%s: block %s has two rows", s.name, h)
		}
		seen[h] = true
		kept := s.gate != nil && s.gate.keptBack()[h]
		if given[h] == 0 && b.State != "pending" && !kept {
			m.t.Errorf("%s: block %s is %s, its node never saw it", s.name, h, b.State)
		}
		best := s.node.Confirmations(simchain.Hash(h)) > 0
		if counted := b.State == "accepted" || b.State == "mature"; counted != best {
			m.t.Errorf("%s: block %s is %s %v, on the node's best chain %t", s.name, h, b.State, b.History, best)
		}
		if b.Account != "anyone" || b.Worker != "rig" || b.Pool != "p" || b.Reward == 0 {
			m.t.Errorf("%s: block %s was found by %s.%s of %s, pays %d", s.name, h, b.Account, b.Worker, b.Pool, b.Reward)
		}
		if best {
			m.checkBlock(s, b)
		}
	}
	for h := range given {
		if !seen[h] {
			m.t.Errorf("%s: the node was given %s, which has no row", s.name, h)
		}
	}
	if s == m.parent {
		// Beyond maxSiblings on one tip the pool only counts them.
		counted := int(m.rig.engine.pools[0].stats.siblings.Load())
		for h := range m.solved {
			hash, err := coins.ParseHash(h)
			if err != nil || !seen[hash] && counted == 0 {
				m.t.Errorf("the miner solved %s, which has no row (%v)", h, err)
			}
		}
		if len(seen)+counted != len(m.solved) {
			m.t.Errorf("%d rows of the parent and %d siblings counted, the miner solved %d", len(seen), counted, len(m.solved))
		}
	}
}

// checkBlock looks at a block as its node shows it: an auxiliary chain's was
// proven by a header that the miner has handed in.
func (m *merged) checkBlock(s *side, b ledger.Block) {
	m.t.Helper()
	var got struct {
		Height uint64
		AuxPow *struct {
			ParentBlock struct{ Hash string }
		}
	}
	s.rpc(m.t, &got, "getblock", coins.Hash(b.Hash).String())
	switch {
	case got.Height != b.Height:
		m.t.Errorf("%s: row of height %d, block of height %d", s.name, b.Height, got.Height)
	case s == m.parent:
	case got.AuxPow == nil:
		m.t.Errorf("%s: block %s has no proof", s.name, coins.Hash(b.Hash))
	case !m.headers[got.AuxPow.ParentBlock.Hash]:
		m.t.Errorf("%s: block %s is proven by %s, which the miner never found", s.name, coins.Hash(b.Hash), got.AuxPow.ParentBlock.Hash)
	}
}

// rowsOf are the rows of a chain.
func rowsOf(rows []ledger.Block, s *side) []ledger.Block {
	return slices.DeleteFunc(slices.Clone(rows), func(b ledger.Block) bool { return b.Chain != s.name })
}
