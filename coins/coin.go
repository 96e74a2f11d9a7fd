package coins

import (
	"context"
	"time"
)

// Role is a power that a coin announces.
type Role string

// The roles. A driver announces those whose interface its coins implement.
const (
	RoleParent Role = "parent" // Parent: block templates and whole blocks
	RoleAux    Role = "aux"    // Aux: auxiliary work and proofs
	RoleHasher Role = "hasher" // Hasher: a proof-of-work function of its own
	RoleWallet Role = "wallet" // Wallet: payments

	RoleMessageVerifier Role = "message_verifier" // MessageVerifier: signed messages
)

// Info is what a driver says of itself without settings or network. It is the
// same at every call.
type Info struct {
	Driver   string // name of the driver, as in the TOML
	Version  string // version of the driver, for people
	Summary  string // one line for people
	APIMinor uint32 // minor version of the protocol that a plugin was built with; set by the SDK, not by drivers
	Roles    []Role
	Coin     CoinInfo // the coin with default settings on its main network
	Networks []string // names of the networks that Open knows, main network first
	Schema   []byte   // JSON schema of the settings; empty when the driver has none
}

// Has reports whether the driver announces role.
func (i Info) Has(role Role) bool {
	for _, r := range i.Roles {
		if r == role {
			return true
		}
	}
	return false
}

// CoinInfo is what is fixed for a coin once its settings are known.
type CoinInfo struct {
	Symbol        string        // ticker: "BTC"
	Name          string        // "Bitcoin"
	Network       string        // as configured: "main", "regtest"
	Algorithm     string        // proof of work, a name of package algos or of the coin's own Hasher
	DifficultyOne [32]byte      // target of difficulty 1, big-endian
	BlockTime     time.Duration // expected time between blocks
	Maturity      uint32        // confirmations after which a block reward may be spent
	Decimals      uint8         // base units per coin are 10^Decimals
	VersionMask   uint32        // version bits that miners may roll; 0 forbids rolling
	ChainID       uint32        // AuxPoW chain id; meaningful with HasChainID
	HasChainID    bool          // false when the id is known only from the node
	HashParam     int           // bytes of per-job parameter of the algorithm, 0 for most

	// ExampleAddress is one that ValidateAddress accepts on this network: for
	// help texts and for the checks of plugins/conformance. Nobody should be
	// paid there. Empty for drivers of API minor 0.
	ExampleAddress string
}

// Driver opens coins of one family.
type Driver interface {
	// Describe says what the driver is; pure, no network, no settings.
	Describe() Info

	// Open checks the settings and makes a coin of them, without network. When
	// the settings are wrong the error is a Problems value that lists all that
	// is wrong with them. The ctx bounds the call, not the coin's life.
	Open(ctx context.Context, s Settings) (Coin, error)
}

// Settings is what the operator wrote for one coin.
type Settings struct {
	Instance string // name of the coin in the TOML: coins.<instance>
	Network  string // "main", "test", "regtest", ...; empty means the driver's main network
	JSON     []byte // the settings table as a JSON object; empty means {}
}

// Coin is an open coin. All methods may be called concurrently. Every coin
// implements Coin; Parent, Aux, Hasher, Wallet and MessageVerifier are powers found by
// assertion, and announced by Info.Roles.
type Coin interface {
	// Info says what the settings made of the coin. It does not change.
	Info() CoinInfo

	// ValidateAddress decides whether address can be paid on this coin's
	// network. A bad address is a Payee with Valid false and the reason.
	ValidateAddress(ctx context.Context, address string) (Payee, error)

	// BlockStatus looks a block up. Height is a hint; 0 means unknown.
	BlockStatus(ctx context.Context, hash Hash, height uint64) (BlockStatus, error)

	// Health streams the state of the coin's nodes.
	Health(ctx context.Context, out chan<- Health) error

	// Close frees what the coin holds and ends its streams.
	Close() error
}

// Parent is a coin whose blocks the engine mines directly.
type Parent interface {
	Coin

	// Templates streams engine-ready block templates, the present one first.
	Templates(ctx context.Context, out chan<- *Template) error

	// SubmitBlock hands a solved block to every node of the coin.
	SubmitBlock(ctx context.Context, b *Block) (Verdict, error)
}

