package auxpow

// Slot returns the only place in a tree of 2^height leaves at which a node
// looks for the chain with that id. All is modulo 2^32, height is 0 to
// MaxHeight.
//
// Two ids share a slot if and only if they are equal modulo 2^height, whatever
// the nonce: the multiplier is odd and therefore invertible, and what is added
// keeps the difference.
//
// Source: getExpectedIndex of Namecoin Core's auxpow.cpp.
func Slot(nonce, chainID uint32, height int) uint32 {
	const multiplier, increment = 1103515245, 12345

	r := nonce*multiplier + increment
	r += chainID
	r = r*multiplier + increment
	return r & (1<<height - 1)
}
