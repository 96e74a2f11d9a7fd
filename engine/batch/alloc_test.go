//go:build !race

package batch

import (
	"context"
	"testing"

	"github.com/motherlode-pool/motherlode/coins"
)

// Nothing is allocated for a header or a request; a call has its context.
func TestAllocations(t *testing.T) {
	b := New("toy", func(_ context.Context, _ int, _, _ []byte, out []coins.Hash) error {
		clear(out)
		return nil
	}, Options{})
	ctx, cancel := context.WithCancel(t.Context())
	ran := make(chan error, 1)
	go func() { ran <- b.Run(ctx) }()
	requests := make([]*Request, 64)
	for i := range requests {
		requests[i] = NewRequest()
	}
	head := make([]byte, 80)
	seed := make([]byte, 32)
	turn := func() {
		for _, q := range requests {
			q.Reset(len(head), seed)
			q.Add(head)
			b.Submit(q)
		}
		for _, q := range requests {
			if err := b.Wait(q); err != nil {
				t.Error(err)
			}
		}
	}
	for range 100 {
		turn()
	}
	if got := testing.AllocsPerRun(200, turn); got > 20 {
		t.Errorf("%v allocations for 64 requests, want those of a few calls", got)
	}
	cancel()
	if err := <-ran; err != nil {
		t.Error(err)
	}
}
