package cpuminer

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"math/bits"
	"sync"
	"sync/atomic"
	"time"

	"github.com/motherlode-pool/motherlode/algos"
)

// Bounds of what a server may ask for; real ones stay far below.
const (
	maxExtranonce1 = 64
	maxExtranonce2 = 32
	maxBranch      = 64
)

// notice is the content of a mining.notify.
type notice struct {
	id           string
	prev         [32]byte // as in the header
	coinb1       []byte
	coinb2       []byte
	branch       [][32]byte
	version      uint32
	bits         uint32
	ntime        uint32
	clean        bool
	rawParams    string
	receivedTime time.Time
}

func parseNotice(m *message, now time.Time) (*notice, error) {
	if len(m.params) < 9 {
		return nil, fmt.Errorf("%w: mining.notify with %d parameters, expected 9", ErrProtocol, len(m.params))
	}
	n := &notice{id: m.text(0), rawParams: string(m.Params), receivedTime: now}
	swapped, err := hash32(m.text(1))
	if err != nil {
		return nil, err
	}
	// The server sends the hash as eight 32-bit words, each turned around.
	for i := range swapped {
		n.prev[i] = swapped[i&^3|3-i&3]
	}
	if n.coinb1, err = hex.DecodeString(m.text(2)); err != nil {
		return nil, fmt.Errorf("%w: first part of the coinbase: %w", ErrProtocol, err)
	}
	if n.coinb2, err = hex.DecodeString(m.text(3)); err != nil {
		return nil, fmt.Errorf("%w: second part of the coinbase: %w", ErrProtocol, err)
	}
	var branch []string
	if err := json.Unmarshal(m.params[4], &branch); err != nil || len(branch) > maxBranch {
		return nil, fmt.Errorf("%w: merkle branch is no list of at most %d hashes", ErrProtocol, maxBranch)
	}
	for _, step := range branch {
		h, err := hash32(step)
		if err != nil {
			return nil, err
		}
		n.branch = append(n.branch, h)
	}
	for i, into := range []*uint32{&n.version, &n.bits, &n.ntime} {
		if *into, err = word(m.text(5 + i)); err != nil {
			return nil, err
		}
	}
	if json.Unmarshal(m.params[8], &n.clean) != nil {
		return nil, fmt.Errorf("%w: clean is neither true nor false", ErrProtocol)
	}
	return n, nil
}

// work is a job as the threads hash it. It does not change, except that threads
// take rolls from it and that it is over at some moment.
type work struct {
	*notice
	alg            algos.Algorithm
	extranonce1    []byte
	extranonce2Len int
	difficulty     float64
	target         algos.Target
	rolling        bool
	mask           uint32

	rolls atomic.Uint64 // number of the next roll
	over  atomic.Bool   // same as done, quicker to ask
	once  sync.Once
	done  chan struct{} // closed when there is other work
	era   chan struct{} // closed when shares of it are worth nothing any more
}

// end tells the threads to leave this work.
func (w *work) end() {
	w.once.Do(func() {
		w.over.Store(true)
		close(w.done)
	})
}

// roll is one header whose nonce is free: a piece of work that no other thread
// has.
type roll struct {
	header      [80]byte
	extranonce2 []byte
	versionBits uint32
	nonces      uint64 // how many to try
}

// smallRoll is how many nonces are tried with one extranonce2 where it has
// room: it makes the extranonce and the version bits move while one watches.
const smallRoll = 1 << 18

// next fills r with the next roll, and is false when the extranonce is used up.
func (w *work) next(r *roll) bool {
	number := w.rolls.Add(1) - 1
	if w.extranonce2Len < 8 && number>>(8*w.extranonce2Len) != 0 {
		return false
	}
	r.nonces = smallRoll
	if w.extranonce2Len < 4 {
		r.nonces = 1 << 32
	}
	r.extranonce2 = make([]byte, w.extranonce2Len)
	for i := 0; i < 8 && i < w.extranonce2Len; i++ {
		r.extranonce2[w.extranonce2Len-1-i] = byte(number >> (8 * i))
	}
	r.versionBits = 0
	if w.rolling {
		r.versionBits = spread(uint32(number), w.mask)
	}
	w.build(r)
	return true
}

// spread puts the low bits of n into the places that mask leaves free.
func spread(n, mask uint32) uint32 {
	var out uint32
	for ; mask != 0; n >>= 1 {
		place := uint32(1) << bits.TrailingZeros32(mask)
		if n&1 != 0 {
			out |= place
		}
		mask &^= place
	}
	return out
}

// build writes r's header:
//
//	0   version      4, little-endian
//	4   previous    32
//	36  merkle root 32
//	68  time         4, little-endian
//	72  bits         4, little-endian
//	76  nonce        4, little-endian
func (w *work) build(r *roll) {
	coinbase := make([]byte, 0, len(w.coinb1)+len(w.extranonce1)+len(r.extranonce2)+len(w.coinb2))
	coinbase = append(coinbase, w.coinb1...)
	coinbase = append(coinbase, w.extranonce1...)
	coinbase = append(coinbase, r.extranonce2...)
	coinbase = append(coinbase, w.coinb2...)

	root := twice(coinbase)
	for _, step := range w.branch {
		root = twice(append(root[:len(root):len(root)], step[:]...))
	}

	version := w.version
	if w.rolling {
		version = version&^w.mask | r.versionBits
	}
	binary.LittleEndian.PutUint32(r.header[0:], version)
	copy(r.header[4:], w.prev[:])
	copy(r.header[36:], root[:])
	binary.LittleEndian.PutUint32(r.header[68:], w.ntime)
	binary.LittleEndian.PutUint32(r.header[72:], w.bits)
}

func twice(data []byte) [32]byte {
	first := sha256.Sum256(data)
	return sha256.Sum256(first[:])
}

// timeAt is the header time at a moment: the server's, moved on by our clock.
func (w *work) timeAt(now time.Time) uint32 {
	return w.ntime + uint32(max(now.Sub(w.receivedTime), 0)/time.Second)
}

// share is what is submitted for a nonce of r.
func (w *work) share(r *roll, ntime, nonce uint32, sum [32]byte) Share {
	return Share{
		JobID:       w.id,
		Extranonce1: hex.EncodeToString(w.extranonce1),
		Extranonce2: hex.EncodeToString(r.extranonce2),
		NTime:       ntime,
		Nonce:       nonce,
		VersionBits: r.versionBits,
		Rolling:     w.rolling,
		Hash:        sum,
		Difficulty:  w.difficulty,
	}
}
