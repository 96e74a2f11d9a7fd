package job

import (
	"bytes"
	"encoding/binary"

	"github.com/motherlode-pool/motherlode/algos"
)

// headerSize is the size of a CoinbaseTree header.
//
//	version        4  little-endian
//	previous hash 32  internal order
//	merkle root   32  internal order
//	time           4  little-endian
//	bits           4  little-endian
//	nonce          4  little-endian
const headerSize = 80

// Nonces is everything that a miner varies in a job.
type Nonces struct {
	Extranonce  []byte // extranonce1 then extranonce2
	NTime       uint32
	Nonce       uint64 // 32 bits for a CoinbaseTree
	VersionBits uint32 // inside Mask
	Mask        uint32 // granted to the session
}

// Scratch is the memory of Prepare and Solve; one goroutine uses it at a time.
type Scratch struct {
	Hash [32]byte // little-endian number, compared with targets

	coinbase []byte
	header   []byte
	pair     [64]byte

	// What root was hashed of last. A variant belongs to one job.
	root       [32]byte
	variant    *Variant
	extranonce []byte
}

// Header is the header that Prepare made or Solve hashed, valid until the next.
func (s *Scratch) Header() []byte { return s.header }

// SolvedVersion is the block version that n gives: what the miner hashed, by
// the mask that its session was granted, be the template's own narrower.
func (j *Job) SolvedVersion(n *Nonces) uint32 {
	return j.version&^n.Mask | n.VersionBits&n.Mask
}

// Solve hashes the header that n gives with the coinbase of v, a variant of j,
// into s. It does not allocate once s is warm. The Spec has an Algorithm.
func (j *Job) Solve(s *Scratch, v *Variant, n *Nonces) {
	j.Prepare(s, v, n)
	j.spec.Algorithm.Sum(&s.Hash, s.header, j.HashParam())
}

// HashParam is the parameter of the hash function for this job, nil for most;
// read only.
func (j *Job) HashParam() []byte {
	if j.Template.Blob == nil {
		return nil
	}
	return j.Template.Blob.HashParam
}

// Prepare makes the header that n gives with the coinbase of v, a variant of j,
// and leaves its proof-of-work hash to somebody else. It does not allocate once
// s is warm.
func (j *Job) Prepare(s *Scratch, v *Variant, n *Nonces) {
	if j.Template.Tree == nil {
		j.fillBlob(s, n)
		return
	}
	if s.variant != v || !bytes.Equal(s.extranonce, n.Extranonce) {
		j.hashRoot(s, v, n.Extranonce)
	}

	h := appendU32(s.header[:0], j.SolvedVersion(n))
	h = append(h, j.Template.PrevHash[:]...)
	h = append(h, s.root[:]...)
	h = appendU32(h, n.NTime)
	h = appendU32(h, j.Template.Tree.Bits)
	s.header = appendU32(h, uint32(n.Nonce))
}

// hashRoot hashes the coinbase and its branch into the merkle root. Most of a
// share's time goes here, and a miner that has only moved on its nonce, time or
// version since its last share has the same root.
func (j *Job) hashRoot(s *Scratch, v *Variant, extranonce []byte) {
	s.coinbase = v.appendCoinbase(s.coinbase[:0], extranonce)
	algos.DoubleSHA256(&s.root, s.coinbase)
	for i := range j.branch {
		copy(s.pair[:32], s.root[:])
		copy(s.pair[32:], j.branch[i][:])
		algos.DoubleSHA256(&s.root, s.pair[:])
	}
	s.variant, s.extranonce = v, append(s.extranonce[:0], extranonce...)
}

// fillBlob puts the nonce, little-endian, and over it the session's extranonce
// into the blob's header.
func (j *Job) fillBlob(s *Scratch, n *Nonces) {
	b := j.Template.Blob
	s.header = append(s.header[:0], b.Header...)
	var nonce [8]byte
	binary.LittleEndian.PutUint64(nonce[:], n.Nonce)
	copy(s.header[b.NonceOffset:b.NonceOffset+b.NonceSize], nonce[:])
	copy(s.header[b.ExtranonceOffset:b.ExtranonceOffset+b.ExtranonceSize], n.Extranonce)
}

// Candidates says what a hash solves.
type Candidates struct {
	Parent bool
	Aux    bool // at least one chain of Job.Aux: ask SolvesAux for each
}

// Any reports whether there is any.
func (c Candidates) Any() bool { return c.Parent || c.Aux }

// Candidates compares the hash in s with the target of every chain of the job,
// each in the snapshot that the job was made with.
func (j *Job) Candidates(s *Scratch) (c Candidates) {
	if !j.easiest.Meets(&s.Hash) {
		return c
	}
	c.Parent = j.target.Meets(&s.Hash)
	for i := range j.Aux {
		c.Aux = c.Aux || j.SolvesAux(i, s)
	}
	return c
}

// SolvesAux reports whether the hash in s meets the target of Job.Aux[i].
func (j *Job) SolvesAux(i int, s *Scratch) bool { return j.Aux[i].Target.Meets(&s.Hash) }
