package sharelog

// Kind tells records apart.
type Kind uint8

// The kinds of records. See the package comment for their layouts.
const (
	kindMark     Kind = 0 // start of a write; never handed out
	KindShare    Kind = 1
	KindRejects  Kind = 2
	KindJob      Kind = 3
	KindBlock    Kind = 4
	kindJob2     Kind = 5 // a job with fees; handed out as KindJob
	kindBlock2   Kind = 6 // a block with fees; handed out as KindBlock
	KindTerms    Kind = 7
	KindPayment  Kind = 8
	KindSettings Kind = 9
	KindCoinbase Kind = 10
)

// Share is one accepted share. Together Job, Extranonce, NTime, Nonce and
// Version are what was hashed.
type Share struct {
	Time       int64 // Unix milliseconds
	Pool       string
	Account    string
	Worker     string
	Job        uint64
	Extranonce []byte // extranonce1 and 2
	NTime      uint32
	Nonce      uint32
	Version    uint32  // of the solved header, rolled bits included
	Difficulty float64 // credited
	Achieved   float64 // of the hash
	Height     uint64  // of the parent
}

// Rejects counts submissions of one worker that were turned away for one reason.
type Rejects struct {
	Time    int64 // Unix milliseconds
	Pool    string
	Account string
	Worker  string
	Reason  string
	Count   uint64
	Work    float64 // sum of their difficulty, where known
}

// Job is written once for each job before it is given out, so that a share's
// network difficulties can be looked up.
type Job struct {
	ID     uint64
	Time   int64 // Unix milliseconds
	Pool   string
	Chains []JobChain // the parent first
}

// JobChain is one chain of a job's snapshot.
type JobChain struct {
	Name       string
	Height     uint64
	Difficulty float64 // of the network, in the pool's unit of difficulty
	Reward     uint64  // in the chain's base units
	Fees       uint64  // the part of it that is fees; 0 where the coin does not say
}

// Terms are the rules by which a chain's rewards are divided from here on in a
// pool, so that the log alone says who is owed what.
type Terms struct {
	Time   int64 // Unix milliseconds
	Pool   string
	Chain  string
	Scheme string // solo, prop, pplns, pps, fpps, pps+
	FeeBPS uint32 // hundredths of a percent
	Window uint64 // of pplns, in millionths of the network's difficulty
	Payout string // pool: the operator has the block and pays; miner: the coinbase has paid the finder
}

// Block is one change of state of a found block.
type Block struct {
	Time          int64 // Unix milliseconds
	Pool          string
	Chain         string
	Hash          [32]byte // internal byte order
	Height        uint64
	State         string
	Account       string
	Worker        string
	Job           uint64
	Reward        uint64  // in the chain's base units
	Fees          uint64  // the part of it that is fees; 0 where the coin does not say
	Difficulty    float64 // achieved by the share that solved it
	Confirmations uint64
	Reason        string // cut to 4096 bytes
	Node          string // cut to 4096 bytes
}

// Payment is one change of state of a payment: one transaction with an output for
// each account, or for each group of accounts that share an address. The first
// record of an ID has all of it; those that follow have no outputs and no
// transaction, and change the state.
type Payment struct {
	ID      uint64
	Time    int64 // Unix milliseconds
	Pool    string
	Chain   string
	State   string // prepared, sent, confirmed, failed
	TxID    string // as the chain's people print it
	Fee     uint64 // base units; the operator's, no account bears it
	Reason  string // cut to 4096 bytes
	Raw     []byte // the signed transaction
	Outputs []PaymentOutput
}

// PaymentOutput is what one account gets of a payment.
type PaymentOutput struct {
	Account string
	Address string
	Amount  uint64 // base units
}

// Coinbase is what the coinbase of a found block pays to accounts. It stands in
// front of the block's first record; the first one of a block counts.
type Coinbase struct {
	Time     int64 // Unix milliseconds
	Pool     string
	Chain    string
	Hash     [32]byte // of the block, internal byte order
	Operator uint64   // base units of the operator's own output
	Outputs  []CoinbaseOutput
}

// CoinbaseOutput is what one account gets of a coinbase.
type CoinbaseOutput struct {
	Account string
	Amount  uint64 // base units
}

// Settings are what the owner of an account has set, or the operator for it. What
// the newest one says of a key replaces what was said of it before.
type Settings struct {
	Time      int64 // Unix milliseconds, when it was taken
	Stated    int64 // Unix milliseconds, what the message says; with By owner it grows
	Pool      string
	Account   string
	By        string // owner: who can sign for the account's address; operator
	Message   string // what was signed; empty with By operator
	Signature string
	Set       []Setting
}

// Setting is one thing that is set.
type Setting struct {
	Key     string // payout, minimum, donation
	Chain   string // of payout and minimum
	Address string // of payout; empty: none any more
	Amount  uint64 // of minimum in base units, 0: none; of donation in hundredths of a percent
}

// Record is one record; the pointer that Kind names is set. It belongs to the
// Reader and is valid until its next Next; strings may be kept.
type Record struct {
	Kind     Kind
	Share    *Share
	Rejects  *Rejects
	Job      *Job
	Block    *Block
	Terms    *Terms
	Payment  *Payment
	Settings *Settings
	Coinbase *Coinbase
}
