package conformance

import (
	"bytes"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"math/big"
	"slices"
	"time"
)

// job is a mining.notify, with what was in force when it came.
type job struct {
	id           string
	prev         [32]byte // internal order
	part1, part2 []byte
	branch       [][]byte
	version      uint32
	bits, ntime  uint32
	clean        bool
	diff         float64
	mask         uint32
	at           time.Time
}

// readJob reads the parameters of mining.notify. Numbers are big-endian words;
// the previous hash is eight words, each with its bytes swapped.
func readJob(params []json.RawMessage) (*job, error) {
	if len(params) != 9 {
		return nil, fmt.Errorf("%d parameters, 9 expected", len(params))
	}
	j := &job{}
	texts := [9]string{}
	for _, i := range []int{0, 1, 2, 3, 5, 6, 7} {
		if err := json.Unmarshal(params[i], &texts[i]); err != nil {
			return nil, fmt.Errorf("parameter %d is no text", i+1)
		}
	}
	j.id = texts[0]
	prev, err := hex.DecodeString(texts[1])
	if err != nil || len(prev) != 32 {
		return nil, errors.New("the previous hash is not 64 hexadecimal digits")
	}
	for i := 0; i < 32; i += 4 {
		slices.Reverse(prev[i : i+4])
	}
	copy(j.prev[:], prev)
	var bad [2]error
	j.part1, bad[0] = hex.DecodeString(texts[2])
	j.part2, bad[1] = hex.DecodeString(texts[3])
	if err := errors.Join(bad[:]...); err != nil {
		return nil, fmt.Errorf("a coinbase part: %w", err)
	}
	var branch []string
	if err := json.Unmarshal(params[4], &branch); err != nil {
		return nil, errors.New("the branch is no list of texts")
	}
	for _, step := range branch {
		b, err := hex.DecodeString(step)
		if err != nil || len(b) != 32 {
			return nil, errors.New("a step of the branch is not 64 hexadecimal digits")
		}
		j.branch = append(j.branch, b)
	}
	for i, to := range map[int]*uint32{5: &j.version, 6: &j.bits, 7: &j.ntime} {
		b, err := hex.DecodeString(texts[i])
		if err != nil || len(b) != 4 {
			return nil, fmt.Errorf("parameter %d is not 8 hexadecimal digits: %q", i+1, texts[i])
		}
		*to = binary.BigEndian.Uint32(b)
	}
	if err := json.Unmarshal(params[8], &j.clean); err != nil {
		return nil, errors.New("clean_jobs is not true or false")
	}
	return j, nil
}

// header is 80 bytes to be hashed.
func (j *job) header(e1, e2 []byte, version, ntime, nonce uint32) []byte {
	root := doubleSHA256(slices.Concat(j.part1, e1, e2, j.part2))
	for _, step := range j.branch {
		root = doubleSHA256(slices.Concat(root[:], step))
	}
	h := binary.LittleEndian.AppendUint32(make([]byte, 0, 80), version)
	h = append(append(h, j.prev[:]...), root[:]...)
	h = binary.LittleEndian.AppendUint32(h, ntime)
	h = binary.LittleEndian.AppendUint32(h, j.bits)
	return binary.LittleEndian.AppendUint32(h, nonce)
}

// diffTarget is the greatest hash, big-endian, that is worth a difficulty.
func (t *trial) diffTarget(d float64) [32]byte {
	one := new(big.Float).SetPrec(300).SetInt(new(big.Int).Lsh(big.NewInt(0xffff), 208))
	one.Mul(one, big.NewFloat(t.cfg.HashScale))
	n, _ := one.Quo(one, big.NewFloat(d)).Int(nil)
	return fill(n)
}

// bitsTarget is the same for compact bits.
func bitsTarget(bits uint32) [32]byte {
	n := new(big.Int).Lsh(big.NewInt(int64(bits&0x7fffff)), uint(8*max(int(bits>>24)-3, 0)))
	return fill(n)
}

func fill(n *big.Int) (target [32]byte) {
	if n.BitLen() > 256 {
		for i := range target {
			target[i] = 0xff
		}
		return target
	}
	n.FillBytes(target[:])
	return target
}

// share is what is submitted.
type share struct {
	job    *job
	e2     []byte
	ntime  uint32
	nonce  uint32
	rolled uint32
	header []byte
}

// blockHash is the share's block as nodes print it.
func (s *share) blockHash() string {
	h := doubleSHA256(s.header)
	slices.Reverse(h[:])
	return hex.EncodeToString(h[:])
}

