package notify

import (
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// What lasts is told once, and once more when it is over.
func TestStates(t *testing.T) {
	for _, c := range []struct {
		name       string
		bad        func(*Snapshot)
		down, back []Kind
		text       string
	}{
		{"one node", func(s *Snapshot) {
			s.Coins[0].Nodes[1] = Node{"b:1", "down", "connection refused"}
		}, []Kind{NodeDown}, []Kind{NodeBack}, "Node b:1 of bitcoin is down: connection refused; the others go on"},
		{"all nodes", func(s *Snapshot) {
			s.Coins[0] = Coin{Name: "bitcoin", State: "down", Message: "no node answers", Nodes: []Node{{"a:1", "down", ""}, {"b:1", "down", ""}}}
		}, []Kind{CoinDown}, []Kind{CoinBack}, "bitcoin cannot be mined: none of its nodes can be used: no node answers"},
		{"plugin", func(s *Snapshot) {
			s.Coins[0] = Coin{Name: "bitcoin", State: "parked", Parked: "it panics"}
		}, []Kind{PluginParked}, []Kind{PluginBack}, "The plugin of bitcoin is parked: it failed too often: it panics"},
		{"work", func(s *Snapshot) {
			s.Pools[0].NoWork = "no template"
		}, []Kind{NoWork}, []Kind{WorkBack}, "Pool btc has no fresh work for its miners: no template"},
		{"share log", func(s *Snapshot) {
			s.Pools[0].ShareLog = "no space left on device"
		}, []Kind{StorageDown}, []Kind{StorageBack}, "Pool btc cannot write shares down and refuses them: no space left on device; look at the disk of data_dir"},
		{"ledger", func(s *Snapshot) {
			s.Ledger = "no space left on device"
		}, []Kind{StorageDown}, []Kind{StorageBack}, "The ledger cannot be written: no space left on device; shares are kept in the share log and counted later"},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				b, s := newBench(t), &fakeSender{}
				good := b.source.Look()
				b.start(Hook{Sender: s})
				b.pass(10 * time.Minute)
				s.expect(t, "all is well")
				b.source.set(func(f *fakeSource) { c.bad(&f.snapshot) })
				b.pass(10 * time.Minute)
				got := s.expect(t, "bad", c.down...)
				if len(got) == 1 && got[0].Text != c.text {
					t.Errorf("got %q, want %q", got[0].Text, c.text)
				}
				b.stop()
				b.start(Hook{Sender: s}) // a restart tells nothing new
				b.pass(10 * time.Minute)
				s.expect(t, "bad after a restart")
				b.source.set(func(f *fakeSource) { f.snapshot = good })
				b.pass(30 * time.Minute)
				got = s.expect(t, "good again", c.back...)
				if len(got) == 1 && !strings.Contains(got[0].Text, ", after 20m") {
					t.Errorf("got %q, want how long it was", got[0].Text)
				}
				b.stop()
			})
		})
	}
}

// A node that comes and goes for a day sends a handful, not thousands.
func TestFlappingNode(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b, s := newBench(t), &fakeSender{}
		b.start(Hook{Sender: s})
		for i := range 24 * 20 {
			b.source.set(func(f *fakeSource) { f.snapshot.Coins[0].Nodes[0].State = []string{"down", "ready"}[i%2] })
			b.pass(90 * time.Second)
		}
		kinds, _ := s.take()
		if len(kinds) < 1 || len(kinds) > 8 {
			t.Errorf("got %d notices of 480 changes, want 1 to 8: %v", len(kinds), kinds)
		}
		b.stop()
	})
}

