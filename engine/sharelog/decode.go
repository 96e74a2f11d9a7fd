package sharelog

import (
	"encoding/binary"
	"hash/crc32"
	"math"
)

// maxInterned bounds the strings that a decoder keeps to hand out again.
const maxInterned = 1 << 16

// checkFrame looks at the frame that starts buf. It returns the frame's length,
// or 0 and what is wrong with it. Short says that buf ends within the frame.
func checkFrame(buf []byte) (n int, short bool, wrong string) {
	if len(buf) < frameHead {
		return 0, true, "frame is cut short"
	}
	size := binary.LittleEndian.Uint32(buf)
	if size == 0 || size > maxPayload {
		return 0, false, "length of a frame is out of bounds"
	}
	n = frameHead + int(size)
	if len(buf) < n {
		return 0, true, "frame is cut short"
	}
	if crc32.Checksum(buf[frameKind:n], castagnoli) != binary.LittleEndian.Uint32(buf[frameCRC:]) {
		return 0, false, "checksum of a frame does not match"
	}
	return n, false, ""
}

// markAt reports whether buf starts with the mark of a write at pos.
func markAt(buf []byte, pos Position) bool {
	n, _, wrong := checkFrame(buf)
	return wrong == "" && n == markSize && buf[frameKind] == byte(kindMark) &&
		binary.LittleEndian.Uint64(buf[frameHead:]) == uint64(pos)
}

// decoder unpacks payloads into records of its own.
type decoder struct {
	rest    []byte
	bad     bool
	strings map[string]string

	share    Share
	rejects  Rejects
	job      Job
	block    Block
	terms    Terms
	payment  Payment
	settings Settings
	coinbase Coinbase
}

// decode unpacks one payload; false means that it does not fit its layout.
func (d *decoder) decode(k Kind, payload []byte) (Record, bool) {
	d.rest, d.bad = payload, false
	rec := Record{Kind: k}
	switch k {
	case KindShare:
		d.decodeShare(&d.share)
		rec.Share = &d.share
	case KindRejects:
		d.decodeRejects(&d.rejects)
		rec.Rejects = &d.rejects
	case KindJob, kindJob2:
		d.decodeJob(&d.job, k == kindJob2)
		rec.Kind, rec.Job = KindJob, &d.job
	case KindBlock, kindBlock2:
		d.decodeBlock(&d.block, k == kindBlock2)
		rec.Kind, rec.Block = KindBlock, &d.block
	case KindTerms:
		d.decodeTerms(&d.terms)
		rec.Terms = &d.terms
	case KindPayment:
		d.decodePayment(&d.payment)
		rec.Payment = &d.payment
	case KindCoinbase:
		d.decodeCoinbase(&d.coinbase)
		rec.Coinbase = &d.coinbase
	case KindSettings:
		d.decodeSettings(&d.settings)
		rec.Settings = &d.settings
	default:
		return Record{}, false
	}
	return rec, !d.bad && len(d.rest) == 0
}

func (d *decoder) decodeShare(s *Share) {
	s.Time = int64(d.u64())
	s.Job = d.u64()
	s.Height = d.u64()
	s.Difficulty = d.f64()
	s.Achieved = d.f64()
	s.NTime = d.u32()
	s.Nonce = d.u32()
	s.Version = d.u32()
	s.Pool = d.again(s.Pool)
	s.Account = d.str()
	s.Worker = d.str()
	s.Extranonce = append(s.Extranonce[:0], d.take(int(d.u16()))...)
}

func (d *decoder) decodeRejects(r *Rejects) {
	r.Time = int64(d.u64())
	r.Count = d.u64()
	r.Work = d.f64()
	r.Pool = d.str()
	r.Account = d.str()
	r.Worker = d.str()
	r.Reason = d.str()
}

func (d *decoder) decodeJob(j *Job, fees bool) {
	j.ID = d.u64()
	j.Time = int64(d.u64())
	j.Pool = d.str()
	j.Chains = j.Chains[:0]
	for n := d.u16(); n > 0 && !d.bad; n-- {
		c := JobChain{Name: d.str(), Height: d.u64(), Difficulty: d.f64(), Reward: d.u64()}
		if fees {
			c.Fees = d.u64()
		}
		j.Chains = append(j.Chains, c)
	}
}

