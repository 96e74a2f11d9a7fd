package algos

import "math/bits"

// salsa8 writes salsa20/8(a xor b) to dst, the core of scryptBlockMix (RFC 7914,
// section 3). Dst may be a or b. All four double rounds are written out, over
// sixteen variables: a loop makes the compiler move them all at every turn and
// costs a tenth more, an array would not leave memory at all. Each quarter
// round takes four lines:
//
//	b ^= (a + d) <<< 7
//	c ^= (b + a) <<< 9
//	d ^= (c + b) <<< 13
//	a ^= (d + c) <<< 18
func salsa8(dst, a, b *[16]uint32) {
	x0 := a[0] ^ b[0]
	x1 := a[1] ^ b[1]
	x2 := a[2] ^ b[2]
	x3 := a[3] ^ b[3]
	x4 := a[4] ^ b[4]
	x5 := a[5] ^ b[5]
	x6 := a[6] ^ b[6]
	x7 := a[7] ^ b[7]
	x8 := a[8] ^ b[8]
	x9 := a[9] ^ b[9]
	x10 := a[10] ^ b[10]
	x11 := a[11] ^ b[11]
	x12 := a[12] ^ b[12]
	x13 := a[13] ^ b[13]
	x14 := a[14] ^ b[14]
	x15 := a[15] ^ b[15]

	// Double round 1: the columns, then the rows.
	x4 ^= bits.RotateLeft32(x0+x12, 7)
	x8 ^= bits.RotateLeft32(x4+x0, 9)
	x12 ^= bits.RotateLeft32(x8+x4, 13)
	x0 ^= bits.RotateLeft32(x12+x8, 18)
	x9 ^= bits.RotateLeft32(x5+x1, 7)
	x13 ^= bits.RotateLeft32(x9+x5, 9)
	x1 ^= bits.RotateLeft32(x13+x9, 13)
	x5 ^= bits.RotateLeft32(x1+x13, 18)
	x14 ^= bits.RotateLeft32(x10+x6, 7)
	x2 ^= bits.RotateLeft32(x14+x10, 9)
	x6 ^= bits.RotateLeft32(x2+x14, 13)
	x10 ^= bits.RotateLeft32(x6+x2, 18)
	x3 ^= bits.RotateLeft32(x15+x11, 7)
	x7 ^= bits.RotateLeft32(x3+x15, 9)
	x11 ^= bits.RotateLeft32(x7+x3, 13)
	x15 ^= bits.RotateLeft32(x11+x7, 18)

	x1 ^= bits.RotateLeft32(x0+x3, 7)
	x2 ^= bits.RotateLeft32(x1+x0, 9)
	x3 ^= bits.RotateLeft32(x2+x1, 13)
	x0 ^= bits.RotateLeft32(x3+x2, 18)
	x6 ^= bits.RotateLeft32(x5+x4, 7)
	x7 ^= bits.RotateLeft32(x6+x5, 9)
	x4 ^= bits.RotateLeft32(x7+x6, 13)
	x5 ^= bits.RotateLeft32(x4+x7, 18)
	x11 ^= bits.RotateLeft32(x10+x9, 7)
	x8 ^= bits.RotateLeft32(x11+x10, 9)
	x9 ^= bits.RotateLeft32(x8+x11, 13)
	x10 ^= bits.RotateLeft32(x9+x8, 18)
	x12 ^= bits.RotateLeft32(x15+x14, 7)
	x13 ^= bits.RotateLeft32(x12+x15, 9)
	x14 ^= bits.RotateLeft32(x13+x12, 13)
	x15 ^= bits.RotateLeft32(x14+x13, 18)

	// Double round 2: the columns, then the rows.
	x4 ^= bits.RotateLeft32(x0+x12, 7)
	x8 ^= bits.RotateLeft32(x4+x0, 9)
	x12 ^= bits.RotateLeft32(x8+x4, 13)
	x0 ^= bits.RotateLeft32(x12+x8, 18)
	x9 ^= bits.RotateLeft32(x5+x1, 7)
	x13 ^= bits.RotateLeft32(x9+x5, 9)
	x1 ^= bits.RotateLeft32(x13+x9, 13)
	x5 ^= bits.RotateLeft32(x1+x13, 18)
	x14 ^= bits.RotateLeft32(x10+x6, 7)
	x2 ^= bits.RotateLeft32(x14+x10, 9)
	x6 ^= bits.RotateLeft32(x2+x14, 13)
	x10 ^= bits.RotateLeft32(x6+x2, 18)
	x3 ^= bits.RotateLeft32(x15+x11, 7)
	x7 ^= bits.RotateLeft32(x3+x15, 9)
	x11 ^= bits.RotateLeft32(x7+x3, 13)
	x15 ^= bits.RotateLeft32(x11+x7, 18)

	x1 ^= bits.RotateLeft32(x0+x3, 7)
	x2 ^= bits.RotateLeft32(x1+x0, 9)
	x3 ^= bits.RotateLeft32(x2+x1, 13)
	x0 ^= bits.RotateLeft32(x3+x2, 18)
	x6 ^= bits.RotateLeft32(x5+x4, 7)
	x7 ^= bits.RotateLeft32(x6+x5, 9)
	x4 ^= bits.RotateLeft32(x7+x6, 13)
	x5 ^= bits.RotateLeft32(x4+x7, 18)
	x11 ^= bits.RotateLeft32(x10+x9, 7)
	x8 ^= bits.RotateLeft32(x11+x10, 9)
	x9 ^= bits.RotateLeft32(x8+x11, 13)
	x10 ^= bits.RotateLeft32(x9+x8, 18)
	x12 ^= bits.RotateLeft32(x15+x14, 7)
	x13 ^= bits.RotateLeft32(x12+x15, 9)
	x14 ^= bits.RotateLeft32(x13+x12, 13)
	x15 ^= bits.RotateLeft32(x14+x13, 18)

	// Double round 3: the columns, then the rows.
	x4 ^= bits.RotateLeft32(x0+x12, 7)
	x8 ^= bits.RotateLeft32(x4+x0, 9)
	x12 ^= bits.RotateLeft32(x8+x4, 13)
	x0 ^= bits.RotateLeft32(x12+x8, 18)
	x9 ^= bits.RotateLeft32(x5+x1, 7)
	x13 ^= bits.RotateLeft32(x9+x5, 9)
	x1 ^= bits.RotateLeft32(x13+x9, 13)
	x5 ^= bits.RotateLeft32(x1+x13, 18)
	x14 ^= bits.RotateLeft32(x10+x6, 7)
	x2 ^= bits.RotateLeft32(x14+x10, 9)
	x6 ^= bits.RotateLeft32(x2+x14, 13)
	x10 ^= bits.RotateLeft32(x6+x2, 18)
	x3 ^= bits.RotateLeft32(x15+x11, 7)
	x7 ^= bits.RotateLeft32(x3+x15, 9)
	x11 ^= bits.RotateLeft32(x7+x3, 13)
	x15 ^= bits.RotateLeft32(x11+x7, 18)

	x1 ^= bits.RotateLeft32(x0+x3, 7)
	x2 ^= bits.RotateLeft32(x1+x0, 9)
	x3 ^= bits.RotateLeft32(x2+x1, 13)
	x0 ^= bits.RotateLeft32(x3+x2, 18)
	x6 ^= bits.RotateLeft32(x5+x4, 7)
	x7 ^= bits.RotateLeft32(x6+x5, 9)
	x4 ^= bits.RotateLeft32(x7+x6, 13)
	x5 ^= bits.RotateLeft32(x4+x7, 18)
	x11 ^= bits.RotateLeft32(x10+x9, 7)
	x8 ^= bits.RotateLeft32(x11+x10, 9)
	x9 ^= bits.RotateLeft32(x8+x11, 13)
	x10 ^= bits.RotateLeft32(x9+x8, 18)
	x12 ^= bits.RotateLeft32(x15+x14, 7)
	x13 ^= bits.RotateLeft32(x12+x15, 9)
	x14 ^= bits.RotateLeft32(x13+x12, 13)
	x15 ^= bits.RotateLeft32(x14+x13, 18)

	// Double round 4: the columns, then the rows.
	x4 ^= bits.RotateLeft32(x0+x12, 7)
	x8 ^= bits.RotateLeft32(x4+x0, 9)
	x12 ^= bits.RotateLeft32(x8+x4, 13)
	x0 ^= bits.RotateLeft32(x12+x8, 18)
	x9 ^= bits.RotateLeft32(x5+x1, 7)
	x13 ^= bits.RotateLeft32(x9+x5, 9)
	x1 ^= bits.RotateLeft32(x13+x9, 13)
	x5 ^= bits.RotateLeft32(x1+x13, 18)
	x14 ^= bits.RotateLeft32(x10+x6, 7)
	x2 ^= bits.RotateLeft32(x14+x10, 9)
	x6 ^= bits.RotateLeft32(x2+x14, 13)
	x10 ^= bits.RotateLeft32(x6+x2, 18)
	x3 ^= bits.RotateLeft32(x15+x11, 7)
	x7 ^= bits.RotateLeft32(x3+x15, 9)
	x11 ^= bits.RotateLeft32(x7+x3, 13)
	x15 ^= bits.RotateLeft32(x11+x7, 18)

	x1 ^= bits.RotateLeft32(x0+x3, 7)
	x2 ^= bits.RotateLeft32(x1+x0, 9)
	x3 ^= bits.RotateLeft32(x2+x1, 13)
	x0 ^= bits.RotateLeft32(x3+x2, 18)
	x6 ^= bits.RotateLeft32(x5+x4, 7)
	x7 ^= bits.RotateLeft32(x6+x5, 9)
	x4 ^= bits.RotateLeft32(x7+x6, 13)
	x5 ^= bits.RotateLeft32(x4+x7, 18)
	x11 ^= bits.RotateLeft32(x10+x9, 7)
	x8 ^= bits.RotateLeft32(x11+x10, 9)
	x9 ^= bits.RotateLeft32(x8+x11, 13)
	x10 ^= bits.RotateLeft32(x9+x8, 18)
	x12 ^= bits.RotateLeft32(x15+x14, 7)
	x13 ^= bits.RotateLeft32(x12+x15, 9)
	x14 ^= bits.RotateLeft32(x13+x12, 13)
	x15 ^= bits.RotateLeft32(x14+x13, 18)

	// Add the input, read again: there is no room to keep it.
	dst[0] = x0 + (a[0] ^ b[0])
	dst[1] = x1 + (a[1] ^ b[1])
	dst[2] = x2 + (a[2] ^ b[2])
	dst[3] = x3 + (a[3] ^ b[3])
	dst[4] = x4 + (a[4] ^ b[4])
	dst[5] = x5 + (a[5] ^ b[5])
	dst[6] = x6 + (a[6] ^ b[6])
	dst[7] = x7 + (a[7] ^ b[7])
	dst[8] = x8 + (a[8] ^ b[8])
	dst[9] = x9 + (a[9] ^ b[9])
	dst[10] = x10 + (a[10] ^ b[10])
	dst[11] = x11 + (a[11] ^ b[11])
	dst[12] = x12 + (a[12] ^ b[12])
	dst[13] = x13 + (a[13] ^ b[13])
	dst[14] = x14 + (a[14] ^ b[14])
	dst[15] = x15 + (a[15] ^ b[15])
}
