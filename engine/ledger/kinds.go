package ledger

import (
	"bytes"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/motherlode-pool/motherlode/engine/reward"
)

// kind is what the rows of a bucket are.
type kind struct {
	bucket     []byte
	name       string
	names      []func(*Difference) *string // what the key begins with
	rest       rest                        // what follows in the key
	statistics bool
	fields     func(*words, *Difference, []byte) ([]field, error)
}

// rest is what a key has behind the names.
type rest uint8

const (
	noRest rest = iota
	hashRest
	numberRest // 8 or 4 bytes
)

func ofPool(d *Difference) *string    { return &d.Pool }
func ofChain(d *Difference) *string   { return &d.Chain }
func ofAccount(d *Difference) *string { return &d.Account }
func ofWorker(d *Difference) *string  { return &d.Worker }

var (
	pooled  = []func(*Difference) *string{ofPool}
	lined   = []func(*Difference) *string{ofPool, ofChain}
	mined   = []func(*Difference) *string{ofPool, ofAccount}
	rigged  = []func(*Difference) *string{ofPool, ofAccount, ofWorker}
	held    = []func(*Difference) *string{ofPool, ofChain, ofAccount}
	chained = []func(*Difference) *string{ofChain}
)

const (
	kindMeta    = "place in the log"
	kindBalance = "balance"
)

// kinds are those of all buckets, in the order in which they are counted: money first.
var kinds = []kind{
	{bucket: bucketBalances, name: kindBalance, names: held, fields: balanceFields},
	{bucket: bucketCredits, name: "division of a block", names: chained, rest: hashRest, fields: splitFields},
	{bucket: bucketCoinbases, name: "coinbase of a block", names: chained, rest: hashRest, fields: coinbaseFields},
	{bucket: bucketPayments, name: "payment", rest: numberRest, fields: jsonFields},
	{bucket: bucketOpen, name: "list of open payments", rest: numberRest, fields: rawFields},
	{bucket: bucketBlocks, name: "block", names: chained, rest: hashRest, fields: jsonFields},
	{bucket: bucketReceived, name: "list of received blocks", names: chained, rest: hashRest, fields: rawFields},
	{bucket: bucketSettings, name: "settings of an account", names: mined, fields: jsonFields},
	{bucket: bucketTerms, name: "terms", names: lined, fields: jsonFields},
	{bucket: bucketSchemes, name: "shares that the next block is divided by", names: lined, rest: numberRest, fields: rawFields},
	{bucket: bucketKept, name: "shares that a block was divided by", names: chained, rest: hashRest, fields: rawFields},
	{bucket: bucketNumbers, name: "number of an account", names: pooled, rest: numberRest, fields: textFields},
	{bucket: bucketRounds, name: "round", names: lined, fields: jsonFields},
	{bucket: bucketPools, name: "totals of a pool", names: pooled, fields: totalsFields},
	{bucket: bucketAccounts, name: "totals of an account", names: mined, fields: totalsFields},
	{bucket: bucketWorkers, name: "totals of a worker", names: rigged, fields: totalsFields},
	{bucket: bucketOrder, name: "list of blocks", rest: numberRest, fields: rawFields},
	{bucket: bucketFound, name: "list of blocks by chain", names: lined, rest: numberRest, fields: rawFields},
	{bucket: bucketMade, name: "list of payments by chain", names: lined, rest: numberRest, fields: rawFields},
	{bucket: bucketPaid, name: "list of payments by account", names: mined, rest: numberRest, fields: rawFields},
	{bucket: bucketBegun, name: "starts of rounds", names: pooled, statistics: true, fields: jsonFields},
	{bucket: bucketEnded, name: "ends of rounds", names: chained, rest: hashRest, statistics: true, fields: rawFields},
	{bucket: bucketLevels[0], name: "statistics by the minute", names: rigged, statistics: true, fields: rawFields},
	{bucket: bucketLevels[1], name: "statistics by the hour", names: rigged, statistics: true, fields: rawFields},
	{bucket: bucketLevels[2], name: "statistics by the day", names: rigged, statistics: true, fields: rawFields},
	{bucket: bucketLevels[3], name: "statistics of older days", names: rigged, statistics: true, fields: rawFields},
}

// otherKind is of a bucket that no version of this program knows.
var otherKind = kind{name: "row of no known kind", fields: rawFields}

func kindOf(bucket []byte) *kind {
	for i := range kinds {
		if bytes.Equal(kinds[i].bucket, bucket) {
			return &kinds[i]
		}
	}
	return &otherKind
}

