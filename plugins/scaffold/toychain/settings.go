package main

import (
	"encoding/hex"
	"encoding/json"
	"errors"
	"maps"
	"slices"

	"github.com/motherlode-pool/motherlode/algos"
	"github.com/motherlode-pool/motherlode/coins"
)

// settings are what the operator writes under [coins.NAME.settings]. A coin with
// a node has its address and password here.
type settings struct {
	Bits         string // compact target of every block, 8 hexadecimal digits
	Transactions int    // most that wait for a block at a time

	bits   uint32
	target algos.Target
}

const (
	defaultBits         = "1e0fffff" // a block in about a million hashes
	defaultTransactions = 3
	maxTransactions     = 10_000
)

// schema tells the pool, and people, what readSettings takes.
const schema = `{
  "type": "object",
  "additionalProperties": false,
  "properties": {
    "bits": {
      "description": "compact target of every block",
      "type": "string", "pattern": "^[0-9a-fA-F]{8}$", "default": "1e0fffff"
    },
    "transactions": {
      "description": "most transactions that wait for a block at a time",
      "type": "integer", "minimum": 0, "maximum": 10000, "default": 3
    }
  }
}`

// readSettings reads a JSON object key by key, so that one fault does not hide
// the next. A key that nobody reads is a typing error.
func readSettings(text []byte) (set settings, problems coins.Problems) {
	set = settings{Bits: defaultBits, Transactions: defaultTransactions}
	var table map[string]json.RawMessage
	if len(text) > 0 {
		if err := json.Unmarshal(text, &table); err != nil {
			problems.Addf("", "are no JSON object: %v", err)
			return set, problems
		}
	}
	for _, key := range slices.Sorted(maps.Keys(table)) {
		switch key {
		case "bits":
			if json.Unmarshal(table[key], &set.Bits) != nil {
				problems.Addf(key, "is %s; expected a text like %q", table[key], defaultBits)
			}
		case "transactions":
			if json.Unmarshal(table[key], &set.Transactions) != nil {
				problems.Addf(key, "is %s; expected a number from 0 to %d", table[key], maxTransactions)
			}
		default:
			problems.Addf(key, "is not known; expected bits or transactions")
		}
	}

	var err error
	if set.bits, set.target, err = parseBits(set.Bits); err != nil {
		problems.Addf("bits", "%q: %v; expected 8 hexadecimal digits like %q", set.Bits, err, defaultBits)
	}
	if set.Transactions < 0 || set.Transactions > maxTransactions {
		problems.Addf("transactions", "%d is out of range; expected 0 to %d", set.Transactions, maxTransactions)
	}
	return set, problems
}

func parseBits(text string) (uint32, algos.Target, error) {
	raw, err := hex.DecodeString(text)
	if err != nil || len(raw) != 4 {
		return 0, algos.Target{}, errors.New("not 8 hexadecimal digits")
	}
	bits := uint32(raw[0])<<24 | uint32(raw[1])<<16 | uint32(raw[2])<<8 | uint32(raw[3])
	target, err := algos.FromBits(bits)
	return bits, target, err
}

// rules are those of the chain that the settings ask for.
func (s settings) rules() rules {
	return rules{bits: s.bits, target: s.target, transactions: s.Transactions}
}
