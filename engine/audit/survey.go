package audit

import (
	"context"
	"encoding/hex"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/motherlode-pool/motherlode/engine/reward"
	"github.com/motherlode-pool/motherlode/engine/sharelog"
)

// Log is a share log, open for reading.
type Log interface {
	Start() sharelog.Position
	End() sharelog.Position
	Read(from sharelog.Position) *sharelog.Reader
}

// fate is a block and what became of it.
type fate struct {
	first   sharelog.Block // its first record
	asked   bool
	state   string
	height  uint64
	confirm uint64
	matured bool // it was mature once
	nobodys bool // found before there were terms

	coinbase *Coinbase     // by the first record of it
	split    *reward.Split // where there is a coinbase and the block is immature
}

// payment is a payment by its first record, and its last state.
type payment struct {
	sharelog.Payment
	state string
	txid  string
}

// survey is what the log says of a chain, shares left out.
type survey struct {
	query    Query
	end      sharelog.Position
	pools    map[string]bool // that have terms for the chain
	blocks   map[[32]byte]*fate
	order    []*fate
	payments map[uint64]*payment
	paid     []*payment // by their first records
	unknown  []sharelog.Kind
	beyond   int // blocks behind end
}

// each calls f with the records of the given kinds up to end, and the position
// behind each.
func each(ctx context.Context, log Log, from, end sharelog.Position, kinds []sharelog.Kind, f func(*sharelog.Record, sharelog.Position) error) (unknown []sharelog.Kind, err error) {
	const checkEvery = 1 << 14
	r := log.Read(from).Only(kinds...)
	defer r.Close()
	var rec sharelog.Record
	for n := 1; ; n++ {
		if n%checkEvery == 0 && ctx.Err() != nil {
			return nil, ctx.Err()
		}
		var pos sharelog.Position
		rec, pos, err = r.Next()
		if err == io.EOF || err == nil && pos > end {
			return r.Unknown(), nil
		}
		if err != nil {
			return nil, err
		}
		if err := f(&rec, pos); err != nil {
			return nil, err
		}
	}
}

func newSurvey(ctx context.Context, log Log, q Query) (*survey, error) {
	s := &survey{query: q, end: log.End(), pools: map[string]bool{}, blocks: map[[32]byte]*fate{}, payments: map[uint64]*payment{}}
	if q.Until != nil {
		s.end = min(s.end, *q.Until)
	}
	kinds := []sharelog.Kind{sharelog.KindBlock, sharelog.KindTerms, sharelog.KindPayment, sharelog.KindCoinbase}
	var err error
	s.unknown, err = each(ctx, log, log.Start(), s.end, kinds, func(rec *sharelog.Record, _ sharelog.Position) error {
		s.record(rec)
		return nil
	})
	if err != nil {
		return nil, err
	}
	if err := s.choose(); err != nil {
		return nil, err
	}
	return s, s.countBeyond(ctx, log)
}

// countBeyond counts the blocks whose first record is behind the end.
func (s *survey) countBeyond(ctx context.Context, log Log) error {
	if s.end == log.End() {
		return nil
	}
	seen := map[[32]byte]bool{}
	_, err := each(ctx, log, max(s.end, log.Start()), log.End(), []sharelog.Kind{sharelog.KindBlock}, func(rec *sharelog.Record, _ sharelog.Position) error {
		b := rec.Block
		if f := s.blocks[b.Hash]; b.Chain != s.query.Chain || seen[b.Hash] || f != nil && f.state != "" {
			return nil
		}
		seen[b.Hash] = true
		if s.takes(b.Pool, b.Chain) {
			s.beyond++
		}
		return nil
	})
	return err
}

func (s *survey) takes(pool, chain string) bool {
	return chain == s.query.Chain && (s.query.Pool == "" || pool == s.query.Pool)
}

func (s *survey) record(rec *sharelog.Record) {
	switch rec.Kind {
	case sharelog.KindTerms:
		if t := rec.Terms; s.takes(t.Pool, t.Chain) {
			s.pools[t.Pool] = true
		}
	case sharelog.KindBlock:
		if b := rec.Block; b.Chain == s.query.Chain {
			s.block(b)
		}
	case sharelog.KindPayment:
		s.payment(rec.Payment)
	case sharelog.KindCoinbase:
		s.coinbase(rec.Coinbase)
	}
}

