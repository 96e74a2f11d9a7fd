package simchain

import (
	"context"
	"encoding/hex"
	"time"
)

// The sim_ methods drive a node in another process. They are answered whatever
// fault is on, but need the password like all others.

// simSwitch makes a method of a control that is on or off.
func simSwitch(set func(*Node, bool)) func(*Node, context.Context, args) (any, error) {
	return func(n *Node, _ context.Context, a args) (any, error) {
		on, err := a.flag(0)
		if err != nil {
			return nil, err
		}
		set(n, on)
		return nil, nil
	}
}

// maxSimBlocks bounds what one call may add.
const maxSimBlocks = 100_000

// simBlocks makes a method of a control that adds blocks.
func simBlocks(add func(*Node, int) []Hash) func(*Node, context.Context, args) (any, error) {
	return func(n *Node, _ context.Context, a args) (any, error) {
		count, err := a.count(0)
		if err == nil && count > maxSimBlocks {
			err = rpcErrorf(codeParameter, "at most %d blocks", maxSimBlocks)
		}
		if err != nil {
			return nil, err
		}
		return hashTexts(add(n, count)), nil
	}
}

// maxSimSeconds bounds what a length in seconds may be: a day.
const maxSimSeconds = 24 * 60 * 60

func (a args) seconds(i int) (time.Duration, error) {
	f, err := a.num(i)
	if err == nil && (f < 0 || f > maxSimSeconds) {
		err = rpcErrorf(codeParameter, "seconds out of range")
	}
	return time.Duration(f * float64(time.Second)), err
}

// simDown answers, and then closes the port for some seconds.
func simDown(n *Node, _ context.Context, a args) (any, error) {
	d, err := a.seconds(0)
	if err != nil {
		return nil, err
	}
	return nil, n.planOutage(outage{length: d})
}

// simRestart answers, and then does what Restart does.
func simRestart(n *Node, _ context.Context, _ args) (any, error) {
	return nil, n.planOutage(outage{forget: true})
}

func (n *Node) planOutage(out outage) error {
	select {
	case n.power.outages <- out:
		return nil
	default:
		return rpcErrorf(codeMisc, "an outage is due already")
	}
}

func simSlow(n *Node, _ context.Context, a args) (any, error) {
	d, err := a.seconds(0)
	if err != nil {
		return nil, err
	}
	n.Slow(d)
	return nil, nil
}

func simWrongChainID(n *Node, _ context.Context, a args) (any, error) {
	id, err := a.count(0)
	if err != nil {
		return nil, err
	}
	if id > 0xffff {
		return nil, rpcErrorf(codeParameter, "chain id out of range")
	}
	n.WrongChainID(uint16(id))
	return nil, nil
}

func simInjectTx(n *Node, _ context.Context, a args) (any, error) {
	text, err := a.str(0)
	if err != nil {
		return nil, err
	}
	fee, err := a.count(1)
	if err != nil {
		return nil, err
	}
	raw, err := hex.DecodeString(text)
	if err != nil {
		return nil, rpcErrorf(codeDecode, "TX decode failed")
	}
	id, err := n.InjectTx(raw, int64(fee))
	if err != nil {
		return nil, rpcErrorf(codeVerify, "%s", err)
	}
	return id.String(), nil
}

func simInjectFake(n *Node, _ context.Context, a args) (any, error) {
	count, err := a.count(0)
	if err != nil {
		return nil, err
	}
	fee, err := a.count(1)
	if err != nil {
		return nil, err
	}
	return hashTexts(n.InjectFake(count, int64(fee))), nil
}

func simSubmissions(n *Node, _ context.Context, _ args) (any, error) {
	out := []map[string]any{}
	for _, s := range n.Submissions() {
		out = append(out, map[string]any{
			"at": s.At.UnixMilli(), "method": s.Method, "hash": s.Hash.String(), "height": s.Height,
			"verdict": s.Verdict, "reason": s.Reason, "best": s.Best,
		})
	}
	return out, nil
}
