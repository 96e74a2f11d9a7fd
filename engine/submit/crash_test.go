package submit

import (
	"context"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/motherlode-pool/motherlode/coins"
)

// image is what a crash at one point would leave behind: the journal's file,
// the accounts, and the node, which lives on.
type image struct {
	point     string
	journal   []byte
	events    []Event
	chain     map[coins.Hash]coins.BlockStatus
	delivered map[coins.Hash]bool // Deliver had returned
}

// camera takes an image at every point where a crash would matter.
type camera struct {
	t    *testing.T
	path string

	mu     sync.Mutex
	now    image
	images []image
}

func (c *camera) snap(point string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	data, err := os.ReadFile(c.path)
	if err != nil && !os.IsNotExist(err) {
		c.t.Error(err)
	}
	c.images = append(c.images, image{
		point: point, journal: data, events: slices.Clone(c.now.events),
		chain: maps.Clone(c.now.chain), delivered: maps.Clone(c.now.delivered),
	})
}

func (c *camera) change(f func(*image)) {
	c.mu.Lock()
	defer c.mu.Unlock()
	f(&c.now)
}

// filmedFile writes in two halves and has each filmed.
type filmedFile struct {
	file
	c *camera
}

func (f filmedFile) Write(p []byte) (int, error) {
	f.c.snap("before a write")
	n, err := f.file.Write(p[:len(p)/2])
	if err != nil {
		return n, err
	}
	f.c.snap("in the middle of a write")
	m, err := f.file.Write(p[len(p)/2:])
	f.c.snap("after a write")
	return n + m, err
}

// filmedChain is a node whose every call is filmed. A body that starts with
// "bad" is refused.
type filmedChain struct{ c *camera }

func (f filmedChain) take(hash coins.Hash, body []byte) (coins.Verdict, error) {
	f.c.snap("before a submission")
	defer f.c.snap("after a submission")
	v := coins.Verdict{Code: coins.Rejected, Reason: "bad"}
	if string(body) != "bad" {
		f.c.change(func(i *image) {
			v = coins.Verdict{Code: coins.Duplicate}
			if i.chain[hash].State == 0 {
				v = coins.Verdict{Code: coins.Received}
				i.chain[hash] = coins.BlockStatus{State: coins.BlockBestChain, Confirmations: 1, Height: 101}
			}
		})
	}
	return v, nil
}

func (f filmedChain) SubmitBlock(_ context.Context, b *coins.Block) (coins.Verdict, error) {
	return f.take(b.Hash, b.Raw)
}

func (f filmedChain) SubmitAux(_ context.Context, p *coins.AuxProof) (coins.Verdict, error) {
	return f.take(p.Hash, p.Coinbase)
}

func (f filmedChain) BlockStatus(_ context.Context, h coins.Hash, _ uint64) (st coins.BlockStatus, err error) {
	f.c.snap("before a look-up")
	st = coins.BlockStatus{State: coins.BlockUnknown}
	f.c.change(func(i *image) {
		if known, ok := i.chain[h]; ok {
			known.Confirmations += 6 // time goes by
			i.chain[h], st = known, known
		}
	})
	return st, nil
}

func (f filmedChain) Height() uint64               { return 101 }
func (f filmedChain) Info() (coins.CoinInfo, bool) { return coins.CoinInfo{Maturity: 10}, true }

// film runs a courier from an image on, delivers what it is given, and lets it
// come to rest. It returns what is left and the images that were taken.
func film(t *testing.T, from image, found []Found) (image, []image) {
	dir := t.TempDir()
	c := &camera{t: t, path: filepath.Join(dir, journalName), now: from}
	if c.now.chain == nil {
		c.now.chain, c.now.delivered = map[coins.Hash]coins.BlockStatus{}, map[coins.Hash]bool{}
	}
	if from.journal != nil {
		if err := os.WriteFile(c.path, from.journal, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	courier := New(dir, func(string) (Chain, bool) { return filmedChain{c}, true }, Options{Events: func(e Event) error {
		c.snap("before an event")
		c.change(func(i *image) { i.events = append(i.events, e) })
		c.snap("after an event")
		return nil
	}})
	courier.journal.wrap = func(f *os.File) file { return filmedFile{f, c} }

	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- courier.Run(ctx) }()
	synctest.Wait()
	for _, f := range found {
		if err := courier.Deliver(f); err != nil {
			t.Error(err)
		}
		c.change(func(i *image) { i.delivered[f.Hash] = true })
	}
	time.Sleep(10 * time.Minute) // the bubble's clock
	cancel()
	if err := <-done; err != nil {
		t.Error(err)
	}
	return c.now, c.images
}

// account keeps one state for each block, as the receiver of events does, and
// refuses a course of events that would count a block twice.
func account(t *testing.T, point string, events []Event) map[coins.Hash]State {
	rows := make(map[coins.Hash]State)
	for _, e := range events {
		if was := rows[e.Found.Hash]; e.State < was && was != Refused {
			// After a crash what was told may be told again, one step back at most.
			if was-e.State > 1 {
				t.Errorf("crash %s: block %x goes from %s to %s", point, e.Found.Hash[0], was, e.State)
			}
			continue
		}
		rows[e.Found.Hash] = e.State
	}
	return rows
}

// A crash at any point loses no block that Deliver has taken, and makes no
// block count twice.
func TestCrashAtEveryPoint(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		found := []Found{parentBlock("a", 1), auxBlock("b", 2, "bad"), auxBlock("b", 2, "good"), parentBlock("a", 3)}
		last, images := film(t, image{}, found)
		check := func(point string, i image) {
			rows := account(t, point, i.events)
			for _, f := range found {
				if !i.delivered[f.Hash] {
					continue
				}
				if got := rows[f.Hash]; got != Mature && f.Hash != (coins.Hash{2}) {
					t.Errorf("crash %s: block %x is %s at the end, want mature", point, f.Hash[0], got)
				}
				if st := i.chain[f.Hash]; st.State != coins.BlockBestChain && f.Hash != (coins.Hash{2}) {
					t.Errorf("crash %s: block %x never reached the node", point, f.Hash[0])
				}
			}
		}
		check("never", last)
		if last.chain[coins.Hash{2}].State != coins.BlockBestChain {
			t.Error("the good solution of the aux block never reached the node")
		}
		if len(images) < 60 {
			t.Errorf("%d points of crash, want dozens", len(images))
		}
		for _, i := range images {
			after, _ := film(t, i, nil)
			check(i.point, after)
			// The aux block counts once its good solution is in the journal.
			records, err := parse(i.journal)
			if err != nil {
				t.Fatal(err)
			}
			for _, rec := range records.records {
				good := rec.kind == kindFound && rec.found.Proof != nil && string(rec.found.Proof.Coinbase) == "good"
				if got := account(t, i.point, after.events)[coins.Hash{2}]; good && got != Mature {
					t.Errorf("crash %s: the aux block is %s at the end, want mature", i.point, got)
				}
			}
		}
		t.Logf("%d points of crash", len(images))
	})
}
