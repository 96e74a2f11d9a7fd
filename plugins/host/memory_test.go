package host

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/motherlode-pool/motherlode/coins"
	"github.com/motherlode-pool/motherlode/engine/chain"
	"github.com/motherlode-pool/motherlode/plugins/internal/client"
	"github.com/motherlode-pool/motherlode/plugins/internal/wire"
)

// allocated is all that this process has ever asked of the heap, so that what
// was freed meanwhile counts too.
func allocated() uint64 {
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.TotalAlloc
}

// allowance is what a refused message may cost the pool: windows and buffers of
// the connection, never the message.
const allowance = 24 << 20

func TestMessagesThatLieAboutTheirSizeCostNoMemory(t *testing.T) {
	for _, limit := range []int{wire.MaxMessage, wire.MaxAnswer} {
		if got := fmt.Sprintf(" %d MiB", limit>>20); !strings.Contains(string(client.ErrTooLarge), got) {
			t.Errorf("%q does not name the limit, %s", client.ErrTooLarge, got)
		}
	}
	for _, size := range []string{"3 GiB", "3 GiB, sent", "65 MiB, sent"} {
		t.Run(size, func(t *testing.T) {
			cfg, _ := config(t, "liar")
			cfg.Env = append(cfg.Env, lieKey+"="+size)
			d := New(cfg)
			d.tempo.killGrace = 200 * time.Millisecond
			c := mustOpen(t, d, "")
			before := allocated()
			err := c.(coins.Parent).Templates(t.Context(), make(chan *coins.Template))
			if !errors.Is(err, client.ErrTooLarge) {
				t.Errorf("got %v, want %v", err, client.ErrTooLarge)
			}
			if cost := allocated() - before; cost > allowance {
				t.Errorf("it cost %d MiB", cost>>20)
			}
			if err := c.Close(); err != nil {
				t.Error(err)
			}
		})
	}
}

// The operator reads which limit it was.
func TestCoinWithAHugeTemplateIsDownAndSaysWhy(t *testing.T) {
	cfg, _ := config(t, "liar")
	cfg.Env = append(cfg.Env, lieKey+"=3 GiB")
	d := New(cfg)
	d.tempo.killGrace = 200 * time.Millisecond
	r := chain.New("fake", d, coins.Settings{}, chain.Options{})
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- r.Run(ctx) }()
	eventually(t, "the coin to be down", func() bool { return r.Health().State == coins.HealthDown })
	if words := r.Health().Message; !strings.Contains(words, "templates") || !strings.Contains(words, "limit of 64 MiB") || !strings.Contains(words, "3221225472") {
		t.Errorf("the status says %q", words)
	}
	cancel()
	if err := <-ended; err != nil {
		t.Error(err)
	}
}

func TestLongHeadersAreRefused(t *testing.T) {
	cfg, _ := config(t, "liar")
	d := New(cfg)
	d.tempo.killGrace = 200 * time.Millisecond
	c := mustOpen(t, d, "")
	before := allocated()
	if p, err := c.ValidateAddress(t.Context(), "fake1"); err == nil {
		t.Errorf("got %+v, want an error", p)
	}
	if cost := allocated() - before; cost > allowance {
		t.Errorf("it cost %d MiB", cost>>20)
	}
}

func TestLongErrorsAreCut(t *testing.T) {
	cfg, _ := config(t, "liar")
	cfg.Env = append(cfg.Env, lieKey+"=long error")
	d := New(cfg)
	d.tempo.killGrace = 200 * time.Millisecond
	c := mustOpen(t, d, "")
	_, err := c.ValidateAddress(t.Context(), "fake1")
	if err == nil || len(err.Error()) > 5<<10 || !strings.Contains(err.Error(), "so long") {
		t.Errorf("%d bytes: %.100v", len(fmt.Sprint(err)), err)
	}
}

// Many miners connect at once, and each has its address asked about: the answers are
// bounded, so that all of them together are too.
func TestGiantAnswersToCallsCostNoMemory(t *testing.T) {
	cfg, _ := config(t, "liar")
	cfg.Env = append(cfg.Env, lieKey+"=giant answer")
	d := New(cfg)
	d.tempo.killGrace = 200 * time.Millisecond
	c := mustOpen(t, d, "")
	const calls = 20
	before := allocated()
	var group sync.WaitGroup
	for range calls {
		group.Go(func() {
			if _, err := c.ValidateAddress(t.Context(), "fake1"); !errors.Is(err, client.ErrTooLarge) {
				t.Errorf("got %v, want %v", err, client.ErrTooLarge)
			}
		})
	}
	group.Wait()
	if cost := allocated() - before; cost > calls*(1<<20) {
		t.Errorf("%d answers cost %d MiB", calls, cost>>20)
	}
}

// A reader that keeps the latest alone, as the engine does, holds a few templates
// however fast they come.
func TestFloodOfTemplatesThatAreReadDoesNotGrowMemory(t *testing.T) {
	const size = 1 << 20
	cfg, _ := config(t, "plugin")
	c := mustOpen(t, New(cfg), fmt.Sprintf(`{"flood":true,"template_bytes":%d}`, size))
	ctx, cancel := context.WithCancel(t.Context())
	out, ended := make(chan *coins.Template), make(chan error, 1)
	go func() { ended <- c.(coins.Parent).Templates(ctx, out) }()
	var latest atomic.Pointer[coins.Template]
	var came atomic.Int64
	var reader sync.WaitGroup
	reader.Go(func() {
		for {
			select {
			case tpl := <-out:
				latest.Store(tpl)
				came.Add(1)
			case <-ctx.Done():
				return
			}
		}
	})
	before, most := inUse(), uint64(0)
	eventually(t, "200 templates", func() bool {
		most = max(most, inUse())
		return came.Load() >= 200
	})
	cancel()
	reader.Wait()
	<-ended
	t.Logf("%d templates of 1 MiB, at most %d MiB in use, %d MiB before", came.Load(), most>>20, before>>20)
	if most > before+48<<20 {
		t.Errorf("%d MiB in use, %d MiB before the flood", most>>20, before>>20)
	}
}

// inUse is what the heap holds without its garbage.
func inUse() uint64 {
	var m runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}