func hex8(v uint32) string { return fmt.Sprintf("%08x", v) }

// params are those of mining.submit; the sixth only where bits were rolled.
func (s *share) params(user string) []any {
	p := []any{user, s.job.id, hex.EncodeToString(s.e2), hex8(s.ntime), hex8(s.nonce)}
	if s.rolled != 0 {
		p = append(p, hex8(s.rolled))
	}
	return p
}

// search is what is looked for. The zero value is a share of the job's own
// difficulty that is no block.
type search struct {
	job    *job    // the newest when nil
	diff   float64 // of the job when 0
	below  float64 // the hash must be worth less than this, unless 0
	ntime  uint32  // of the job when 0
	rolled uint32
	e2     []byte // a fresh one when nil
	block  bool   // the hash must solve a block, and may otherwise not
	first  uint32 // nonce to begin with
	poor   bool   // the hash must miss diff
}

// find searches a share.
func (c *client) find(w search) *share {
	t := c.t
	j := w.job
	if j == nil {
		j = c.job()
	}
	if w.diff == 0 {
		w.diff = j.diff
	}
	if w.diff <= 0 {
		t.failf("the job came before any difficulty")
	}
	if w.diff*t.cfg.work() > mostHashes && !w.block && !w.poor {
		t.needs("shares that are found within %d hashes; the job's have difficulty %v (a password such as d=0.0001 may help)", mostHashes, w.diff)
	}
	s := &share{job: j, e2: w.e2, ntime: w.ntime, rolled: w.rolled}
	if s.e2 == nil {
		s.e2 = c.freshE2()
	}
	if s.ntime == 0 {
		s.ntime = j.ntime
	}
	version := j.version&^j.mask | w.rolled&j.mask
	s.header = j.header(c.e1, s.e2, version, s.ntime, 0)
	target, solves := t.diffTarget(w.diff), bitsTarget(j.bits)
	var top [32]byte
	if w.below > 0 {
		top = t.diffTarget(w.below)
	}
	for n := range uint32(mostHashes) {
		if n%4096 == 0 && t.ctx.Err() != nil {
			t.needs("easier work, or a faster machine: a share of difficulty %v was not found in time", w.diff)
		}
		s.nonce = w.first + n
		binary.LittleEndian.PutUint32(s.header[76:], s.nonce)
		h := t.cfg.Hash(s.header)
		slices.Reverse(h[:])
		if w.block {
			if bytes.Compare(h[:], solves[:]) <= 0 {
				return s
			}
			continue
		}
		meets := bytes.Compare(h[:], target[:]) <= 0
		if meets == w.poor || bytes.Compare(h[:], solves[:]) <= 0 || w.below > 0 && bytes.Compare(h[:], top[:]) <= 0 {
			continue
		}
		return s
	}
	t.needs("work that can be solved within %d hashes (shares of difficulty %v were wanted, the block's bits are %08x; a password such as d=0.0001 may help)", mostHashes, w.diff, j.bits)
	return nil
}

// freshE2 is an extranonce2 that this client has not used.
func (c *client) freshE2() []byte {
	c.e2++
	e2 := make([]byte, c.e2size)
	count := binary.BigEndian.AppendUint64(nil, c.e2)
	if c.e2size >= 8 {
		copy(e2[c.e2size-8:], count)
	} else {
		copy(e2, count[8-c.e2size:])
	}
	return e2
}

// submit submits a share for the trial's user.
func (c *client) submit(s *share) message {
	return c.call("mining.submit", s.params(c.t.cfg.User)...)
}

// take submits a share that must be accepted.
func (c *client) take(s *share, what string) {
	if m := c.submit(s); !m.ok() {
		c.t.failf("%s was refused: %s", what, short(m.text))
	}
}

// refused submits parameters that must be refused with one of some codes.
func (c *client) refused(what string, params []any, codes ...int) message {
	m := c.call("mining.submit", params...)
	if m.ok() {
		c.t.failf("%s was accepted; error %s expected", what, codeList(codes))
	}
	if !slices.Contains(codes, m.code()) {
		c.t.failf("%s: error %s expected, got %s", what, codeList(codes), short(m.text))
	}
	return m
}

func codeList(codes []int) string {
	text := ""
	for i, c := range codes {
		if i > 0 {
			text += " or "
		}
		text += fmt.Sprint(c)
	}
	return text
}
