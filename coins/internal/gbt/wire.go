package gbt

import (
	"encoding/json"
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/motherlode-pool/motherlode/coins"
	"github.com/motherlode-pool/motherlode/coins/internal/jscan"
)

// Fields that a template must have; bit positions in wire.seen.
const (
	seenVersion = 1 << iota
	seenPrev
	seenHeight
	seenBits
	seenTime
	seenReward
	seenTransactions
)

var fieldNames = [...]string{
	"version", "previousblockhash", "height", "bits", "curtime", "coinbasevalue", "transactions",
}

// optionNames are the other members that are read.
var optionNames = [...]string{
	"target", "mintime", "maxtime", "vbrequired", "rules", "capabilities",
	"default_witness_commitment", "mweb", "longpollid", "signet_challenge",
}

// Reads reports whether Decode reads a member of the template anyway, so that no
// Required or Payload can name it.
func Reads(name string) bool {
	return slices.Contains(fieldNames[:], name) || slices.Contains(optionNames[:], name)
}

// wire is a template's fields as they come.
type wire struct {
	seen       int
	version    uint32
	prev       coins.Hash
	height     uint64
	bits       uint32
	target     [32]byte
	hasTarget  bool
	time       int64
	minTime    int64
	maxTime    int64
	reward     uint64
	fees       uint64
	vbRequired uint32
	hasRules   bool
	rules      []string
	demanded   []string // those of rules that had a leading "!"
	commitment []byte   // as sent: 32 bytes or a script; nil when absent
	mweb       []byte
	longPollID string
	proposals  bool

	signetChallenge string

	text []byte                     // the whole reply
	kept map[string]json.RawMessage // members that the options ask for, as sent; nil when absent or null

	txids  []coins.Hash
	hashes []coins.Hash
	blob   []byte
}

// newWire makes room for the transactions of a reply, and for the members to
// keep.
func newWire(text []byte, kept map[string]json.RawMessage) *wire {
	const perTx = 2048 // characters of a middling transaction's entry
	length := len(text)
	n := length / perTx
	return &wire{
		text:   text,
		kept:   kept,
		txids:  make([]coins.Hash, 0, n),
		hashes: make([]coins.Hash, 0, n),
		blob:   make([]byte, 0, length/2),
	}
}

func (w *wire) has(rule string) bool { return slices.Contains(w.rules, rule) }

func (w *wire) scan(result []byte) error {
	s := jscan.New(result)
	err := s.Object(func(key []byte) error {
		if err := w.field(s, string(key)); err != nil {
			return fmt.Errorf("%s: %w", key, err)
		}
		return nil
	})
	if err == nil {
		err = s.End()
	}
	if err != nil {
		return fmt.Errorf("%w: %w", ErrFormat, err)
	}
	return nil
}

// complete names the fields that are missing.
func (w *wire) complete() error {
	var missing []string
	for i, name := range fieldNames {
		if w.seen&(1<<i) == 0 {
			missing = append(missing, name)
		}
	}
	if missing != nil {
		return fmt.Errorf("%w: %s", ErrMissing, strings.Join(missing, ", "))
	}
	return nil
}

// field reads one member of the template.
func (w *wire) field(s *jscan.Scanner, key string) (err error) {
	switch key {
	case "version":
		w.seen |= seenVersion
		w.version, err = version(s)
	case "previousblockhash":
		w.seen |= seenPrev
		w.prev, err = hash(s)
	case "height":
		w.seen |= seenHeight
		w.height, err = bounded(s, math.MaxInt32)
	case "bits":
		w.seen |= seenBits
		w.bits, err = bits(s)
	case "curtime":
		w.seen |= seenTime
		w.time, err = seconds(s)
	case "coinbasevalue":
		w.seen |= seenReward
		w.reward, err = bounded(s, math.MaxInt64)
	case "transactions":
		if w.seen&seenTransactions != 0 {
			return fmt.Errorf("given twice")
		}
		w.seen |= seenTransactions
		err = w.transactions(s)
	default:
		err = w.option(s, key)
	}
	return err
}

// option reads a member that need not be there, and skips what is unknown.
func (w *wire) option(s *jscan.Scanner, key string) (err error) {
	if s.IsNull() {
		return nil
	}
	switch key {
	case "target":
		w.hasTarget = true
		err = fixed(s, w.target[:])
	case "mintime":
		w.minTime, err = seconds(s)
	case "maxtime":
		w.maxTime, err = seconds(s)
	case "vbrequired":
		var n uint64
		n, err = bounded(s, math.MaxUint32)
		w.vbRequired = uint32(n)
	case "rules":
		w.hasRules = true
		err = each(s, func(r string) {
			name := strings.TrimPrefix(r, "!")
			w.rules = append(w.rules, name)
			if name != r {
				w.demanded = append(w.demanded, name)
			}
		})
	case "capabilities":
		err = each(s, func(c string) { w.proposals = w.proposals || c == "proposal" })
	case "default_witness_commitment":
		w.commitment, err = hexBytes(s)
		if len(w.commitment) == 0 {
			w.commitment = nil
		}
	case "mweb":
		w.mweb, err = hexBytes(s)
		if len(w.mweb) == 0 {
			w.mweb = nil
		}
	case "longpollid":
		w.longPollID, err = text(s)
	case "signet_challenge":
		w.signetChallenge, err = text(s)
	default:
		from := s.Offset()
		err = s.Skip()
		if _, ok := w.kept[key]; ok && err == nil {
			w.kept[key] = w.text[from:s.Offset()]
		}
	}
	return err
}

// transactions reads the list, appending the data of all to one blob.
func (w *wire) transactions(s *jscan.Scanner) error {
	return s.Array(func(i int) error {
		if err := w.transaction(s); err != nil {
			return fmt.Errorf("transaction %d: %w", i, err)
		}
		return nil
	})
}

func (w *wire) transaction(s *jscan.Scanner) error {
	var txid, wtxid coins.Hash
	var hasTxid, hasHash, hasData bool
	err := s.Object(func(key []byte) (err error) {
		switch string(key) {
		case "data":
			if hasData {
				return fmt.Errorf("data given twice")
			}
			hasData = true
			err = w.data(s)
		case "txid":
			hasTxid = true
			txid, err = hash(s)
		case "hash":
			hasHash = true
			wtxid, err = hash(s)
		case "fee":
			if s.IsNull() {
				return nil
			}
			var fee int64
			fee, err = s.Int64()
			if fee > 0 {
				w.fees += uint64(fee)
			}
		default:
			err = s.Skip()
		}
		return err
	})
	if err != nil {
		return err
	}
	if !hasData {
		return fmt.Errorf("no data")
	}

	// Nodes from before segwit give one of the two, which is both.
	switch {
	case hasTxid && !hasHash:
		wtxid = txid
	case hasHash && !hasTxid:
		txid = wtxid
	case !hasTxid:
		return fmt.Errorf("neither txid nor hash")
	}
	w.txids = append(w.txids, txid)
	w.hashes = append(w.hashes, wtxid)
	return nil
}

// data appends a transaction to the blob. There is always room: the blob was
// made half as long as the text.
func (w *wire) data(s *jscan.Scanner) (err error) {
	before := len(w.blob)
	if w.blob, err = s.AppendHex(w.blob); err != nil {
		return fmt.Errorf("data: %w", err)
	}
	if len(w.blob) == before {
		return fmt.Errorf("data is empty")
	}
	return nil
}
