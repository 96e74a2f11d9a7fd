package sharelog

import (
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"math"
	"unicode/utf8"
)

const (
	frameHead   = 9       // length, checksum, kind
	frameCRC    = 4       // where the checksum is
	frameKind   = 8       // where the kind is, and what the checksum covers
	maxPayload  = 1 << 20 // a job with thousands of chains; longer is damage
	maxText     = 4096    // of what a node says in its own words
	maxString   = math.MaxUint16
	moreFollow  = 0x80 // more frames of the batch follow
	markSize    = frameHead + 8
	maxJobChain = math.MaxUint16
)

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// Batch is a buffer of records that go into the log as one. Its zero value is
// empty; after Reset it is filled again without allocation. It belongs to one
// goroutine at a time.
type Batch struct {
	buf   []byte
	last  int // where the newest frame starts
	count int
	err   error // the first record that did not fit; Append returns it
}

// Reset empties the batch and keeps its memory.
func (b *Batch) Reset() { b.buf, b.last, b.count, b.err = b.buf[:0], 0, 0, nil }

// Len is the number of records.
func (b *Batch) Len() int { return b.count }

// Share adds an accepted share. It copies what s points to.
func (b *Batch) Share(s *Share) {
	b.begin(KindShare)
	b.u64(uint64(s.Time))
	b.u64(s.Job)
	b.u64(s.Height)
	b.f64(s.Difficulty)
	b.f64(s.Achieved)
	b.u32(s.NTime)
	b.u32(s.Nonce)
	b.u32(s.Version)
	b.str(s.Pool)
	b.str(s.Account)
	b.str(s.Worker)
	b.size(len(s.Extranonce), maxString)
	b.buf = append(b.buf, s.Extranonce...)
	b.finish()
}

// Rejects adds a count of refused submissions.
func (b *Batch) Rejects(r *Rejects) {
	b.begin(KindRejects)
	b.u64(uint64(r.Time))
	b.u64(r.Count)
	b.f64(r.Work)
	b.str(r.Pool)
	b.str(r.Account)
	b.str(r.Worker)
	b.str(r.Reason)
	b.finish()
}

// Job adds a job.
func (b *Batch) Job(j *Job) {
	b.begin(kindJob2)
	b.u64(j.ID)
	b.u64(uint64(j.Time))
	b.str(j.Pool)
	b.size(len(j.Chains), maxJobChain)
	for i := range j.Chains {
		c := &j.Chains[i]
		b.str(c.Name)
		b.u64(c.Height)
		b.f64(c.Difficulty)
		b.u64(c.Reward)
		b.u64(c.Fees)
	}
	b.finish()
}

// Block adds a change of state of a block. Reason and Node are cut, so that no
// node's words can keep a block out of the log.
func (b *Batch) Block(r *Block) {
	b.begin(kindBlock2)
	b.u64(uint64(r.Time))
	b.buf = append(b.buf, r.Hash[:]...)
	b.u64(r.Height)
	b.u64(r.Job)
	b.u64(r.Reward)
	b.f64(r.Difficulty)
	b.u64(r.Confirmations)
	b.str(r.Pool)
	b.str(r.Chain)
	b.str(r.State)
	b.str(r.Account)
	b.str(r.Worker)
	b.str(cut(r.Reason))
	b.str(cut(r.Node))
	b.u64(r.Fees)
	b.finish()
}

// Terms adds the terms of a chain.
func (b *Batch) Terms(t *Terms) {
	b.begin(KindTerms)
	b.u64(uint64(t.Time))
	b.u32(t.FeeBPS)
	b.u64(t.Window)
	b.str(t.Pool)
	b.str(t.Chain)
	b.str(t.Scheme)
	b.str(t.Payout)
	b.finish()
}