// Aux is a coin that accepts a parent's proof of work.
type Aux interface {
	Coin

	// AuxWork streams auxiliary work, the present one first. Parents carries
	// the parent's tip for the chains whose work depends on it; the others
	// ignore it. The caller never closes parents.
	AuxWork(ctx context.Context, parents <-chan ParentTip, out chan<- *AuxWork) error

	// SubmitAux hands a proof to the node that made the work, or to all where
	// any node can take it.
	SubmitAux(ctx context.Context, p *AuxProof) (Verdict, error)
}

// MaxHashBatch is the most headers that one HashBatch is asked for.
const MaxHashBatch = 1024

// Hasher computes an algorithm that the engine does not have.
type Hasher interface {
	Coin

	// HashBatch hashes headers, a concatenation of len(headers)/size headers
	// of size bytes each, and writes the 32-byte little-endian results to
	// out in the same order. Param is the job's hash parameter. A batch has 0 to
	// MaxHashBatch headers. The result depends on nothing but the arguments.
	HashBatch(ctx context.Context, size int, headers, param []byte, out []Hash) error
}

// Payee is a decoded address.
type Payee struct {
	Valid   bool
	Reason  string // why not, for the person who typed it
	Address string // canonical form
	Script  []byte // output script that pays it
}

// BlockState says where a block is.
type BlockState uint8

// The states of a block as a node sees it.
const (
	BlockUnknown   BlockState = iota + 1 // the node does not know it
	BlockSide                            // known, not on the best chain
	BlockBestChain                       // on the best chain
)

func (s BlockState) String() string {
	switch s {
	case BlockUnknown:
		return "unknown"
	case BlockSide:
		return "side branch"
	case BlockBestChain:
		return "best chain"
	}
	return "invalid"
}

// BlockStatus is a node's answer about a block.
type BlockStatus struct {
	State         BlockState
	Confirmations uint64 // 1 for the tip; 0 unless on the best chain
	Height        uint64
	Node          string // which node said so
	Note          string // in words, where the state does not say all: "uncle, named by block 7"
}

// VerdictCode is what a node made of a submission.
type VerdictCode uint8

// The verdicts. None of them means "on the best chain": see BlockStatus.
const (
	Received  VerdictCode = iota + 1 // taken in
	Duplicate                        // was in already
	Stale                            // too late: the work is no longer known or not the tip's child
	Rejected                         // refused for a reason
)

func (c VerdictCode) String() string {
	switch c {
	case Received:
		return "received"
	case Duplicate:
		return "duplicate"
	case Stale:
		return "stale"
	case Rejected:
		return "rejected"
	}
	return "invalid"
}

// Verdict is a node's answer to a submission.
type Verdict struct {
	Code   VerdictCode
	Reason string // the node's own words; empty when it said nothing
	Node   string // which node
}

// HealthState is the state of a coin or of one of its nodes.
type HealthState uint8

// The health states, best last but one: Ready is the good one.
const (
	HealthStarting HealthState = iota + 1 // not asked yet
	HealthDown                            // no node answers
	HealthSyncing                         // a node answers but has no usable tip yet
	HealthDegraded                        // works, with something the operator should know
	HealthReady                           // works
)

func (s HealthState) String() string {
	switch s {
	case HealthStarting:
		return "starting"
	case HealthDown:
		return "down"
	case HealthSyncing:
		return "syncing"
	case HealthDegraded:
		return "degraded"
	case HealthReady:
		return "ready"
	}
	return "invalid"
}

// Health is the state of a coin.
type Health struct {
	State   HealthState
	Message string // for the operator: what is wrong and what to do
	Height  uint64 // of the best tip known
	Tip     Hash
	Nodes   []NodeHealth
}

// NodeHealth is the state of one node of a coin.
type NodeHealth struct {
	Node    string // its address without credentials
	State   HealthState
	Message string
	Height  uint64
	Tip     Hash // its best block; zero when it is not known
	Peers   int
	Version string // as the node names itself
	News    string // how it announces blocks: "websocket", "zmq", "poll"
	Missed  uint64 // blocks that it did not announce though it should have: asking it found them
}
