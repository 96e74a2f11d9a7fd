package algos

import "golang.org/x/sys/cpu"

// scryptVector reports whether scryptMix4 can run here.
var scryptVector = cpu.X86.HasAVX2

// scryptMix4 is scryptROMix (RFC 7914, section 5) with N=1024 and r=1 on the four
// blocks of x, by AVX2. Their words are in the order of the variable diagonal; v
// and work are scratch.
//
//go:noescape
func scryptMix4(x *[scryptWidth][32]uint32, work *[4 * scryptWidth * 8]uint32, v *[scryptWidth][scryptN][32]uint32)
