package personality

import "time"

// Evidence says how a trait is known.
type Evidence string

// The kinds of evidence, the strongest first.
const (
	Source     Evidence = "source"     // read in the miner's own public source
	Documented Evidence = "documented" // its maker or an operator says so
	Hearsay    Evidence = "hearsay"    // told by other people's pools
)

// Claim is one trait in a sentence, and where it is from.
type Claim struct {
	Text     string
	Evidence Evidence
	Where    string // repository, file, version; or who says it
}

// wait says how the reply to a request is found.
type wait int

const (
	byID         wait = iota // replies are told by their ids, whenever they come
	nextLine                 // the very next line is taken for the reply
	afterMethods             // lines with a known method are obeyed; the first other one is the reply
	never                    // nobody looks for it
)

// step is one request of the handshake.
type step struct {
	method string
	params func(*Miner) []any
	wait   wait
	within time.Duration // to the first byte of a line; 0: the connection's own limit
	// bearable: silence is no fault, the handshake goes on.
	bearable bool
}

// Traits are what is known of one miner. Limits of zero are none.
type Traits struct {
	Name    string // as in docs/miners.md
	Agent   string // user agent of mining.subscribe; empty: none is given
	Sources []Claim

	// Requests. The formats take the id, the method and the parameters.
	request, submission string
	firstID             int
	submitID            int // of every submission; 0: ids go on counting
	steps               []step
	admitted            []step // sent once the worker is admitted
	keepAlive           time.Duration
	resume              bool // the old session id goes with the next subscribe
	userCut             int  // user names are cut to so many bytes
	requestMax          int  // bytes of a submission with its line feed
	sixth               sixth
	numbers             bool // time and nonce as JSON numbers

	// Lines.
	silence, lineTime time.Duration // to the first byte of a line; from there to its end
	lineMax           int           // bytes with the line feed
	strict            bool          // what is unknown or malformed ends the connection
	badJSONEnds       bool          // a line that is no JSON ends the connection
	errorKey          bool          // replies must have the member error
	methods           []string      // beyond the usual ones

	// Handshake.
	extranonce1Max       int // bytes
	n2min, n2max         int
	n2even               bool // 2, 4 or 8 bytes and nothing else
	oneExtranonce2       bool // always 1, big-endian; nonces are never repeated instead
	rolling              bool // useless without version rolling
	extranonceMust       bool // extranonce.subscribe must not be refused
	maskOnlyWhenAdmitted bool

	// Jobs.
	params        int // of mining.notify, at least
	paramsExact   bool
	branchMax     int
	jobIDHex      bool
	jobMemory     int           // job ids that are remembered; a repeated one without clean is ignored
	jobSame       bool          // the present job's id again is ignored, clean or not
	firstJob      time.Duration // longest wait for the first job
	nextJob       time.Duration // longest wait for any other
	coinbaseMax   int           // bytes of the whole coinbase
	coinbaseTail  int           // bytes from the 64-byte block on that extranonce2 begins in
	verifiesOwner bool          // Options.Payout and MaxFee are looked at

	// Difficulty, multiplied by Options.Scale where it is compared.
	stacked    bool // one set_difficulty for each job, in turn
	whole      bool
	diffMin    float64
	diffMax    float64
	defaultDif float64 // before the first set_difficulty

	// Coming back: after a connection that could not be had, a handshake that
	// failed, a connection that was lost.
	retryDial, retryLogin, retryLost time.Duration
}

// sixth says when a submission has a sixth parameter.
type sixth int

const (
	neverSixth  sixth = iota
	whenGranted       // once a mask was granted
	alwaysSixth
)

// All are the personalities, in the order of docs/miners.md.
func All() []Traits {
	return []Traits{
		CPUMiner(), CGMiner(), Antminer(), AntminerS21(), Braiins(), Whatsminer(), Avalon(),
		Bitaxe(), NerdQAxe(), NerdMiner(), NiceHash(), MiningRigRentals(), Numbers(),
	}
}
