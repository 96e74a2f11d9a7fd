package submit

import (
	"bytes"
	"encoding/json"
	"fmt"
	"time"

	"github.com/motherlode-pool/motherlode/coins"
)

// recordKind says what a record of the journal is about.
type recordKind string

// The kinds of records.
const (
	kindFound recordKind = "found" // a solution, with its bodies
	kindMark  recordKind = "mark"  // a known block has a new state
	kindRow   recordKind = "row"   // a block and its state, without bodies; left by a rewrite
)

// record is one record of the journal in memory.
type record struct {
	kind  recordKind
	found Found // chain and hash at least
	n     int   // found: number of the solution; mark and row: of the last one refused
	taken int   // row: solutions taken so far
	state State // mark and row
	final bool
}

func foundRecord(f Found, n int) record { return record{kind: kindFound, found: f, n: n} }

func markRecord(f Found, s State, final bool, tried int) record {
	return record{kind: kindMark, found: f, state: s, final: final, n: tried}
}

// head is the JSON of a record. Hashes are printed as nodes print them, so that
// a person can search for them.
type head struct {
	Record recordKind `json:"record"`
	Chain  string     `json:"chain"`
	Hash   string     `json:"hash"`
	Height uint64     `json:"height,omitempty"`
	N      int        `json:"n,omitempty"`
	Taken  int        `json:"taken,omitempty"`
	State  string     `json:"state,omitempty"`
	Final  bool       `json:"final,omitempty"`

	Found *foundHead `json:"found,omitempty"`
	Block *blockHead `json:"block,omitempty"`
	Proof *proofHead `json:"proof,omitempty"`
	Sizes []int      `json:"sizes,omitempty"` // of the bodies
}

type foundHead struct {
	Pool       string    `json:"pool,omitempty"`
	Kind       Kind      `json:"kind"`
	Prev       string    `json:"prev"`
	Job        uint64    `json:"job"`
	Account    string    `json:"account,omitempty"`
	Worker     string    `json:"worker,omitempty"`
	Time       time.Time `json:"time"`
	Reward     uint64    `json:"reward"`
	Fees       uint64    `json:"fees,omitempty"`
	Difficulty float64   `json:"difficulty"`
	Paid       *Paid     `json:"paid,omitempty"`
}

// blockHead goes with the bodies Raw and Opaque.
type blockHead struct {
	Template uint64 `json:"template"`
	Height   uint64 `json:"height"`
	Hash     string `json:"hash"`
	Prev     string `json:"prev"`
}

// proofHead goes with the bodies Opaque, ParentHeader, Coinbase and
// CoinbaseStripped.
type proofHead struct {
	Work        uint64   `json:"work"`
	Node        string   `json:"node,omitempty"`
	Hash        string   `json:"hash"`
	Height      uint64   `json:"height"`
	ParentHash  string   `json:"parent_hash"`
	Branch      []string `json:"branch"`
	TxCount     int      `json:"tx_count"`
	ChainBranch []string `json:"chain_branch"`
	ChainIndex  uint32   `json:"chain_index"`
	Offset      int      `json:"offset"`
}

// encode is the head and the bodies of rec. The bodies are rec's own bytes.
func (rec record) encode() (jsonHead []byte, bodies [][]byte, err error) {
	f := rec.found
	h := head{
		Record: rec.kind, Chain: f.Chain, Hash: f.Hash.String(), Height: f.Height,
		N: rec.n, Taken: rec.taken, Final: rec.final,
	}
	if rec.kind != kindFound {
		h.State = rec.state.String()
	}
	if rec.kind != kindMark {
		h.Found = &foundHead{
			Pool: f.Pool, Kind: f.Kind, Prev: f.PrevHash.String(), Job: f.Job, Account: f.Account,
			Worker: f.Worker, Time: f.Time, Reward: f.Reward, Fees: f.Fees, Difficulty: f.Difficulty, Paid: f.Paid,
		}
	}
	if b := f.Block; b != nil {
		h.Block = &blockHead{Template: b.TemplateID, Height: b.Height, Hash: b.Hash.String(), Prev: b.PrevHash.String()}
		bodies = [][]byte{b.Raw, b.Opaque}
	}
	if p := f.Proof; p != nil {
		h.Proof = &proofHead{
			Work: p.WorkID, Node: p.Node, Hash: p.Hash.String(), Height: p.Height, ParentHash: p.ParentHash.String(),
			Branch: hexes(p.Branch), TxCount: p.TxCount, ChainBranch: hexes(p.ChainBranch),
			ChainIndex: p.ChainIndex, Offset: p.OutputOffset,
		}
		bodies = [][]byte{p.Opaque, p.ParentHeader, p.Coinbase, p.CoinbaseStripped}
	}
	for _, b := range bodies {
		h.Sizes = append(h.Sizes, len(b))
	}
	jsonHead, err = json.Marshal(h)
	return jsonHead, bodies, err
}

