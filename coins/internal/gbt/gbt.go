package gbt

import (
	"fmt"
	"slices"
	"sync"

	"github.com/motherlode-pool/motherlode/algos"
	"github.com/motherlode-pool/motherlode/coins"
	"github.com/motherlode-pool/motherlode/coins/internal/block"
)

// ErrorKind is the kind of a refused template; it works with errors.Is.
type ErrorKind string

// The kinds.
const (
	ErrFormat     = ErrorKind("template cannot be read")
	ErrMissing    = ErrorKind("template lacks a field")
	ErrTarget     = ErrorKind("template's target is not what its bits say")
	ErrCommitment = ErrorKind("template's witness commitment is not that of its transactions")
	ErrRule       = ErrorKind("template demands a rule that is not supported")
	ErrRequired   = ErrorKind("template's required output cannot be used")
	ErrVersion    = ErrorKind("template's version is not of this coin's making")
	ErrMWEB       = ErrorKind("template's MWEB block and rules contradict each other")
)

// Error makes a kind an error.
func (k ErrorKind) Error() string { return string(k) }

// Witness says how to know whether a block gets a witness.
type Witness uint8

// The ways.
const (
	WitnessByRules     Witness = iota // when the template's rules name segwit
	WitnessAlways                     // whatever the rules say
	WitnessNever                      // the chain has none
	WitnessUnlessRules                // as the rules say, and when there are none (btcd)
)

// The protocol's numbers.
const (
	// scriptLimit is the longest scriptSig of a coinbase.
	scriptLimit = 100

	// coinbaseVersion is the transaction version of our coinbases.
	coinbaseVersion = 2
)

// Options are what the coin knows and the template does not say.
type Options struct {
	Witness     Witness
	MWEB        bool   // the chain may carry an MWEB block after the transactions
	VersionMask uint32 // version bits that the coin lets miners roll
	VersionBits Bits   // version bits that every template of this coin has

	Rules           []string // further rules that the coin follows, when a template demands them
	CoinbaseVersion uint32   // transaction version of the coinbase; 0 means 2
	Required        []Required
	Payload         Payload
}

// Template is a decoded reply.
type Template struct {
	*coins.Template // without ID, Reason, Node and Source, which the caller knows

	Rules      []string // without the leading "!"
	Proposals  bool     // the node says that it tests proposals
	LongPollID string
}

// Decode decodes the result of getblocktemplate. The transactions stay in the
// node's order, which some chains prescribe. Bits of the version may lie inside
// the mask: whoever makes a job of the template clears them there. Errors are
// of the kinds above.
func Decode(result []byte, opt Options) (*Template, error) {
	w := newWire(result, opt.want())
	if err := w.scan(result); err != nil {
		return nil, err
	}
	if err := w.complete(); err != nil {
		return nil, err
	}
	if err := w.follows(opt); err != nil {
		return nil, err
	}
	target, err := w.checkedTarget()
	if err != nil {
		return nil, err
	}
	tree, err := w.tree(opt)
	if err != nil {
		return nil, err
	}
	return &Template{
		Template: &coins.Template{
			Height:   w.height,
			PrevHash: w.prev,
			Target:   target,
			Reward:   w.reward,
			Fees:     w.fees,
			Time:     w.time,
			MinTime:  w.minTime,
			MaxTime:  w.maxTime,
			Tree:     tree,
		},
		Rules:      w.rules,
		Proposals:  w.proposals,
		LongPollID: w.longPollID,
	}, nil
}

// follows checks that the template demands nothing that we cannot do.
func (w *wire) follows(opt Options) error {
	for _, r := range w.demanded {
		if !supported(r, opt) {
			return fmt.Errorf("%w: %q", ErrRule, r)
		}
	}
	if w.signetChallenge != "" && w.signetChallenge != "51" {
		return fmt.Errorf("%w: this signet wants signed blocks (challenge %.80s)", ErrRule, w.signetChallenge)
	}
	if fixed := opt.VersionBits; w.version&fixed.Mask != fixed.Value {
		return fmt.Errorf("%w: version %08x has %08x within %08x, expected %08x: it is for another algorithm",
			ErrVersion, w.version, w.version&fixed.Mask, fixed.Mask, fixed.Value)
	}

	// Bits that the version signals stay inside the mask: the engine clears them
	// in the job, so that miners who set, flip or replace rolled bits all agree.
	if w.vbRequired&opt.VersionMask != 0 {
		return fmt.Errorf("%w: the node demands version bits %08x, which miners may roll within the mask %08x; narrow the mask", ErrRule, w.vbRequired, opt.VersionMask)
	}
	return nil
}

