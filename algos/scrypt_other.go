//go:build !amd64

package algos

// scryptVector is false: this machine has the plain code only.
const scryptVector = false

func scryptMix4(*[scryptWidth][32]uint32, *[4 * scryptWidth * 8]uint32, *[scryptWidth][scryptN][32]uint32) {
	panic("algos: no vector code for this machine")
}
