package chain

import (
	"fmt"
	"math/big"

	"github.com/motherlode-pool/motherlode/coins"
)

// Limits of what a coin may send.
const (
	maxHeight  = 1 << 32 // no chain is near; more is a unit mix-up or a lie
	maxScript  = 10_000  // longest output script that any known chain can spend
	maxOutputs = 100     // outputs that one template may require
	maxReward  = 1 << 63 // nodes keep amounts in 63 bits, and sums of several must not overflow
)

// bad is an ErrBadWork with the reason.
func bad(format string, args ...any) error {
	return fmt.Errorf("%w: %s", ErrBadWork, fmt.Sprintf(format, args...))
}

func checkHeight(h uint64) error {
	if h == 0 || h > maxHeight {
		return bad("height %d is not between 1 and %d", h, uint64(maxHeight))
	}
	return nil
}

func checkReward(n uint64) error {
	if n >= maxReward {
		return bad("reward %d is no amount", n)
	}
	return nil
}

// checkBits refuses a target that is not exactly the one that the compact bits
// stand for: the chain goes by these, and blocks would be missed, or submitted
// for nothing.
func checkBits(target [32]byte, bits uint32) error {
	want, ok := expand(bits)
	if !ok {
		return bad("bits %08x are no target", bits)
	}
	if want != target {
		return bad("target %x does not belong to bits %08x", target, bits)
	}
	return nil
}

// checkHealth refuses a state that is none.
func checkHealth(h coins.Health) error {
	if h.State < coins.HealthStarting || h.State > coins.HealthReady {
		return bad("health state %d is not known", h.State)
	}
	if h.Height > maxHeight {
		return bad("health height %d is more than %d", h.Height, uint64(maxHeight))
	}
	return nil
}

// checkVerdict refuses a verdict that is none: the outcome is unknown then.
func checkVerdict(v coins.Verdict) error {
	if v.Code < coins.Received || v.Code > coins.Rejected {
		return bad("verdict code %d is not known", v.Code)
	}
	return nil
}

// checkStatus refuses a block status that contradicts itself.
func checkStatus(s coins.BlockStatus) error {
	if s.State < coins.BlockUnknown || s.State > coins.BlockBestChain {
		return bad("block state %d is not known", s.State)
	}
	if (s.State == coins.BlockBestChain) != (s.Confirmations > 0) {
		return bad("block state %q with %d confirmations", s.State, s.Confirmations)
	}
	return nil
}

// checkPayee refuses a payee that would burn the reward.
func checkPayee(p coins.Payee) error {
	if p.Valid && (len(p.Script) == 0 || len(p.Script) > maxScript) {
		return bad("a valid address with an output script of %d bytes", len(p.Script))
	}
	return nil
}

// checkOutputs refuses outputs that exceed a limit, and sums their values.
func checkOutputs(outs []coins.Output, most int) (sum uint64, err error) {
	if len(outs) > most {
		return 0, bad("%d outputs, at most %d", len(outs), most)
	}
	for i, o := range outs {
		if len(o.Script) > maxScript {
			return 0, bad("script of output %d has %d bytes, at most %d", i, len(o.Script), maxScript)
		}
		if sum+o.Value < sum {
			return 0, bad("values of the outputs overflow")
		}
		sum += o.Value
	}
	return sum, nil
}

// expand is the target, big-endian, that compact bits stand for: the low 23
// bits times 256^(exponent-3). False for negative, zero and overflowing ones.
func expand(bits uint32) (target [32]byte, ok bool) {
	mantissa, exponent := int64(bits&0x7fffff), int(bits>>24)
	if bits&0x800000 != 0 {
		return target, false
	}
	n := big.NewInt(mantissa)
	if exponent >= 3 {
		n.Lsh(n, uint(8*(exponent-3)))
	} else {
		n.Rsh(n, uint(8*(3-exponent)))
	}
	if n.Sign() == 0 || n.BitLen() > 256 {
		return target, false
	}
	n.FillBytes(target[:])
	return target, true
}