// key says whose row it is.
func (kind *kind) key(d *Difference, k []byte) {
	for i, to := range kind.names {
		name, rest, ok := cutName(k)
		if !ok {
			if kind.name == kindBalance && i == 2 {
				d.Kind = kindBalance + " of the operator"
			}
			break // or the statistics of a pool, or of an account
		}
		*to(d), k = name, rest
	}
	switch {
	case kind.rest == hashRest && len(k) == 32:
		hash := slices.Clone(k)
		slices.Reverse(hash)
		d.Block = hex.EncodeToString(hash)
	case kind.rest == numberRest && len(k) == 8:
		d.Number = binary.BigEndian.Uint64(k)
	case kind.rest == numberRest && len(k) == 4:
		d.Number = uint64(binary.BigEndian.Uint32(k))
	case len(k) > 0:
		d.Field = "key " + hex.EncodeToString(k)
	}
}

// cutName takes the first of the names that key joined.
func cutName(k []byte) (name string, rest []byte, ok bool) {
	i := bytes.Index(k, []byte{0, 1})
	if i < 0 {
		return "", k, false
	}
	return string(bytes.ReplaceAll(k[:i], []byte{0, 0xff}, []byte{0})), k[i+2:], true
}

func rawFields(_ *words, _ *Difference, raw []byte) ([]field, error) {
	return []field{{"", fmt.Sprintf("%d bytes %x", len(raw), raw)}}, nil
}

func textFields(_ *words, _ *Difference, raw []byte) ([]field, error) {
	return []field{{"", strconv.Quote(string(raw))}}, nil
}

func jsonFields(_ *words, _ *Difference, raw []byte) (all []field, err error) {
	var row map[string]json.RawMessage
	if err := json.Unmarshal(raw, &row); err != nil {
		return nil, err
	}
	for name, value := range row {
		all = append(all, field{name, strings.Trim(string(value), `"`)})
	}
	slices.SortFunc(all, func(a, b field) int { return strings.Compare(a.name, b.name) })
	return all, nil
}

func balanceFields(_ *words, _ *Difference, raw []byte) ([]field, error) {
	var b Balance
	if err := b.parse(raw); err != nil {
		return nil, err
	}
	return []field{
		{"immature", fmt.Sprint(b.Immature)}, {"mature", fmt.Sprint(b.Mature)}, {"earned by shares", fmt.Sprint(b.Shares.Units)},
		{"fraction of a unit earned by shares, in 2^-64", fmt.Sprint(b.Shares.Fraction)}, {"paid", fmt.Sprint(b.Paid)}, {"sending", fmt.Sprint(b.Sending)},
		{"paid by immature coinbases", fmt.Sprint(b.Coinbase)}, {"of that beyond the block's part", fmt.Sprint(b.Advance)},
	}, nil
}

func totalsFields(_ *words, _ *Difference, raw []byte) ([]field, error) {
	var t Totals
	live, err := t.parse(raw)
	if err != nil {
		return nil, err
	}
	all := []field{
		{"accepted shares", fmt.Sprint(t.Accepted)}, {"work in 2^-48", t.Work.Big().String()}, {"refused work in 2^-48", t.RejectedWork.Big().String()},
		{"best share", fmt.Sprint(t.Best)}, {"time of the best share", fmt.Sprint(t.BestTime)}, {"first seen", fmt.Sprint(t.FirstSeen)},
		{"last seen", fmt.Sprint(t.LastSeen)}, {fieldLive, hex.EncodeToString(live)},
	}
	for reason, n := range t.Rejected {
		all = append(all, field{"refused as " + strconv.Quote(reason), fmt.Sprint(n)})
	}
	return all, nil
}

func splitFields(w *words, d *Difference, raw []byte) ([]field, error) {
	split, direct, err := parseSplit(raw)
	if err != nil {
		return nil, err
	}
	all := []field{{"the operator's part", fmt.Sprint(split.Pool)}, {"paid by the coinbase as it is", fmt.Sprint(direct)}}
	return append(all, w.credits(d, "part of ", split.Credits)...), nil
}

func coinbaseFields(w *words, d *Difference, raw []byte) ([]field, error) {
	paid, err := parseCoinbase(raw)
	if err != nil {
		return nil, err
	}
	return append([]field{{"the operator's output", fmt.Sprint(paid.Pool)}}, w.credits(d, "outputs of ", paid.Credits)...), nil
}

// credits are amounts by the accounts' names.
func (w *words) credits(d *Difference, what string, credits []reward.Credit) (all []field) {
	pool := ""
	if hash, err := hex.DecodeString(d.Block); err == nil && len(hash) == 32 {
		slices.Reverse(hash)
		if b, err := blockAt(w.tx, blockKey(d.Chain, (*[32]byte)(hash))); err == nil {
			pool = b.Pool
		}
	}
	at := make(map[reward.Account]int, len(credits))
	for _, c := range credits {
		if i, ok := at[c.Account]; ok {
			all[i].value += " and " + fmt.Sprint(c.Amount)
			continue
		}
		name := fmt.Sprintf("account number %d", c.Account)
		if names := w.names[pool]; c.Account > 0 && int(c.Account) <= len(names) {
			name = strconv.Quote(names[c.Account-1])
		}
		at[c.Account] = len(all)
		all = append(all, field{what + name, fmt.Sprint(c.Amount)})
	}
	return all
}
