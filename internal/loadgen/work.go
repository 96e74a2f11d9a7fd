package loadgen

import (
	"bytes"
	"crypto/sha256"
	"encoding"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"hash"
	"math/big"
	"slices"
	"strconv"
)

// maxTries is how many hashes a share may cost before the generator calls the
// difficulty too high: it would measure itself.
const maxTries = 1 << 16

// hasher is SHA-256 that can begin from a saved state.
type hasher struct {
	h   hash.Hash
	set encoding.BinaryUnmarshaler
	sum [32]byte

	scratch [128]byte
}

func newHasher() *hasher {
	h := sha256.New()
	return &hasher{h: h, set: h.(encoding.BinaryUnmarshaler)}
}

// state is the saved state after b.
func (m *hasher) state(b []byte) []byte {
	m.h.Reset()
	m.h.Write(b)
	s, err := m.h.(encoding.BinaryMarshaler).MarshalBinary()
	if err != nil {
		panic("sha256 state: " + err.Error()) // documented never to fail
	}
	return s
}

// double finishes with rest from a saved state and hashes the sum again.
func (m *hasher) double(state, rest []byte) [32]byte {
	if err := m.set.UnmarshalBinary(state); err != nil {
		panic("sha256 state: " + err.Error())
	}
	m.h.Write(rest)
	m.h.Sum(m.sum[:0])
	return sha256.Sum256(m.sum[:])
}

// work is one job as one connection sees it. It belongs to that connection.
type work struct {
	prefix []byte // of a submission, from the method to the extranonce2
	middle []byte // from behind the extranonce2 to the nonce

	coinState []byte // of the coinbase's whole blocks before the extranonce2
	coinRest  []byte // what is hashed per share: rest, extranonce2, second half
	en2At     int    // in coinRest
	en2Size   int
	branch    [][32]byte

	header [80]byte
	target [32]byte // big endian
}

// newWork reads the parameters of mining.notify.
func newWork(m *hasher, user string, raw, en1 []byte, en2Size int, difficulty float64) (*work, error) {
	var p []json.RawMessage
	if err := params(raw, &p); err != nil || len(p) < 8 {
		return nil, fmt.Errorf("%w: mining.notify %.200q", ErrServer, raw)
	}
	var text [8]string
	var data [8][]byte
	var branch []string
	for i := range text {
		if i == 4 {
			continue
		}
		if err := json.Unmarshal(p[i], &text[i]); err != nil {
			return nil, fmt.Errorf("%w: parameter %d of mining.notify: %w", ErrServer, i, err)
		}
		if i == 0 {
			continue
		}
		var err error
		if data[i], err = hex.DecodeString(text[i]); err != nil {
			return nil, fmt.Errorf("%w: parameter %d of mining.notify: %w", ErrServer, i, err)
		}
	}
	if err := json.Unmarshal(p[4], &branch); err != nil {
		return nil, fmt.Errorf("%w: branch of mining.notify: %w", ErrServer, err)
	}
	if len(data[1]) != 32 || len(data[5]) != 4 || len(data[6]) != 4 || len(data[7]) != 4 {
		return nil, fmt.Errorf("%w: header fields of mining.notify %.200q", ErrServer, raw)
	}
	w := &work{en2Size: en2Size}
	for _, b := range branch {
		var step [32]byte
		if n, err := hex.Decode(step[:], []byte(b)); err != nil || n != 32 {
			return nil, fmt.Errorf("%w: branch of mining.notify", ErrServer)
		}
		w.branch = append(w.branch, step)
	}
	first := slices.Concat(data[2], en1)
	whole := len(first) &^ 63
	w.coinState = m.state(first[:whole])
	w.en2At = len(first) - whole
	w.coinRest = slices.Concat(first[whole:], make([]byte, en2Size), data[3])
	w.fillHeader(data)

	quotedUser, _ := json.Marshal(user) // a string always encodes
	w.prefix = slices.Concat([]byte(`,"method":"mining.submit","params":[`), quotedUser, []byte(","), p[0], []byte(`,"`))
	w.middle = []byte(`","` + text[7] + `","`)
	if err := w.setTarget(difficulty); err != nil {
		return nil, err
	}
	return w, nil
}

