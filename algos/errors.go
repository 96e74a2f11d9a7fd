package algos

// ErrorKind is a kind of error of this package. The errors that functions
// return wrap one of the constants below and add the value that was refused;
// tell them apart with errors.Is.
type ErrorKind string

// Error satisfies the error interface.
func (e ErrorKind) Error() string { return string(e) }

const (
	// ErrNegativeBits says that compact bits have their sign bit set on a
	// number that is not zero.
	ErrNegativeBits = ErrorKind("compact bits are negative")

	// ErrZeroBits says that compact bits stand for the target zero.
	ErrZeroBits = ErrorKind("compact bits are zero")

	// ErrOverflowBits says that compact bits stand for 2^256 or more.
	ErrOverflowBits = ErrorKind("compact bits overflow 256 bits")

	// ErrDifficulty says that a difficulty is no positive finite number.
	ErrDifficulty = ErrorKind("difficulty must be positive and finite")

	// ErrZeroHash says that a hash or target is zero where its difficulty,
	// a quotient, has no value.
	ErrZeroHash = ErrorKind("zero has no difficulty")

	// ErrUnknown says that no algorithm has the name asked for.
	ErrUnknown = ErrorKind("unknown algorithm")
)
