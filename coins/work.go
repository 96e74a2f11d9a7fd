package coins

// Reason says why a template or a piece of aux work was sent.
type Reason uint8

// The reasons.
const (
	NewTip  Reason = iota + 1 // the tip changed: older parent work is worthless
	NewTxs                    // more fees at the same tip
	Refresh                   // nothing but time has changed
)

func (r Reason) String() string {
	switch r {
	case NewTip:
		return "new tip"
	case NewTxs:
		return "new transactions"
	case Refresh:
		return "refresh"
	}
	return "invalid"
}

// Template is engine-ready parent work. Exactly one of Tree and Blob is set.
type Template struct {
	ID       uint64 // grows for the life of the coin's process
	Reason   Reason
	Height   uint64 // of the block to be found
	PrevHash Hash
	Target   [32]byte // big-endian; what the block's hash must not exceed
	Reward   uint64   // base units the coinbase may pay: subsidy and fees
	Fees     uint64   // the part of Reward that is fees, where the node says so
	Time     int64    // block time to start from, Unix seconds
	MinTime  int64    // earliest block time that the chain accepts
	MaxTime  int64    // latest; 0 when the node does not say
	Node     string   // node that made it
	Source   string   // how the news of it came: "websocket", "zmq", "notify", "poll", "start"
	Heard    int64    // when the coin first heard of the tip PrevHash, Unix nanoseconds; 0 when it does not say

	Tree *CoinbaseTree // the Bitcoin family
	Blob *HeaderBlob   // Tari's SHA3x, the CryptoNote family
}

// CoinbaseTree is work whose 80-byte header commits to transactions by a merkle
// tree with our own coinbase as its first leaf.
type CoinbaseTree struct {
	Version         uint32
	VersionMask     uint32 // version bits that may be rolled for this block
	Bits            uint32
	Branch          []Hash // merkle branch of the coinbase, leaf to root
	CoinbaseVersion uint32
	ScriptPrefix    []byte   // the height push that the scriptSig starts with
	ScriptLimit     int      // longest scriptSig that the chain allows, 100
	Outputs         []Output // required outputs: witness commitment, developer funds
	Payload         []byte   // bytes after the lock time (special transactions of forks)
	LockTime        uint32
	WitnessReserved []byte // the coinbase's witness item, 32 bytes; nil for no witness
	TxCount         int    // transactions in TxBlob, without the coinbase
	TxBlob          []byte // their serialisations, concatenated
	Trailer         []byte // what follows the transactions (Litecoin's MWEB block)
}

// HeaderBlob is work whose header the coin has made; the engine only searches
// a nonce in it.
type HeaderBlob struct {
	Header           []byte
	NonceOffset      int // bytes of Header that the search may change
	NonceSize        int
	ExtranonceOffset int // the part of the nonce range that tells sessions apart
	ExtranonceSize   int
	HashParam        []byte
	Opaque           []byte // handed back in Block.Opaque
}

// Output is one output of a coinbase.
type Output struct {
	Value  uint64 // base units
	Script []byte
}

// Block is a solved block.
type Block struct {
	TemplateID uint64
	Height     uint64
	Hash       Hash   // its id
	PrevHash   Hash   // the block it builds on
	Raw        []byte // the whole serialisation; for HeaderBlob work the solved header
	Opaque     []byte // HeaderBlob.Opaque
}

// AuxWork is a block of an auxiliary chain that waits for a proof. Exactly one
// of Slot and Output is set.
type AuxWork struct {
	ID       uint64 // grows for the life of the coin's process
	Hash     Hash   // what is committed to
	PrevHash Hash   // identity of the chain's tip; never compare Hash for that
	Height   uint64
	Bits     uint32   // compact form of Target
	Target   [32]byte // big-endian, derived from the bits
	Reward   uint64   // base units
	Node     string   // node that made it
	Source   string   // how the news of it came
	Heard    int64    // when the coin first heard of the tip PrevHash, Unix nanoseconds; 0 when it does not say
	Opaque   []byte   // handed back in AuxProof.Opaque

	Slot   *Slot             // a leaf of the merged-mining tree
	Output *OutputCommitment // a script in an output of the parent's coinbase

	ExtraOutputs    []Output // outputs the parent's coinbase must carry (Syscoin)
	Rules           AuxRules
	DependsOnParent bool // must be fetched again when the parent's tip moves
	ParentHash      Hash // with DependsOnParent: the parent's tip that it is for; zero when the coin does not say
}

// Slot is a commitment by a leaf of the merged-mining tree.
type Slot struct {
	ChainID uint32
}

// OutputCommitment is a commitment by an output of the parent's coinbase.
type OutputCommitment struct {
	Script   []byte // contains the hash
	Weight   int    // order among such outputs, lowest first; the heaviest is last
	MaxAfter int    // most bytes of the coinbase that may follow the script; 0 for no limit
}

// AuxRules are the checks in which auxiliary chains differ.
type AuxRules struct {
	StrictID      bool // refuses a parent whose version carries this chain's id
	IndexZero     bool // checks that the serialised coinbase index is 0
	NoAuxParent   bool // refuses a parent whose version has bit 8 (itself merge-mined)
	MagicRequired bool // has no fallback for a root without the magic
	Uncles        bool // a block that is late may still earn: it is submitted though the chain has grown
}

// ParentTip is the tip of the parent chain, for aux work that depends on it.
type ParentTip struct {
	Hash   Hash
	Height uint64
}

// AuxProof proves that a parent's work was done for aux work.
type AuxProof struct {
	WorkID uint64
	Node   string // AuxWork.Node
	Hash   Hash   // AuxWork.Hash
	Height uint64 // AuxWork.Height
	Opaque []byte // AuxWork.Opaque

	ParentHash       Hash
	ParentHeader     []byte // 80 bytes
	Coinbase         []byte // as the parent's block carries it, with witness
	CoinbaseStripped []byte // without witness: what its txid is the hash of
	Branch           []Hash // of the coinbase in the parent's merkle tree
	TxCount          int    // transactions in the parent's block, with the coinbase
	ChainBranch      []Hash // of the aux hash in the merged-mining tree; empty for outputs
	ChainIndex       uint32 // its slot
	OutputOffset     int    // offset of the committing output's script in CoinbaseStripped
}