// fillHeader writes what is the same for all shares of the job.
func (w *work) fillHeader(data [8][]byte) {
	turned := func(at int, b []byte) {
		for i := range b {
			w.header[at+i] = b[len(b)-1-i]
		}
	}
	turned(0, data[5])
	for i := 0; i < 32; i += 4 {
		turned(4+i, data[1][i:i+4])
	}
	turned(68, data[7])
	turned(72, data[6])
}

// setTarget is difficulty one divided by the difficulty.
func (w *work) setTarget(difficulty float64) error {
	if difficulty <= 0 {
		return fmt.Errorf("%w: difficulty %v", ErrServer, difficulty)
	}
	one := new(big.Float).SetInt(new(big.Int).Lsh(big.NewInt(0xffff), 208))
	t, _ := one.Quo(one, big.NewFloat(difficulty)).Int(nil)
	if t.BitLen() > 256 {
		t.Sub(new(big.Int).Lsh(big.NewInt(1), 256), big.NewInt(1))
	}
	t.FillBytes(w.target[:])
	return nil
}

// tries is how many hashes a share costs on average.
func (w *work) tries() float64 {
	t := float64(binary.BigEndian.Uint64(w.target[:8])) + 1
	return 18446744073709551616 / t
}

// appendShare adds a submission without its id. The extranonce2 is the counter
// en2; with honest the nonce is searched, else seed is the nonce and nothing is
// hashed here. It reports false where no nonce was found in maxTries.
func (w *work) appendShare(m *hasher, b []byte, en2 uint64, honest bool, seed uint32) ([]byte, bool) {
	var count [8]byte
	binary.BigEndian.PutUint64(count[:], en2)
	place := w.coinRest[w.en2At : w.en2At+w.en2Size]
	copy(place[max(w.en2Size-8, 0):], count[max(8-w.en2Size, 0):])
	nonce := seed
	if honest {
		var ok bool
		if nonce, ok = w.solve(m); !ok {
			return b, false
		}
	}
	b = append(b, w.prefix...)
	b = hex.AppendEncode(b, place)
	b = append(b, w.middle...)
	b = appendHex32(b, nonce)
	return append(b, "\"]}\n"...), true
}

// solve searches a nonce for the extranonce2 that coinRest holds.
func (w *work) solve(m *hasher) (uint32, bool) {
	root := m.double(w.coinState, w.coinRest)
	var pair [64]byte
	for i := range w.branch {
		copy(pair[:], root[:])
		copy(pair[32:], w.branch[i][:])
		one := sha256.Sum256(pair[:])
		root = sha256.Sum256(one[:])
	}
	copy(w.header[36:], root[:])
	state := w.midState(m)
	tail := w.header[64:]
	for nonce := uint32(0); nonce < maxTries; nonce++ {
		binary.LittleEndian.PutUint32(tail[12:], nonce)
		sum := m.double(state, tail)
		if meets(&sum, &w.target) {
			return nonce, true
		}
	}
	return 0, false
}

// midState is the state after the header's first 64 bytes.
func (w *work) midState(m *hasher) []byte {
	m.h.Reset()
	m.h.Write(w.header[:64])
	s, err := m.h.(encoding.BinaryAppender).AppendBinary(m.scratch[:0])
	if err != nil {
		panic("sha256 state: " + err.Error())
	}
	return s
}

// meets reports whether a hash, little endian, is at most target, big endian.
func meets(sum, target *[32]byte) bool {
	var turned [32]byte
	for i := range sum {
		turned[31-i] = sum[i]
	}
	return bytes.Compare(turned[:], target[:]) <= 0
}

func appendHex32(b []byte, v uint32) []byte {
	const digits = "0123456789abcdef"
	for shift := 28; shift >= 0; shift -= 4 {
		b = append(b, digits[v>>shift&15])
	}
	return b
}

// appendID adds the beginning of a submission.
func appendID(b []byte, slot int) []byte {
	b = append(b, `{"id":`...)
	return strconv.AppendInt(b, int64(firstSubmit+slot), 10)
}
