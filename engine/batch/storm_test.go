package batch

import (
	"context"
	"errors"
	"math/rand/v2"
	"sync"
	"testing"
	"time"

	"github.com/motherlode-pool/motherlode/coins"
)

// TestStorm is many sessions at a function that is slow, fails and hangs at
// random: a hash is right or there is none.
func TestStorm(t *testing.T) {
	right := &fake{}
	hash := func(ctx context.Context, size int, headers, param []byte, out []coins.Hash) error {
		switch rand.IntN(12) {
		case 0:
			return errors.New("unlucky")
		case 1:
			<-ctx.Done()
			return ctx.Err()
		case 2:
			time.Sleep(time.Millisecond)
		}
		return right.hash(ctx, size, headers, param, out)
	}
	b := New("toy", hash, Options{Deadline: 20 * time.Millisecond, Retry: time.Millisecond, MaxQueued: 600})
	ctx, cancel := context.WithCancel(t.Context())
	ran := make(chan error, 1)
	go func() { ran <- b.Run(ctx) }()

	var sessions sync.WaitGroup
	var mu sync.Mutex
	ended := map[error]int{}
	for s := range 50 {
		sessions.Go(func() {
			q := NewRequest()
			for turn := range 40 {
				param := []byte{byte(rand.IntN(3))}
				q.Reset(testSize, param)
				first := s*10_000 + turn*100
				for i := range 1 + rand.IntN(32) {
					q.Add(header(first + i))
				}
				b.Submit(q)
				err := b.Wait(q)
				for i := range q.Len() {
					if err == nil && *q.Hash(i) != toy(header(first+i), param) {
						t.Errorf("session %d, turn %d: hash %d is wrong", s, turn, i)
						return
					}
				}
				kind := err
				for _, k := range []error{ErrFull, ErrLate, ErrFailed} {
					if errors.Is(err, k) {
						kind = k
					}
				}
				mu.Lock()
				ended[kind]++
				mu.Unlock()
			}
		})
	}
	sessions.Wait()
	cancel()
	if err := <-ran; err != nil {
		t.Error(err)
	}
	if ended[nil] == 0 || ended[ErrLate]+ended[ErrFailed] == 0 || ended[nil]+ended[ErrFull]+ended[ErrLate]+ended[ErrFailed] != 2000 {
		t.Errorf("ends: %v", ended)
	}
	if s := b.Stats(); s.Queued != 0 || s.InFlight != 0 {
		t.Errorf("left over: %+v", s)
	}
}
