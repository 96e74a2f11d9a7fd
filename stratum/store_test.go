package stratum

import (
	"bufio"
	"errors"
	"fmt"
	"maps"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// memStore keeps leases in memory; copies of it are what a killed process leaves.
type memStore struct {
	mu     sync.Mutex
	known  bool
	mark   uint32
	leases map[[8]byte]Lease
	keeps  int
	err    error
}

func (m *memStore) Load() (Kept, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	k := Kept{Known: m.known, Mark: m.mark}
	for _, l := range m.leases {
		k.Leases = append(k.Leases, l)
	}
	return k, m.err
}

func (m *memStore) Keep(c Changes) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.err != nil {
		return m.err
	}
	m.keeps++
	m.known, m.mark = true, c.Mark
	if m.leases == nil {
		m.leases = map[[8]byte]Lease{}
	}
	for _, l := range c.Put {
		m.leases[l.Session] = l
	}
	for _, id := range c.Ended {
		delete(m.leases, id)
	}
	return nil
}

func (m *memStore) copy() *memStore {
	m.mu.Lock()
	defer m.mu.Unlock()
	return &memStore{known: m.known, mark: m.mark, leases: maps.Clone(m.leases)}
}

// keeper is what a server does with its store, by hand.
func keeper(t *testing.T, m *memStore, prefix ...byte) *Server {
	t.Helper()
	srv := New(Config{Store: m, NodePrefix: prefix}, newPool())
	srv.recall()
	return srv
}

func mustTake(t *testing.T, srv *Server, id string) lease {
	t.Helper()
	l, _, ok := srv.leases.take([]byte(id), time.Now())
	if !ok {
		t.Fatal("no value left")
	}
	return l
}

func TestLeasesAfterAKill(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store := &memStore{}
		first := keeper(t, store)
		live, gone, ended := mustTake(t, first, ""), mustTake(t, first, ""), mustTake(t, first, "")
		first.leases.release(gone, past{}, true, time.Now())
		first.leases.release(ended, past{}, false, time.Now())
		first.keep()
		unkept := mustTake(t, first, "") // in the second of the kill
		left := store.copy()

		time.Sleep(5 * time.Minute)
		mark := left.mark
		second := keeper(t, left)
		if got := second.leases.next; got != mark {
			t.Errorf("the counter goes on at %d, want the mark, %d", got, mark)
		}
		out := map[[4]byte]bool{live.extranonce: true, gone.extranonce: true, unkept.extranonce: true, ended.extranonce: true}
		for range 1000 {
			l := mustTake(t, second, "")
			if out[l.extranonce] {
				t.Fatalf("extranonce1 %x is given out twice", l.extranonce)
			}
			out[l.extranonce] = true
		}
		for _, l := range []lease{live, gone} {
			if got := mustTake(t, second, l.id); got != l {
				t.Errorf("session %s comes back and gets %x, want %x", l.id, got.extranonce, l.extranonce)
			}
			if got := mustTake(t, second, l.id); got == l {
				t.Errorf("session %s is there twice", l.id)
			}
		}
		for _, l := range []lease{ended, unkept} {
			if got := mustTake(t, second, l.id); got == l || out[got.extranonce] {
				t.Errorf("session %s, of which nothing was kept, gets %x", l.id, got.extranonce)
			}
		}

		// A lease that ended while nothing ran is over; one that was live begins anew.
		time.Sleep(6 * time.Minute)
		third := keeper(t, left.copy())
		if got := mustTake(t, third, live.id); got.id != live.id {
			t.Error("a connected miner lost its value")
		}
		fourth := keeper(t, store.copy()) // as the first left it, 11 minutes ago
		if got := mustTake(t, fourth, gone.id); got.id == gone.id {
			t.Error("a lease outlived its 10 minutes")
		}
	})
}