// fateOf is the row of a block; one that only its coinbase is known of has no
// state.
func (s *survey) fateOf(hash [32]byte) *fate {
	f := s.blocks[hash]
	if f == nil {
		f = &fate{}
		s.blocks[hash] = f
	}
	return f
}

func (s *survey) block(b *sharelog.Block) {
	f := s.fateOf(b.Hash)
	if f.state == "" {
		f.first, f.nobodys = *b, !s.pools[b.Pool]
		if s.takes(b.Pool, b.Chain) {
			s.order = append(s.order, f)
		}
	}
	if !follows(f.state, b.State) {
		return
	}
	f.state, f.confirm = b.State, b.Confirmations
	if b.Height != 0 {
		f.height = b.Height
	}
	f.matured = f.matured || b.State == "mature"
}

func (s *survey) payment(p *sharelog.Payment) {
	row := s.payments[p.ID]
	if row == nil {
		row = &payment{Payment: *p, state: p.State, txid: p.TxID}
		row.Raw, row.Outputs = nil, slices.Clone(p.Outputs)
		s.payments[p.ID] = row
		if s.takes(p.Pool, p.Chain) {
			s.paid = append(s.paid, row)
		}
		return
	}
	if row.state == "confirmed" || row.state == "failed" || p.State == "prepared" {
		return
	}
	row.state = p.State
	if p.TxID != "" {
		row.txid = p.TxID
	}
}

// coinbase notes what a coinbase pays: the first record of a block, of a pool
// whose terms for the chain stand before it and before the block.
func (s *survey) coinbase(c *sharelog.Coinbase) {
	if !s.takes(c.Pool, c.Chain) || !s.pools[c.Pool] {
		return
	}
	f := s.fateOf(c.Hash)
	if f.coinbase != nil || f.nobodys {
		return
	}
	f.coinbase = &Coinbase{Operator: c.Operator}
	for _, o := range c.Outputs {
		f.coinbase.Outputs = append(f.coinbase.Outputs, CoinbasePart{o.Account, o.Amount})
	}
}

// choose marks the blocks that are asked for.
func (s *survey) choose() error {
	if len(s.pools) == 0 && len(s.order) == 0 {
		return fmt.Errorf("%w: %q", ErrNoChain, s.query.Chain)
	}
	start := strings.ToLower(strings.TrimPrefix(s.query.Block, "0x"))
	if start == "" {
		for _, f := range s.order {
			f.asked = true
		}
		return nil
	}
	if strings.Trim(start, "0123456789abcdef") != "" || len(start) > 64 {
		return fmt.Errorf("%w: %q; expected up to 64 hex digits", ErrHash, s.query.Block)
	}
	var fit []*fate
	for _, f := range s.order {
		if strings.HasPrefix(HashText(f.first.Hash), start) || strings.HasPrefix(hex.EncodeToString(f.first.Hash[:]), start) {
			fit = append(fit, f)
		}
	}
	switch len(fit) {
	case 0:
		return fmt.Errorf("%w: %s of %s; %s", ErrNoBlock, s.query.Block, s.query.Chain, s.extent())
	case 1:
		fit[0].asked = true
		return nil
	}
	var names []string
	for _, f := range fit[:min(len(fit), 10)] {
		names = append(names, fmt.Sprintf("%s at height %d", HashText(f.first.Hash), f.first.Height))
	}
	return fmt.Errorf("%w: %s fits %d, %s", ErrAmbiguous, s.query.Block, len(fit), strings.Join(names, ", "))
}

// extent says which blocks there are.
func (s *survey) extent() string {
	if len(s.order) == 0 {
		return "there is none of that chain in the log"
	}
	low, high := s.order[0].first.Height, uint64(0)
	for _, f := range s.order {
		low, high = min(low, f.first.Height), max(high, f.first.Height)
	}
	return fmt.Sprintf("the log has %d blocks of that chain, of heights %d to %d", len(s.order), low, high)
}
