package rsk

import (
	"encoding/hex"
	"fmt"
	"math"
	"math/big"
	"strconv"
	"strings"

	"github.com/motherlode-pool/motherlode/coins"
)

// ErrorKind is the kind of an error of this package; it works with errors.Is.
type ErrorKind string

// The kinds.
const (
	ErrReply   = ErrorKind("node's answer cannot be read")
	ErrNetwork = ErrorKind("node is of another network")
	ErrNoNode  = ErrorKind("no node answers")
	ErrNoWork  = ErrorKind("no node gives work")
	ErrClosed  = ErrorKind("coin is closed")
)

// Error makes a kind an error.
func (k ErrorKind) Error() string { return string(k) }

// The commitment.
const (
	tag = "RSKBLOCK:"

	// weight puts the tag behind all other commitments.
	weight = math.MaxInt32

	// maxAfter is how many bytes of the coinbase may follow the hash.
	maxAfter = 128
)

// rawWork is the answer to mnr_getWork. The hash and the parent's are printed in
// the order in which they are hashed, the target big-endian.
type rawWork struct {
	Hash   string `json:"blockHashForMergedMining"`
	Target string `json:"target"`
	Fees   string `json:"feesPaidToMiner"`
	Notify bool   `json:"notify"`
	Parent string `json:"parentBlockHash"`
}

// work is a decoded rawWork.
type work struct {
	hash, parent coins.Hash // as ParseHash reads what the node prints
	target       [32]byte
	fees         uint64
	height       uint64 // of the block to be found
	notify       bool
}

func (r *rawWork) decode() (w work, err error) {
	if w.hash, err = parseHash(r.Hash); err != nil {
		return w, fmt.Errorf("%w: mnr_getWork: blockHashForMergedMining: %w", ErrReply, err)
	}
	if w.parent, err = parseHash(r.Parent); err != nil {
		return w, fmt.Errorf("%w: mnr_getWork: parentBlockHash: %w", ErrReply, err)
	}
	target, err := hex.DecodeString(strings.TrimPrefix(r.Target, "0x"))
	if err != nil || len(target) != len(w.target) {
		return w, fmt.Errorf("%w: mnr_getWork: target %.80q, expected 64 hex digits", ErrReply, r.Target)
	}
	w.target = [32]byte(target)
	if w.target == [32]byte{} {
		return w, fmt.Errorf("%w: mnr_getWork: target is zero", ErrReply)
	}
	w.fees, w.notify = amount(r.Fees), r.Notify
	return w, nil
}

// aux is the work as the engine takes it, but for what the stream knows.
func (w *work) aux() *coins.AuxWork {
	return &coins.AuxWork{
		Hash: w.hash, PrevHash: w.parent, Height: w.height, Target: w.target, Reward: w.fees,
		Output: &coins.OutputCommitment{Script: commitment(w.hash), Weight: weight, MaxAfter: maxAfter},
		Rules:  coins.AuxRules{Uncles: true},
	}
}

// commitment is the output script: OP_RETURN, a push of 41 bytes, the tag, the
// hash as the node prints it.
func commitment(hash coins.Hash) []byte {
	script := append([]byte{0x6a, byte(len(tag) + len(hash))}, tag...)
	printed, _ := hex.DecodeString(hash.String())
	return append(script, printed...)
}

// parseHash reads a hash as the node prints it, with or without 0x.
func parseHash(s string) (coins.Hash, error) { return coins.ParseHash(strings.TrimPrefix(s, "0x")) }

// quantity reads a number as nodes of this kind print it: 0x1b4.
func quantity(s string) (uint64, error) {
	n, err := strconv.ParseUint(strings.TrimPrefix(s, "0x"), 16, 64)
	if err != nil {
		return 0, fmt.Errorf("%w: quantity %.40q", ErrReply, s)
	}
	return n, nil
}

// decimals is how many the pool counts with, of the coin's 18: sums in 10^-18 would
// not fit into 63 bits beyond 9 coins.
const decimals = 9

// unit is the pool's base unit in the chain's.
var unit = big.NewInt(1_000_000_000)

// amount reads fees, a decimal number of 10^-18 coins, as base units of the pool,
// rounded down. They are what the node expects, and what cannot be read is 0.
func amount(s string) uint64 {
	n, ok := new(big.Int).SetString(s, 0)
	if ok {
		n.Quo(n, unit)
	}
	switch {
	case !ok || n.Sign() < 0:
		return 0
	case !n.IsUint64():
		return math.MaxUint64
	}
	return n.Uint64()
}