// decode reads a record. It keeps no reference to its arguments.
func decode(jsonHead, bodies []byte) (record, error) {
	var h head
	if err := json.Unmarshal(jsonHead, &h); err != nil {
		return record{}, fmt.Errorf("%w: head: %w", ErrDamaged, err)
	}
	u := unpacker{bodies: bodies, sizes: h.Sizes}
	rec := record{kind: h.Record, n: h.N, taken: h.Taken, final: h.Final}
	rec.found = Found{Chain: h.Chain, Hash: u.hash(h.Hash), Height: h.Height}
	if f := h.Found; f != nil {
		rec.found = Found{
			Pool: f.Pool, Chain: h.Chain, Kind: f.Kind, Hash: rec.found.Hash, Height: h.Height,
			PrevHash: u.hash(f.Prev), Job: f.Job, Account: f.Account, Worker: f.Worker, Time: f.Time,
			Reward: f.Reward, Fees: f.Fees, Difficulty: f.Difficulty, Paid: f.Paid,
		}
	}
	if b := h.Block; b != nil {
		rec.found.Block = &coins.Block{
			TemplateID: b.Template, Height: b.Height, Hash: u.hash(b.Hash), PrevHash: u.hash(b.Prev),
			Raw: u.body(), Opaque: u.body(),
		}
	}
	if p := h.Proof; p != nil {
		rec.found.Proof = &coins.AuxProof{
			WorkID: p.Work, Node: p.Node, Hash: u.hash(p.Hash), Height: p.Height, ParentHash: u.hash(p.ParentHash),
			Branch: u.hashes(p.Branch), TxCount: p.TxCount, ChainBranch: u.hashes(p.ChainBranch),
			ChainIndex: p.ChainIndex, OutputOffset: p.Offset,
			Opaque: u.body(), ParentHeader: u.body(), Coinbase: u.body(), CoinbaseStripped: u.body(),
		}
	}
	u.end()
	if rec.kind != kindFound {
		rec.state = u.state(h.State)
	}
	if u.err == nil {
		u.err = rec.check(h)
	}
	return rec, u.err
}

// check says what a record lacks that its kind must have.
func (rec record) check(h head) error {
	switch {
	case rec.kind == kindFound && rec.n > 0 && h.Found != nil && rec.found.check() == nil:
	case rec.kind == kindRow && h.Found != nil && rec.found.Chain != "":
	case rec.kind == kindMark && rec.found.Chain != "":
	default:
		return fmt.Errorf("%w: incomplete record %q", ErrDamaged, rec.kind)
	}
	return nil
}

// unpacker takes a record's parts one by one and remembers the first error.
type unpacker struct {
	bodies []byte
	sizes  []int
	err    error
}

// body is a copy of the next body, nil when it is empty.
func (u *unpacker) body() []byte {
	if u.err != nil {
		return nil
	}
	if len(u.sizes) == 0 || u.sizes[0] < 0 || u.sizes[0] > len(u.bodies) {
		u.err = fmt.Errorf("%w: bodies do not fit their sizes", ErrDamaged)
		return nil
	}
	n := u.sizes[0]
	b := append([]byte(nil), u.bodies[:n]...)
	u.sizes, u.bodies = u.sizes[1:], u.bodies[n:]
	return b
}

// end checks that nothing is left over.
func (u *unpacker) end() {
	if u.err == nil && (len(u.bodies) != 0 || len(u.sizes) != 0) {
		u.err = fmt.Errorf("%w: bodies left over", ErrDamaged)
	}
}

func (u *unpacker) hash(s string) coins.Hash {
	h, err := coins.ParseHash(s)
	if err != nil && u.err == nil {
		u.err = fmt.Errorf("%w: %w", ErrDamaged, err)
	}
	return h
}

func (u *unpacker) hashes(list []string) []coins.Hash {
	var out []coins.Hash
	for _, s := range list {
		out = append(out, u.hash(s))
	}
	return out
}

func (u *unpacker) state(s string) State {
	for st := Pending; st <= Lost; st++ {
		if st.String() == s {
			return st
		}
	}
	if u.err == nil {
		u.err = fmt.Errorf("%w: state %q", ErrDamaged, s)
	}
	return 0
}

func hexes(hashes []coins.Hash) []string {
	var out []string
	for _, h := range hashes {
		out = append(out, h.String())
	}
	return out
}

// whole is rec as one frame, for a rewrite.
func (rec record) whole() ([]byte, error) {
	h, bodies, err := rec.encode()
	if err != nil {
		return nil, err
	}
	start, err := frameStart(h, bodies)
	if err != nil {
		return nil, err
	}
	return append(start, bytes.Join(bodies, nil)...), nil
}
