package ledger

import (
	"encoding/hex"
	"fmt"
	"maps"
	"math/big"
	"slices"
	"strconv"
	"strings"

	"github.com/motherlode-pool/motherlode/engine/store"
)

// Difference is a number, or a row, that is not the same in the log and in the ledger.
type Difference struct {
	Kind    string `json:"kind"`
	Pool    string `json:"pool,omitempty"`
	Chain   string `json:"chain,omitempty"`
	Account string `json:"account,omitempty"`
	Worker  string `json:"worker,omitempty"`
	Block   string `json:"block,omitempty"`  // hash, as nodes print it
	Number  uint64 `json:"number,omitempty"` // of a payment, and so on
	Field   string `json:"field,omitempty"`  // empty: the whole row
	Log     string `json:"log"`              // what follows from the log
	Ledger  string `json:"ledger"`
}

const (
	nothing    = "nothing"
	unreadable = "bytes that cannot be read"
	fieldLive  = "present minutes"

	maxShown = 120 // characters of a value
)

// String says it in a line.
func (d *Difference) String() string {
	var b strings.Builder
	b.WriteString(d.Kind)
	for _, part := range []struct{ word, name string }{
		{"account", d.Account}, {"worker", d.Worker}, {"block", d.Block}, {"chain", d.Chain}, {"pool", d.Pool},
	} {
		if part.name != "" {
			fmt.Fprintf(&b, ", %s %s", part.word, strings.Trim(strconv.Quote(part.name), `"`))
		}
	}
	if d.Number != 0 {
		fmt.Fprintf(&b, ", number %d", d.Number)
	}
	if d.Field != "" {
		fmt.Fprintf(&b, ", %s", d.Field)
	}
	fmt.Fprintf(&b, ": the log gives %s, the ledger has %s", d.Log, d.Ledger)
	log, ok := new(big.Int).SetString(d.Log, 10)
	if ledger, ok2 := new(big.Int).SetString(d.Ledger, 10); ok && ok2 {
		fmt.Fprintf(&b, " (%+d)", ledger.Sub(ledger, log))
	}
	return b.String()
}

// field is a part of a row, in words.
type field struct{ name, value string }

// words tells what rows say.
type words struct {
	tx    store.Tx            // of the log, replayed
	names map[string][]string // accounts by pool and number
}

// differences are those of a row; none where both say the same in other bytes.
func (w *words) differences(bucket, k, log, ledger []byte) (all []Difference) {
	kind := kindOf(bucket)
	d := Difference{Kind: kind.name, Log: nothing, Ledger: nothing}
	kind.key(&d, k)
	whole := func(log, ledger string) []Difference {
		d.Log, d.Ledger = log, ledger
		return []Difference{d}
	}
	switch {
	case log == nil:
		return whole(nothing, "such a row")
	case ledger == nil:
		return whole("such a row", nothing)
	}
	by, err := kind.fields(w, &d, log)
	has, err2 := kind.fields(w, &d, ledger)
	if err != nil || err2 != nil {
		return whole(short(hex.EncodeToString(log)), unreadable+", "+short(hex.EncodeToString(ledger)))
	}
	other := make(map[string]string, len(has))
	for _, f := range has {
		other[f.name] = f.value
	}
	for _, f := range by {
		value, there := other[f.name]
		delete(other, f.name)
		if there && value == f.value {
			continue
		}
		one := d
		one.Field, one.Log, one.Ledger = f.name, short(f.value), nothing
		if there {
			one.Ledger = short(value)
		}
		all = append(all, one)
	}
	for _, name := range slices.Sorted(maps.Keys(other)) {
		one := d
		one.Field, one.Ledger = name, short(other[name])
		all = append(all, one)
	}
	if len(all) == 0 { // the same in other bytes, as no ledger writes it
		return whole(short(hex.EncodeToString(log)), short(hex.EncodeToString(ledger)))
	}
	return all
}

func short(v string) string {
	if len(v) > maxShown {
		return v[:maxShown] + "..."
	}
	return v
}
