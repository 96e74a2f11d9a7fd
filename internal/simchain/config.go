package simchain

import (
	"errors"
	"fmt"
	"log/slog"
	"net"
	"time"
)

// Dialect says after which family of nodes a chain behaves.
type Dialect int

// The dialects.
const (
	// Namecoin: `_target` in aux work, every kind of address, segwit, the
	// coinbase index of a proof ignored, no merge-mined parent, JSON-RPC 2.0,
	// and the older of two templates handed out again after a refresh.
	Namecoin Dialect = iota
	// Dogecoin: `target` in aux work, base58 addresses, no segwit (though its
	// template carries a commitment), coinbase index 0 required, merge-mined
	// parent allowed, JSON-RPC 1.0 only, templates only with a peer.
	Dogecoin
	// Syscoin: as Namecoin, by createauxblock alone, and what its own chain asks
	// of the parent (see syscoin.go).
	Syscoin
	// Elastos: another program altogether (see elastos.go).
	Elastos
)

// easiestBits are regtest's: every second hash is a block.
const easiestBits = 0x207fffff

// Config describes a chain and its node. The zero value is a Namecoin-like
// chain with id 0 at regtest's difficulty; what the fields default to is said
// at each.
type Config struct {
	Name    string // for genesis, tags and texts; default "simchain"
	ChainID uint16
	Parent  bool // a plain chain without merged mining; ChainID is unused
	Dialect Dialect

	Algorithm Algorithm // of the work, a parent's or a block's own; default by dialect sha256d, scrypt
	Bits      uint32    // of the first blocks; default PowLimit
	PowLimit  uint32    // the easiest target; default 207fffff
	// Retarget is after how many blocks the target changes, by at most a factor
	// of 4, so that Spacing is met; 0 keeps Bits for ever.
	Retarget int
	Spacing  time.Duration // default 10 s
	Subsidy  int64         // base units a block; default 50 coins of 1e8
	// GenesisTime in Unix seconds; nodes that are to share a chain must share
	// it. Default: a moment long past.
	GenesisTime uint32

	NotStrict     bool // own id not demanded in blocks, nor forbidden in parents
	MagicRequired bool // no root without the magic; always so of Syscoin and Elastos
	NoNative      bool // blocks need a proof
	OneTemplate   bool // createauxblock has one template, whoever asks (older Dogecoin)
	AuxFrom       int  // createauxblock works from this tip height on (Pepecoin: 20)
	Fork          Fork // further rules of a plain chain

	// ParentEvery makes each so many blocks of Syscoin, from height 2 on, commit
	// to the block that their parent is built on; the real chain has 10. 0: none.
	ParentEvery int
	// ParentTip is what a node of Syscoin knows itself of the parent's tip; zero:
	// nothing, it must be told.
	ParentTip Hash

	PubKeyVersion byte   // base58 version byte of P2PKH; both bytes 0: 0x6f and 0xc4
	ScriptVersion byte   // base58 version byte of P2SH
	HRP           string // bech32 prefix; default by dialect "ncrt", none; parent "bcrt"

	User, Password string // both empty and no CookieFile: no password asked
	CookieFile     string // written by Run with a fresh password, removed at its end

	Without []string // methods that this node does not have (-32601)
	Wallet  string   // address that getauxblock pays, where there is that call; without one there is none
	Threads int      // RPC threads; default by dialect 16, 4
	Queue   int      // requests waiting for a thread, beyond which 503; default by dialect 64, 16

	Listener net.Listener // to serve on; closed by Run
	Listen   string       // else this address; default a free port of 127.0.0.1

	Clock  func() time.Time // default time.Now
	Logger *slog.Logger     // default none
}

// withDefaults fills in what was left out.
func (c Config) withDefaults() Config {
	def(&c.Name, "simchain")
	def(&c.PowLimit, easiestBits)
	def(&c.Bits, c.PowLimit)
	def(&c.Spacing, 10*time.Second)
	def(&c.Subsidy, 50*100_000_000)
	// The fake clock of testing/synctest starts in the year 2000; genesis must
	// be older than that.
	def(&c.GenesisTime, 946_000_000)
	if c.PubKeyVersion == 0 && c.ScriptVersion == 0 {
		c.PubKeyVersion, c.ScriptVersion = 0x6f, 0xc4
		if c.Dialect == Elastos {
			c.PubKeyVersion, c.ScriptVersion = 0x21, 0x12
		}
	}
	switch {
	case c.Dialect == Dogecoin:
		def(&c.Algorithm, Scrypt)
		def(&c.Threads, 4)
		def(&c.Queue, 16)
	default:
		def(&c.Algorithm, SHA256d)
		def(&c.Threads, 16)
		def(&c.Queue, 64)
		switch {
		case c.Dialect == Elastos:
		case c.Parent || c.Dialect == Syscoin:
			def(&c.HRP, "bcrt")
		default:
			def(&c.HRP, "ncrt")
		}
	}
	if c.Clock == nil {
		c.Clock = time.Now
	}
	if c.Logger == nil {
		c.Logger = slog.New(slog.DiscardHandler)
	}
	return c
}

// def sets a field that is still zero.
func def[T comparable](field *T, value T) {
	var zero T
	if *field == zero {
		*field = value
	}
}

// check returns everything that is wrong with the configuration.
func (c *Config) check() error {
	var errs []error
	if c.Algorithm != SHA256d && c.Algorithm != Scrypt && c.Algorithm != SHA512t {
		errs = append(errs, fmt.Errorf("unknown algorithm %q", c.Algorithm))
	}
	limit, ok := expand(c.PowLimit)
	if !ok {
		errs = append(errs, fmt.Errorf("pow limit %08x is no target", c.PowLimit))
	} else if target, ok := expand(c.Bits); !ok || target.Cmp(limit) > 0 {
		errs = append(errs, fmt.Errorf("bits %08x are no target within %08x", c.Bits, c.PowLimit))
	}
	if c.Wallet != "" && c.Dialect != Elastos {
		if _, err := c.decodeAddress(c.Wallet); err != nil {
			errs = append(errs, fmt.Errorf("wallet: %w", err))
		}
	}
	return errors.Join(errs...)
}

// rules are what the chain asks of a block's work.
func (c *Config) rules() Rules {
	return Rules{
		Algorithm:     c.Algorithm,
		ChainID:       c.ChainID,
		Strict:        !c.NotStrict && c.Dialect != Elastos,
		IndexZero:     c.Dialect == Dogecoin || c.Dialect == Elastos,
		NoAuxParent:   c.Dialect == Namecoin,
		MagicRequired: c.MagicRequired || c.Dialect == Syscoin || c.Dialect == Elastos,
		FlaggedID:     c.Dialect == Syscoin,
		PowLimit:      c.PowLimit,
	}
}

// segwit reports whether the chain has witness data.
func (c *Config) segwit() bool { return c.modern() }

// modern reports whether the node descends from a late release of Bitcoin Core.
func (c *Config) modern() bool { return c.Dialect == Namecoin || c.Dialect == Syscoin }

// version is the block version of templates, without the bit for a proof.
func (c *Config) version() uint32 {
	if c.Parent {
		return 0x20000000 | c.laneBits(c.Algorithm)
	}
	return uint32(c.ChainID)<<chainShift | baseVersion
}