func TestWorkers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b, s, other := newBench(t), &fakeSender{}, &fakeSender{}
		workers := map[string]bool{"rig1": true, "rig2": true, "idle": false}
		mine := func(minutes int) { // each that is set submits every minute
			for range minutes {
				b.source.set(func(f *fakeSource) {
					for i := range f.workers {
						if workers[f.workers[i].Name] {
							f.workers[i].Last = time.Now()
						}
					}
				})
				b.pass(time.Minute)
			}
		}
		b.source.set(func(f *fakeSource) {
			for name := range workers {
				f.workers = append(f.workers, Worker{"btc", "me", name, time.Now()})
			}
			f.workers = append(f.workers, Worker{"btc", "other", "x", time.Now()})
		})
		hook := Hook{Sender: s, Accounts: []string{"me"}}
		b.start(hook, Hook{Sender: other, Accounts: []string{"nobody"}})
		mine(30)
		s.expect(t, "all mine, but one that never did")

		workers["rig1"] = false
		mine(9)
		s.expect(t, "silent for less than ten minutes")
		mine(3)
		got := s.expect(t, "silent", WorkerDown)
		if len(got) == 1 && (got[0].Worker != "rig1" || !strings.Contains(got[0].Text, "Worker me.rig1 has sent no share to pool btc for 1")) {
			t.Errorf("got %+v", got[0])
		}
		mine(60)
		s.expect(t, "still silent")
		b.stop()
		b.start(hook)
		mine(20)
		s.expect(t, "still silent after a restart")
		workers["rig1"] = true
		mine(2)
		s.expect(t, "mines again", WorkerBack)

		// It is silent again: the second time it may be silent for longer.
		workers["rig1"] = false
		mine(15)
		s.expect(t, "silent for less than twenty minutes")
		mine(7)
		s.expect(t, "silent for the second time", WorkerDown)

		// While the pool has no work nobody is to blame, nor for ten minutes after.
		b.source.set(func(f *fakeSource) { f.snapshot.Pools[0].NoWork = "no template" })
		workers["rig2"] = false
		mine(60)
		s.expect(t, "no work", NoWork)
		b.source.set(func(f *fakeSource) { f.snapshot.Pools[0].NoWork = "" })
		mine(9)
		s.expect(t, "work again", WorkBack)
		mine(3)
		s.expect(t, "silent though there is work", WorkerDown)
		if kinds, _ := other.take(); fmt.Sprint(kinds) != "[]" {
			t.Errorf("a hook of another account got %v", kinds)
		}
		b.stop()
	})
}

// Workers of one account that fall silent together are told together.
func TestManyWorkers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b, s := newBench(t), &fakeSender{}
		b.source.set(func(f *fakeSource) {
			for i := range 17 {
				f.workers = append(f.workers, Worker{"btc", "me", fmt.Sprintf("rig%02d", i), time.Now()})
			}
		})
		b.start(Hook{Sender: s, Accounts: []string{"*"}})
		b.pass(time.Minute)
		b.source.set(func(f *fakeSource) {
			for i := range f.workers {
				f.workers[i].Last = time.Now()
			}
		})
		b.pass(20 * time.Minute)
		got := s.expect(t, "silent", WorkerDown)
		const want = "17 workers of me are silent in pool btc: rig00, rig01, rig02, rig03, rig04, rig05, rig06, rig07, rig08, rig09 and 7 more"
		if len(got) == 1 && got[0].Text != want {
			t.Errorf("got %q, want %q", got[0].Text, want)
		}
		b.stop()
	})
}

func TestMoneyAndBests(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b, s := newBench(t), &fakeSender{}
		b.source.set(func(f *fakeSource) {
			f.payments = []Payment{{ID: 1, Pool: "btc", Chain: "bitcoin", State: "sent", Changed: time.Now().Add(-time.Hour)}}
			f.best["btc "], f.best["btc me"] = 5e9, 1e9
		})
		b.start(Hook{Sender: s, Events: Events(), Accounts: []string{"me", "*"}})
		b.pass(time.Minute)
		s.expect(t, "what was there before")

		pay := func(state string) {
			b.source.set(func(f *fakeSource) {
				p := Payment{ID: 2, Pool: "btc", Chain: "bitcoin", State: state, Amount: "1.5 BTC", Accounts: 3, TxID: "abcd", Changed: time.Now(), Reason: "spent elsewhere"}
				f.payments = append([]Payment{p}, f.payments[len(f.payments)-1])
			})
			b.pass(time.Minute)
		}
		pay("prepared")
		s.expect(t, "prepared")
		pay("sent")
		if got := s.expect(t, "sent", PaymentSent); len(got) == 1 && got[0].Text != "Payment 2 of pool btc: 1.5 BTC sent to 3 accounts, transaction abcd" {
			t.Errorf("got %q", got[0].Text)
		}
		pay("confirmed")
		s.expect(t, "confirmed")
		pay("failed")
		s.expect(t, "failed", PaymentFailed)

		b.source.set(func(f *fakeSource) { f.best["btc "], f.best["btc me"] = 7.25e12, 2e9 })
		b.pass(time.Minute)
		if got := s.expect(t, "new best", BestShare, AccountBest); len(got) == 2 && got[0].Text != "New best share of pool btc: 7.25T, was 5G" {
			t.Errorf("got %q", got[0].Text)
		}
		b.source.set(func(f *fakeSource) { f.best["btc "] = 8e12 })
		b.pass(time.Minute)
		b.source.set(func(f *fakeSource) { f.best["btc "] = 9e12 })
		b.pass(time.Minute)
		s.expect(t, "too soon")
		b.pass(10 * time.Minute)
		if got := s.expect(t, "the best of ten minutes", BestShare); len(got) == 1 && got[0].Difficulty != 9e12 {
			t.Errorf("got %+v", got[0])
		}
		b.stop()
	})
}
