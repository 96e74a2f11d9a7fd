package namecoin

// ErrorKind is the kind of an error of this package; it works with errors.Is.
type ErrorKind string

// The kinds.
const (
	ErrChainID = ErrorKind("node's chain id is not the configured one")
	ErrTarget  = ErrorKind("node's target is not what its bits say")
	ErrReply   = ErrorKind("node's aux work cannot be read")
	ErrSyncing = ErrorKind("node is catching up with the chain")
	ErrNoMode  = ErrorKind("no node offers a way to get aux work")
	ErrOpaque  = ErrorKind("kept aux work cannot be read")
	ErrParent  = ErrorKind("node wants to know the parent's tip, and nobody has told it")
	ErrUnsaid  = ErrorKind("node does not say what is wrong")
	ErrProof   = ErrorKind("proof is incomplete")
)

// Error makes a kind an error.
func (k ErrorKind) Error() string { return string(k) }
