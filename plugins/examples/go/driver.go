package main

import (
	"bytes"
	"context"
	"encoding/hex"
	"encoding/json"
	"errors"
	"io"
	"time"

	"github.com/motherlode-pool/motherlode/algos"
	"github.com/motherlode-pool/motherlode/coins"
)

const (
	// maxChainID is the largest id that fits a block version: nodes read the
	// upper half of it as a signed number.
	maxChainID = 0x7fff

	defaultChainID = 4242
	defaultBits    = "1f00ffff" // about 65,000 hashes a block
)

// driver opens toy chains.
type driver struct{}

var _ coins.Driver = driver{}

// settings are what the operator writes under [coins.NAME.settings].
type settings struct {
	ChainID    *int64 `json:"chain_id"`
	Bits       string `json:"bits"`        // compact target of every block, 8 hex digits
	Garbage    bool   `json:"garbage"`     // test switch: hostile output without end
	CrashAfter int64  `json:"crash_after"` // test switch: blocks after which the process crashes; 0 for never
}

const schema = `{
  "type": "object",
  "additionalProperties": false,
  "properties": {
    "chain_id":    {"type": "integer", "minimum": 1, "maximum": 32767, "default": 4242},
    "bits":        {"type": "string", "pattern": "^[0-9a-fA-F]{8}$", "default": "1f00ffff"},
    "garbage":     {"type": "boolean", "default": false},
    "crash_after": {"type": "integer", "minimum": 0, "default": 0}
  }
}`

// Describe says what the plugin is. The pool reads it before any settings.
func (driver) Describe() coins.Info {
	return coins.Info{
		Driver:   "toychain",
		Version:  "1.0.0",
		Summary:  "a merge-mined chain in memory, for examples and tests",
		Roles:    []coins.Role{coins.RoleAux},
		Coin:     info(defaultChainID, "main"),
		Networks: []string{"main", "regtest"},
		Schema:   []byte(schema),
	}
}

func info(chainID uint32, network string) coins.CoinInfo {
	return coins.CoinInfo{
		Symbol: "TOY", Name: "Toychain", Network: network, Algorithm: "sha256d", DifficultyOne: algos.DiffOneBitcoin,
		BlockTime: time.Minute, Maturity: 10, Decimals: 8, ChainID: chainID, HasChainID: true,
		ExampleAddress: address("example"),
	}
}

// Open checks the settings, all of them before it returns, and makes the coin.
// A coin with a node would not talk to it here: that is for the streams.
func (driver) Open(_ context.Context, s coins.Settings) (coins.Coin, error) {
	var problems coins.Problems
	set := decode(s.JSON, &problems)
	network := s.Network
	switch network {
	case "":
		network = "main"
	case "main", "regtest":
	default:
		problems.Addf("network", "%q is not known; expected main or regtest", network)
	}

	id := int64(defaultChainID)
	if set.ChainID != nil {
		id = *set.ChainID
	}
	if id < 1 || id > maxChainID {
		problems.Addf("chain_id", "%d is out of range; expected 1 to %d", id, maxChainID)
	}
	bits, target, err := parseBits(set.Bits)
	if err != nil {
		problems.Addf("bits", "%q is no target: %v; expected 8 hexadecimal digits like %q", set.Bits, err, defaultBits)
	}
	if set.CrashAfter < 0 {
		problems.Addf("crash_after", "%d is negative; expected a number of blocks, or 0 for never", set.CrashAfter)
	}
	if err := problems.Err(); err != nil {
		return nil, err
	}

	c := newCoin(info(uint32(id), network), newChain(uint32(id), bits, target, time.Now), set.CrashAfter)
	if set.Garbage {
		c.background.Go(func() { writeGarbage(c.closed) })
	}
	return c, nil
}

// decode reads the settings strictly: a key that nobody reads is a typing error.
func decode(text []byte, problems *coins.Problems) settings {
	set := settings{Bits: defaultBits}
	if len(text) == 0 {
		return set
	}
	dec := json.NewDecoder(bytes.NewReader(text))
	dec.DisallowUnknownFields()
	if err := dec.Decode(&set); err != nil && !errors.Is(err, io.EOF) {
		var wrong *json.UnmarshalTypeError
		if errors.As(err, &wrong) {
			problems.Addf(wrong.Field, "is a %s; expected %s", wrong.Value, wrong.Type)
		} else {
			problems.Addf("", "%v; expected chain_id, bits, garbage, crash_after", err)
		}
	}
	return set
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
