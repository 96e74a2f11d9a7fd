package personality

import (
	"bytes"
	"encoding/binary"
)

// verifyOwner looks for the owner's output in a job's coinbase.
func (m *Miner) verifyOwner(j *job) error {
	if m.opt.Payout == nil {
		return nil // switched off
	}
	own, total, ok := outputs(append(bytes.Clone(j.coinb1), make([]byte, len(m.extranonce)+m.n2size)...), j.coinb2, m.opt.Payout)
	if !ok {
		return m.violate(JobForm, "a coinbase that cannot be read")
	}
	if own == 0 {
		return m.violate(CoinbaseOwner, "a coinbase of %d that pays nothing to %x", total, m.opt.Payout)
	}
	if fee := 100 * float64(total-own) / float64(total); fee > m.opt.MaxFee {
		return m.violate(CoinbaseFee, "keeps %.2f %%, at most %.2f %% are allowed", fee, m.opt.MaxFee)
	}
	return nil
}

// outputs sums what a coinbase pays, to whom it is and at all. head is all up to
// coinb2.
func outputs(head, coinb2, script []byte) (own, total uint64, ok bool) {
	tx := append(head, coinb2...)
	take := func(n uint64) []byte {
		if n > uint64(len(tx)) {
			ok = false
			return make([]byte, min(n, 8))
		}
		b := tx[:n]
		tx = tx[n:]
		return b
	}
	count := func() uint64 {
		switch c := take(1)[0]; c {
		case 0xfd:
			return uint64(binary.LittleEndian.Uint16(take(2)))
		case 0xfe:
			return uint64(binary.LittleEndian.Uint32(take(4)))
		case 0xff:
			ok = false // no coinbase has so many
			return 0
		default:
			return uint64(c)
		}
	}
	ok = true
	take(4) // version
	if count() != 1 {
		return 0, 0, false
	}
	take(36) // previous output
	take(count())
	take(4) // sequence
	for n := count(); n > 0 && ok; n-- {
		value := binary.LittleEndian.Uint64(take(8))
		if to := take(count()); ok && bytes.Equal(to, script) {
			own += value
		}
		total += value
	}
	return own, total, ok && total > 0
}
