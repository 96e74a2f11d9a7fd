package coins

import "context"

// MessageError is a kind of error of a MessageVerifier; it works with errors.Is.
// Errors of these kinds are answers, for the person who signed; any other error
// means that nobody knows.
type MessageError string

// Error returns the text of the kind.
func (e MessageError) Error() string { return string(e) }

// The kinds of errors of a MessageVerifier.
const (
	ErrBadSignature       MessageError = "signature is not of this address over this message"
	ErrMalformedSignature MessageError = "signature cannot be read"
	ErrAddressKind        MessageError = "messages signed with this kind of address cannot be verified"
	ErrMessageAddress     MessageError = "not an address of this coin"
)

// MessageVerifier is a coin that can tell whether the owner of an address has
// signed a message. It needs no node.
type MessageVerifier interface {
	Coin

	// VerifyMessage returns nil if signature, in the text form that wallets show,
	// was made over message with the key that address is spent by. A message is
	// its bytes, to the last blank and line feed. Otherwise the error is of one
	// of the kinds of MessageError and says more for the person who signed, or is
	// another one where the answer is not known. White space around the
	// signature is ignored.
	VerifyMessage(ctx context.Context, address, message, signature string) error
}