// Payment adds a change of state of a payment.
func (b *Batch) Payment(p *Payment) {
	b.begin(KindPayment)
	b.u64(p.ID)
	b.u64(uint64(p.Time))
	b.u64(p.Fee)
	b.str(p.Pool)
	b.str(p.Chain)
	b.str(p.State)
	b.str(p.TxID)
	b.str(cut(p.Reason))
	b.u32(uint32(len(p.Raw)))
	b.buf = append(b.buf, p.Raw...)
	b.u32(uint32(len(p.Outputs)))
	for i := range p.Outputs {
		o := &p.Outputs[i]
		b.str(o.Account)
		b.str(o.Address)
		b.u64(o.Amount)
	}
	b.finish()
}

// Coinbase adds what the coinbase of a found block pays.
func (b *Batch) Coinbase(c *Coinbase) {
	b.begin(KindCoinbase)
	b.u64(uint64(c.Time))
	b.buf = append(b.buf, c.Hash[:]...)
	b.u64(c.Operator)
	b.str(c.Pool)
	b.str(c.Chain)
	b.u32(uint32(len(c.Outputs)))
	for i := range c.Outputs {
		b.str(c.Outputs[i].Account)
		b.u64(c.Outputs[i].Amount)
	}
	b.finish()
}

// Settings adds settings of an account.
func (b *Batch) Settings(s *Settings) {
	b.begin(KindSettings)
	b.u64(uint64(s.Time))
	b.u64(uint64(s.Stated))
	b.str(s.Pool)
	b.str(s.Account)
	b.str(s.By)
	b.str(s.Message)
	b.str(s.Signature)
	b.size(len(s.Set), maxString)
	for i := range s.Set {
		one := &s.Set[i]
		b.str(one.Key)
		b.str(one.Chain)
		b.str(one.Address)
		b.u64(one.Amount)
	}
	b.finish()
}

// begin starts a frame and marks the one before it as not the last.
func (b *Batch) begin(k Kind) {
	if b.count > 0 {
		b.buf[b.last+frameKind] |= moreFollow
		seal(b.buf[b.last:])
	}
	b.last = len(b.buf)
	b.buf = append(b.buf, 0, 0, 0, 0, 0, 0, 0, 0, byte(k))
	b.count++
}

// finish completes the frame that begin started.
func (b *Batch) finish() {
	n := len(b.buf) - b.last - frameHead
	if n > maxPayload && b.err == nil {
		b.err = fmt.Errorf("%w: record %d has %d bytes, at most %d fit", ErrTooLong, b.count, n, maxPayload)
	}
	binary.LittleEndian.PutUint32(b.buf[b.last:], uint32(n))
	seal(b.buf[b.last:])
}

// seal writes the checksum of the one frame that frame consists of.
func seal(frame []byte) {
	binary.LittleEndian.PutUint32(frame[frameCRC:], crc32.Checksum(frame[frameKind:], castagnoli))
}

// appendMark appends the frame that starts a write at pos.
func appendMark(buf []byte, pos Position) []byte {
	at := len(buf)
	buf = append(buf, 8, 0, 0, 0, 0, 0, 0, 0, byte(kindMark))
	buf = binary.LittleEndian.AppendUint64(buf, uint64(pos))
	seal(buf[at:])
	return buf
}

func (b *Batch) u32(v uint32)  { b.buf = binary.LittleEndian.AppendUint32(b.buf, v) }
func (b *Batch) u64(v uint64)  { b.buf = binary.LittleEndian.AppendUint64(b.buf, v) }
func (b *Batch) f64(v float64) { b.u64(math.Float64bits(v)) }

func (b *Batch) size(n, most int) {
	if n > most && b.err == nil {
		b.err = fmt.Errorf("%w: record %d has a field of %d, at most %d fit", ErrTooLong, b.count, n, most)
	}
	b.buf = binary.LittleEndian.AppendUint16(b.buf, uint16(n))
}

func (b *Batch) str(s string) {
	b.size(len(s), maxString)
	b.buf = append(b.buf, s...)
}

// cut shortens a text to maxText bytes without splitting a character.
func cut(s string) string {
	if len(s) <= maxText {
		return s
	}
	n := maxText
	for n > maxText-utf8.UTFMax && !utf8.RuneStart(s[n]) {
		n--
	}
	return s[:n]
}
