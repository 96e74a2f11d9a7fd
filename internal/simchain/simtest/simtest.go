package simtest

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/motherlode-pool/motherlode/internal/simchain"
)

// startLimit is how long a node may take to listen.
const startLimit = 10 * time.Second

// MustStart runs a node until the test ends. It fails the test if the node
// cannot be started or stops by itself.
func MustStart(t testing.TB, cfg simchain.Config) *simchain.Node {
	t.Helper()
	n := simchain.New(cfg)
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- n.Run(ctx) }()
	select {
	case <-n.Ready():
	case err := <-done:
		cancel()
		t.Fatalf("node stopped at start: %v", err)
	case <-time.After(startLimit):
		cancel()
		t.Fatalf("node not up after %v", startLimit)
	}
	t.Cleanup(func() {
		cancel()
		if err := <-done; !errors.Is(err, context.Canceled) {
			t.Errorf("node stopped by itself: %v", err)
		}
	})
	return n
}