// The mark is ahead of every value that was given out, also of those within the
// second of a kill.
func TestMarkIsAhead(t *testing.T) {
	for _, c := range []struct {
		name   string
		prefix []byte
		takes  int
	}{{"no prefix", nil, 100_000}, {"a node", []byte{7}, 100_000}, {"a long prefix", []byte{7, 9}, 30_000}} {
		t.Run(c.name, func(t *testing.T) {
			store := &memStore{}
			srv := keeper(t, store, c.prefix...)
			for i := range c.takes {
				l := mustTake(t, srv, "")
				if string(l.extranonce[:len(c.prefix)]) != string(c.prefix) {
					t.Fatalf("%x does not begin with %x", l.extranonce, c.prefix)
				}
				srv.leases.release(l, past{}, false, time.Now())
				if i%1000 == 0 {
					srv.keep() // as each second
				}
				if ahead := int32(store.mark - srv.leases.next); ahead < 0 {
					t.Fatalf("after %d the mark is %d behind", i, -ahead)
				}
			}
			if store.keeps > c.takes/1000+10 {
				t.Errorf("%d writes", store.keeps)
			}
		})
	}
}

func TestNothingIsKeptWhenNothingChanges(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store := &memStore{}
		srv := New(Config{Store: store}, newPool())
		end := srv.remember(t.Context())
		for range 100 {
			mustTake(t, srv, "")
		}
		time.Sleep(time.Minute)
		end()
		if store.keeps != 2 { // the mark, the leases
			t.Errorf("%d writes for 100 connections in a second, want 2", store.keeps)
		}
	})
}

func TestLeasesOfAnotherNodeAreNotOurs(t *testing.T) {
	store := &memStore{}
	a := mustTake(t, keeper(t, store, 1), "")
	store.Keep(Changes{Mark: 5, Put: []Lease{{Session: [8]byte{1}, Extranonce: a.extranonce}}})
	other := keeper(t, store.copy(), 2)
	if got := mustTake(t, other, "0100000000000000"); got.extranonce[0] != 2 || got.id == "0100000000000000" {
		t.Errorf("node 2 gives out %x", got.extranonce)
	}
}

// A store that fails costs nothing but the memory of it, and what was to be kept
// is kept later.
func TestFailingStore(t *testing.T) {
	store := &memStore{err: errors.New("no disk")}
	srv := keeper(t, store)
	l := mustTake(t, srv, "")
	srv.keep()
	store.mu.Lock()
	store.err = nil
	store.mu.Unlock()
	srv.keep()
	if got := mustTake(t, keeper(t, store.copy()), l.id); got != l {
		t.Errorf("after the disk came back: %v, want %v", got, l)
	}
}

// Thousands that come back at once all get their own.
func TestReconnectStormOverARestart(t *testing.T) {
	const miners = 500
	store := &memStore{}
	p := newPool()
	p.put(newJob(1, true))
	ids, values := make([]string, miners), make([]string, miners)
	storm := func(addr string, f func(i int, c *client)) {
		var all sync.WaitGroup
		for w := range 20 {
			all.Go(func() {
				for i := w; i < miners; i += 20 {
					c := dial(t, addr)
					c.in = bufio.NewReaderSize(c.conn, 1024)
					f(i, c)
				}
			})
		}
		all.Wait()
	}
	login := func(i int, c *client) (extranonce, id string) {
		c.send(fmt.Sprintf(`{"id":1,"method":"mining.subscribe","params":["x","%s"]}`, ids[i]), `{"id":3,"method":"mining.authorize","params":["w","x"]}`)
		extranonce, id = subscribed(t, c.message())
		for c.message().Method != "mining.notify" {
		}
		return extranonce, id
	}
	_, addr := serve(t, p, func(c *Config) { c.Store = store })
	storm(addr, func(i int, c *client) { values[i], ids[i] = login(i, c) })
	eventually(t, "all leases kept", func() bool { return len(store.copy().leases) == miners })

	_, addr = serve(t, p, func(c *Config) { c.Store = store.copy() })
	begin := time.Now()
	storm(addr, func(i int, c *client) {
		if value, id := login(i, c); value != values[i] || id != ids[i] {
			t.Errorf("session %s came back and got %s and %s, want %s", ids[i], id, value, values[i])
		}
	})
	t.Logf("%d sessions resumed in %v", miners, time.Since(begin))
}
