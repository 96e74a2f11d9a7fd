package testnode

import (
	"context"
	"errors"
	"time"
)

// TB is the part of testing.TB that the helpers need. It is here so that a
// program may import this package without linking package testing.
type TB interface {
	Helper()
	Fatalf(format string, args ...any)
	Skipf(format string, args ...any)
	Cleanup(func())
	Context() context.Context
}

// mustTimeout covers building btcd for the first time.
const mustTimeout = 5 * time.Minute

// MustBTCD starts btcd on regtest for a test, connected to the given peers'
// first, if any, and stops it when the test ends.
func MustBTCD(t TB, peers ...*Node) *Node {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), mustTimeout)
	defer cancel()
	opt := Options{}
	if len(peers) > 0 {
		opt.Connect = peers[0].P2P
	}
	n, err := StartBTCD(ctx, opt)
	if err != nil {
		t.Fatalf("start btcd: %v", err)
	}
	t.Cleanup(func() { mustStop(t, n.Stop) })
	return n
}

// MustLitecoind starts litecoind and its peer for a test and stops them when
// the test ends. Where litecoind is not installed the test is skipped, and
// says so.
func MustLitecoind(t TB) *Litecoin {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), mustTimeout)
	defer cancel()
	l, err := StartLitecoind(ctx, Options{})
	if errors.Is(err, ErrNotInstalled) {
		t.Skipf("needs litecoind (Debian package litecoind): %v", err)
	}
	if err != nil {
		t.Fatalf("start litecoind: %v", err)
	}
	t.Cleanup(func() { mustStop(t, l.Stop) })
	return l
}

func mustStop(t TB, stop func() error) {
	t.Helper()
	if err := stop(); err != nil {
		t.Fatalf("stop node: %v", err)
	}
}