func (d *decoder) decodeTerms(t *Terms) {
	t.Time = int64(d.u64())
	t.FeeBPS = d.u32()
	t.Window = d.u64()
	t.Pool = d.str()
	t.Chain = d.str()
	t.Scheme = d.str()
	t.Payout = d.str()
}

func (d *decoder) decodePayment(p *Payment) {
	p.ID = d.u64()
	p.Time = int64(d.u64())
	p.Fee = d.u64()
	p.Pool = d.str()
	p.Chain = d.str()
	p.State = d.str()
	p.TxID = d.str()
	p.Reason = d.str()
	p.Raw = append(p.Raw[:0], d.take(int(d.u32()))...)
	p.Outputs = p.Outputs[:0]
	for n := d.u32(); n > 0 && !d.bad; n-- {
		p.Outputs = append(p.Outputs, PaymentOutput{Account: d.str(), Address: d.str(), Amount: d.u64()})
	}
}

func (d *decoder) decodeCoinbase(c *Coinbase) {
	c.Time = int64(d.u64())
	copy(c.Hash[:], d.take(32))
	c.Operator = d.u64()
	c.Pool = d.str()
	c.Chain = d.str()
	c.Outputs = c.Outputs[:0]
	for n := d.u32(); n > 0 && !d.bad; n-- {
		c.Outputs = append(c.Outputs, CoinbaseOutput{Account: d.str(), Amount: d.u64()})
	}
}

// decodeSettings keeps message and signature out of the strings that are handed out
// again: they never repeat.
func (d *decoder) decodeSettings(s *Settings) {
	s.Time = int64(d.u64())
	s.Stated = int64(d.u64())
	s.Pool = d.str()
	s.Account = d.str()
	s.By = d.str()
	s.Message = string(d.take(int(d.u16())))
	s.Signature = string(d.take(int(d.u16())))
	s.Set = s.Set[:0]
	for n := d.u16(); n > 0 && !d.bad; n-- {
		s.Set = append(s.Set, Setting{Key: d.str(), Chain: d.str(), Address: d.str(), Amount: d.u64()})
	}
}

func (d *decoder) decodeBlock(b *Block, fees bool) {
	b.Time = int64(d.u64())
	copy(b.Hash[:], d.take(32))
	b.Height = d.u64()
	b.Job = d.u64()
	b.Reward = d.u64()
	b.Difficulty = d.f64()
	b.Confirmations = d.u64()
	b.Pool = d.str()
	b.Chain = d.str()
	b.State = d.str()
	b.Account = d.str()
	b.Worker = d.str()
	b.Reason = d.str()
	b.Node = d.str()
	b.Fees = 0
	if fees {
		b.Fees = d.u64()
	}
}

var zeros [8]byte

// take returns the next n bytes; where they are missing, none, or zeros for the
// fixed sizes.
func (d *decoder) take(n int) []byte {
	if n > len(d.rest) {
		d.bad, d.rest = true, nil
		return zeros[:min(n, len(zeros))]
	}
	out := d.rest[:n]
	d.rest = d.rest[n:]
	return out
}

func (d *decoder) u16() uint16  { return binary.LittleEndian.Uint16(d.take(2)) }
func (d *decoder) u32() uint32  { return binary.LittleEndian.Uint32(d.take(4)) }
func (d *decoder) u64() uint64  { return binary.LittleEndian.Uint64(d.take(8)) }
func (d *decoder) f64() float64 { return math.Float64frombits(d.u64()) }

// again is str where the next string is likely the one of the record before.
func (d *decoder) again(last string) string {
	if n := 2 + len(last); len(d.rest) >= n && int(binary.LittleEndian.Uint16(d.rest)) == len(last) && string(d.rest[2:n]) == last {
		d.rest = d.rest[n:]
		return last
	}
	return d.str()
}

// str returns the next string, the same one for the same bytes: names repeat.
func (d *decoder) str() string {
	raw := d.take(int(d.u16()))
	if s, ok := d.strings[string(raw)]; ok {
		return s
	}
	if d.strings == nil || len(d.strings) >= maxInterned {
		d.strings = make(map[string]string)
	}
	s := string(raw)
	d.strings[s] = s
	return s
}
