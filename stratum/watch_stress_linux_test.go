package stratum

import (
	"bufio"
	"fmt"
	"math/rand/v2"
	"net"
	"os"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"
)

// descriptors counts the open descriptors of the process.
func descriptors(t *testing.T) int {
	t.Helper()
	all, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		t.Fatal(err)
	}
	return len(all)
}

// disturb is one connection of a miner that may end at any point and in any way.
func disturb(address string, number int) {
	conn, err := net.Dial("tcp", address)
	if err != nil {
		return
	}
	defer conn.Close()
	conn.SetDeadline(time.Now().Add(5 * time.Second))
	tcp := conn.(*net.TCPConn)
	line := submission("4", "w", "j1", fmt.Sprintf("%08x", number)) + "\n"
	text := strings.Join(bitaxe, "\n") + "\n" + strings.Repeat(line, rand.IntN(3*turnLines))
	text = text[:rand.IntN(len(text)+1)]
	switch rand.IntN(4) {
	case 0: // byte by byte
		for i := range min(len(text), 200) {
			conn.Write([]byte(text[i : i+1]))
		}
	case 1: // aborted, what was not read is lost
		conn.Write([]byte(text))
		tcp.SetLinger(0)
	case 2: // half closed, and read to the end
		conn.Write([]byte(text))
		tcp.CloseWrite()
		bufio.NewReader(conn).WriteTo(discard{})
	default:
		conn.Write([]byte(text))
	}
}

type discard struct{}

func (discard) Write(b []byte) (int, error) { return len(b), nil }

// Sessions that come, end and are ended in every state, under jobs and kicks,
// leave nothing behind, and a miner that stays is served all the while.
func TestWatchedSessionsUnderDisturbance(t *testing.T) {
	const miners, connects = 8, 150
	fds, goroutines := descriptors(t), runtime.NumGoroutine()
	t.Run("disturbed", func(t *testing.T) {
		p := newPool()
		p.quiet = true
		p.put(newJob(1, true))
		srv, addr := serve(t, p, nil)
		steady := dial(t, addr)
		steady.login()
		kept := srv.Sessions()[0].Number

		var all, others sync.WaitGroup
		for m := range miners {
			all.Go(func() {
				for i := range connects {
					disturb(addr, m*connects+i)
				}
			})
		}
		over := make(chan struct{})
		others.Go(func() { // jobs and kicks, as fast as they go
			for seq := uint64(2); ; seq++ {
				select {
				case <-over:
					return
				default:
				}
				srv.Broadcast(p.put(newJob(seq, false)))
				if all := srv.Sessions(); len(all) > 1 {
					if n := all[rand.IntN(len(all))].Number; n != kept {
						srv.Drop(Who{Session: n})
					}
				}
				runtime.Gosched()
			}
		})
		go func() { all.Wait(); close(over) }()
		for served := 0; ; served++ {
			steady.send(`{"id":"sync","method":"mining.ping","params":[]}`)
			for line := ""; !strings.HasPrefix(line, `{"id":"sync"`); {
				if line = steady.line(); line == "" {
					t.Fatal("the steady miner was cut off")
				}
			}
			select {
			case <-over:
				others.Wait()
				eventually(t, "all but one to leave", func() bool { return srv.Live() == 1 })
				t.Logf("the steady miner was answered %d times", served)
				return
			default:
			}
		}
	})
	eventually(t, "no descriptor is left", func() bool { return descriptors(t) <= fds+2 }) // the runtime's own poller may be new: two
	eventually(t, "no goroutine is left", func() bool { return runtime.NumGoroutine() <= goroutines+1 })
}
