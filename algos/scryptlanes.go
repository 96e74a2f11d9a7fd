package algos

import "encoding/binary"

// scryptWidth is how many hashes the vector code mixes at a time: two in each of
// two sets of registers, so that one set computes while the other waits.
const scryptWidth = 4

// scryptWide is the memory of scryptWidth hashes. A block is 128 bytes in the order
// of words that the vector code works in, and stays so in v:
//
//	half 0: diagonal 0, 1, 2, 3   half 1: diagonal 0, 1, 2, 3   four words each
type scryptWide struct {
	x    [scryptWidth][32]uint32
	work [4 * scryptWidth * 8]uint32 // the same, two hashes to a register
	v    [scryptWidth][scryptN][32]uint32

	bytes [128]byte
	kdf   [scryptWidth]pbkdf2
	one   scryptScratch // for a header alone: the plain code is quicker then
}

// diagonal is where word i of a half stands in the order of the vector code: the
// words of diagonal k of the 4x4 matrix, by columns, follow each other. A round
// of salsa20 is then four steps over whole diagonals.
var diagonal = [16]int{
	0, 13, 10, 7,
	4, 1, 14, 11,
	8, 5, 2, 15,
	12, 9, 6, 3,
}

func (s *scryptWide) Width() int { return scryptWidth }

// Sum hashes one to four headers. Lanes without a header mix what is there.
func (s *scryptWide) Sum(dst []*[32]byte, headers [][]byte) {
	if len(headers) == 1 {
		s.one.sum(dst[0], headers[0])
		return
	}
	for lane, header := range headers {
		kdf, x := &s.kdf[lane], &s.x[lane]
		kdf.setPassword(header)
		kdf.derive(s.bytes[:], header)
		for i := range 32 {
			x[i&16+diagonal[i&15]] = binary.LittleEndian.Uint32(s.bytes[4*i:])
		}
	}

	scryptMix4(&s.x, &s.work, &s.v)

	for lane := range headers {
		x := &s.x[lane]
		for i := range 32 {
			binary.LittleEndian.PutUint32(s.bytes[4*i:], x[i&16+diagonal[i&15]])
		}
		s.kdf[lane].derive(dst[lane][:], s.bytes[:])
	}
}

// scryptNarrow hashes one header at a time, on machines without the vector code.
type scryptNarrow struct{ scratch scryptScratch }

func (s *scryptNarrow) Width() int { return 1 }

func (s *scryptNarrow) Sum(dst []*[32]byte, headers [][]byte) { s.scratch.sum(dst[0], headers[0]) }

// lanes makes the widest that the machine can do.
func (scrypt) lanes() Lanes {
	if scryptVector {
		return new(scryptWide)
	}
	return new(scryptNarrow)
}