// tree makes the work, and settles the reward.
func (w *wire) tree(opt Options) (*coins.CoinbaseTree, error) {
	// Two trees over thousands of transactions are milliseconds each.
	var both sync.WaitGroup
	var commitment coins.Hash
	witness := w.wantsWitness(opt.Witness)
	if witness {
		both.Go(func() { commitment = block.Commitment(w.hashes, [32]byte{}) })
	}
	branch := block.Branch(w.txids)
	both.Wait()

	tree := &coins.CoinbaseTree{
		Version:         w.version,
		VersionMask:     opt.VersionMask,
		Bits:            w.bits,
		Branch:          branch,
		CoinbaseVersion: coinbaseVersion,
		ScriptPrefix:    block.HeightPush(w.height),
		ScriptLimit:     scriptLimit,
		TxCount:         len(w.txids),
		TxBlob:          w.blob,
	}
	if opt.CoinbaseVersion != 0 {
		tree.CoinbaseVersion = opt.CoinbaseVersion
	}
	if err := w.addRequired(tree, opt.Required); err != nil {
		return nil, err
	}
	if err := w.addPayload(tree, opt.Payload); err != nil {
		return nil, err
	}
	if witness {
		if err := w.addWitness(tree, commitment); err != nil {
			return nil, err
		}
	}
	if opt.MWEB {
		if err := w.addMWEB(tree); err != nil {
			return nil, err
		}
	}
	return tree, nil
}

func (w *wire) wantsWitness(mode Witness) bool {
	switch mode {
	case WitnessAlways:
		return true
	case WitnessNever:
		return false
	case WitnessUnlessRules:
		return !w.hasRules || w.has("segwit")
	}
	return w.has("segwit")
}

// supported reports whether we can follow a rule that a template demands of
// its reader by a leading "!".
func supported(rule string, opt Options) bool {
	switch rule {
	case "segwit":
		return opt.Witness != WitnessNever
	case "mweb":
		return opt.MWEB
	case "csv", "taproot", "signet", "testdummy":
		return true
	}
	return slices.Contains(opt.Rules, rule)
}

// checkedTarget expands the bits and compares them with the node's target.
func (w *wire) checkedTarget() ([32]byte, error) {
	target, err := algos.FromBits(w.bits)
	if err != nil {
		return target, fmt.Errorf("%w: bits: %w", ErrFormat, err)
	}
	if w.hasTarget && target != w.target {
		return target, fmt.Errorf("%w: bits %08x are %s, target is %s", ErrTarget, w.bits, target, algos.Target(w.target))
	}
	return target, nil
}

// addWitness adds the coinbase's witness, 32 zeros, and own, the commitment to
// all others with them.
func (w *wire) addWitness(tree *coins.CoinbaseTree, own coins.Hash) error {
	switch theirs := w.commitment; {
	case theirs == nil:
	case len(theirs) == 32 && string(theirs) == string(own[:]):
	case len(theirs) >= 38 && string(theirs[:38]) == string(block.CommitmentScript(own)):
	default:
		return fmt.Errorf("%w: ours is %x, the node's %x", ErrCommitment, own[:], theirs)
	}
	tree.WitnessReserved = make([]byte, 32)
	tree.Outputs = append(tree.Outputs, coins.Output{Script: block.CommitmentScript(own)})
	return nil
}

// addMWEB adds the extension block, which follows the transactions after a
// byte that says that it is there.
func (w *wire) addMWEB(tree *coins.CoinbaseTree) error {
	switch {
	case w.mweb != nil:
		tree.Trailer = append([]byte{1}, w.mweb...)
	case w.has("mweb"):
		return fmt.Errorf("%w: the rule is active but there is no mweb field", ErrMWEB)
	}
	return nil
}
