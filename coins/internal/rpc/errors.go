package rpc

import (
	"errors"
	"fmt"
)

// ErrorKind says why a call was not answered. It works with errors.Is.
type ErrorKind string

// The kinds. The texts are for operators.
const (
	ErrUnreachable = ErrorKind("node cannot be reached")
	ErrTimeout     = ErrorKind("node did not answer in time")
	ErrCredentials = ErrorKind("node refuses the user name and password, or its cookie file cannot be read")
	ErrWarmup      = ErrorKind("node is starting up")
	ErrBusy        = ErrorKind("node has too many connections or calls")
	ErrEmpty       = ErrorKind("node sent an empty reply")
	ErrReply       = ErrorKind("what answers is not a node's JSON-RPC server")
	ErrTooLarge    = ErrorKind("reply is larger than allowed")
)

// Error makes a kind an error.
func (k ErrorKind) Error() string { return string(k) }

// Error is a call that was not answered. The outcome of the call is unknown.
type Error struct {
	Node   string // host:port
	Method string
	Kind   ErrorKind
	Cause  error // nil when the kind says it all; never holds credentials
}

// Error is the message for an operator.
func (e *Error) Error() string {
	if e.Cause == nil {
		return fmt.Sprintf("%s of %s: %s", e.Method, e.Node, string(e.Kind))
	}
	return fmt.Sprintf("%s of %s: %s: %v", e.Method, e.Node, string(e.Kind), e.Cause)
}

// Unwrap gives the kind and the cause.
func (e *Error) Unwrap() []error {
	if e.Cause == nil {
		return []error{e.Kind}
	}
	return []error{e.Kind, e.Cause}
}

// NodeError is an answer: the node's own error object.
type NodeError struct {
	Node    string // host:port
	Method  string
	Code    int
	Message string
}

// Error is the node's words with its code.
func (e *NodeError) Error() string {
	return fmt.Sprintf("%s of %s: %s (code %d)", e.Method, e.Node, e.Message, e.Code)
}

// Codes that nodes of the family agree on. Others differ between nodes for one
// and the same thing: do not build on them.
const (
	CodeMisc           = -1 // also: wrong number of parameters
	CodeWallet         = -4 // trouble with the wallet
	CodeNotFound       = -5 // unknown block; a bad address on some
	CodeOutOfMemory    = -7
	CodeInvalidParam   = -8  // unknown height, missing rule, unknown aux hash
	CodeNotConnected   = -9  // no peer
	CodeInitialSync    = -10 // initial block download
	CodeKeypool        = -12 // the wallet has no more keys
	CodeLocked         = -13 // the wallet is locked
	CodeNoWallet       = -18 // no such wallet is loaded
	CodeDatabase       = -20
	CodeDeserialize    = -22    // not a block
	CodeWarmup         = -28    // starting up
	CodeNoP2P          = -31    // peer-to-peer is not running
	CodeMethodNotFound = -32601 // no such method
	CodeInternal       = -32603 // btcd: also "not in the main chain"
)

// Unanswered reports whether err means that the node gave no answer, so that
// the outcome of the call is unknown.
func Unanswered(err error) bool {
	var e *Error
	return errors.As(err, &e)
}

// AsNodeError returns the node's own error in err, nil when there is none.
func AsNodeError(err error) *NodeError {
	var e *NodeError
	if errors.As(err, &e) {
		return e
	}
	return nil
}
