package personality

import (
	"context"
	"errors"
	"net"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// quietServer is right until it has answered the first share, and silent then; it
// gives no second answer, so that the miner has nothing to do but wait.
func quietServer() *fake {
	f := rightServer()
	f.submit = ""
	return f
}

// Each of the miners that count seconds ends a silent connection at its own, and
// not a second earlier.
func TestSilence(t *testing.T) {
	for _, tt := range []struct {
		name string
		who  Traits
		f    func() *fake
		want Quirk
		at   time.Duration
	}{
		{"cpuminer", CPUMiner(), quietServer, Silence, 120 * time.Second},
		{"cgminer", CGMiner(), quietServer, Silence, 90 * time.Second},
		{"avalon", Avalon(), quietServer, Silence, 90 * time.Second},
		{"bitaxe", Bitaxe(), quietServer, Silence, 180 * time.Second},
		{"nerdminer without another job", NerdMiner(), quietServer, JobMissing, 10 * time.Minute},
		{"nerdminer without a first job", NerdMiner(), func() *fake { f := quietServer(); f.begin = nil; return f }, JobMissing, time.Minute},
		{"cpuminer without a subscribe reply", CPUMiner(), func() *fake { f := quietServer(); f.subscribe = ""; return f }, Silence, 30 * time.Second},
		{"cpuminer without an authorize reply", CPUMiner(), func() *fake { f := quietServer(); f.authorize = ""; return f }, Silence, time.Minute},
		{"cgminer without a subscribe reply", CGMiner(), func() *fake { f := quietServer(); f.subscribe = ""; return f }, Silence, time.Minute},
		{"cpuminer with half a line", CPUMiner(), func() *fake { f := quietServer(); f.cut = true; return f }, SlowLine, time.Minute},
		{"cgminer with half a line", CGMiner(), func() *fake { f := quietServer(); f.cut = true; return f }, SlowLine, time.Minute},
		{"antminer without an extranonce.subscribe reply", Antminer(), func() *fake { f := quietServer(); f.other = ""; return f }, Silence, 92 * time.Second},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				start := time.Now()
				err := meet(t, tt.who, Options{}, tt.f(), 1)
				if took := time.Since(start); !errors.Is(err, tt.want) || took != tt.at {
					t.Errorf("got %v after %v, want %q after %v", err, took, tt.want, tt.at)
				}
			})
		})
	}
}

// A byte in time is enough, and NerdQAxe needs none at all.
func TestSilenceThatIsBorne(t *testing.T) {
	t.Run("something every 60 s", func(t *testing.T) {
		for _, traits := range All() {
			synctest.Test(t, func(t *testing.T) {
				near, far := net.Pipe()
				ctx, cancel := context.WithTimeout(t.Context(), 9*time.Minute)
				defer cancel()
				done := make(chan struct{})
				go func() {
					defer close(done)
					tick := time.NewTicker(time.Minute)
					defer tick.Stop()
					for {
						select {
						case <-ctx.Done():
							return
						case <-tick.C:
							_, _ = far.Write([]byte(difficultyLine(easy) + "\n"))
						}
					}
				}()
				serving := make(chan struct{})
				go func() {
					defer close(serving)
					quietServer().serve(ctx, far)
				}()
				err := New(traits, Options{User: "a", Scale: scaleOf(traits)}).Run(ctx, near)
				if !errors.Is(err, context.DeadlineExceeded) {
					t.Errorf("%s: got %v, want to be there after 9 minutes", traits.Name, err)
				}
				far.Close()
				<-done
				<-serving
			})
		}
	})
	t.Run("nothing", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			start := time.Now()
			err := meet(t, NerdQAxe(), Options{}, quietServer(), 1)
			if took := time.Since(start); took != time.Hour {
				t.Errorf("nerdqaxe: got %v after %v, want an hour of nothing", err, took)
			}
		})
	})
}

// NerdMiner asks for its difficulty again every half minute.
func TestKeepAlive(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := quietServer()
		_ = meet(t, NerdMiner(), Options{}, f, 1) // ends after 10 minutes, see TestSilence
		all := strings.Join(f.got, "\n")
		if got := strings.Count(all, "mining.suggest_difficulty"); got < 19 || got > 21 {
			t.Errorf("got %d suggestions in ten minutes, want 20:\n%s", got, all)
		}
		if !strings.Contains(all, `"params": [0.00015]`) {
			t.Errorf("the suggestion is not fractional:\n%s", all)
		}
	})
}

// How long each waits before it comes again.
func TestReconnect(t *testing.T) {
	refused := errors.New("no connection")
	closes := func(f *fake) *fake { f.begin, f.submit = nil, ""; return f }
	for _, tt := range []struct {
		name string
		who  Traits
		f    func() *fake // nil: there is no connection
		want error
		wait time.Duration
	}{
		{"cpuminer, refused", CPUMiner(), nil, refused, 30 * time.Second},
		{"cpuminer, not admitted", CPUMiner(), func() *fake { f := rightServer(); f.authorize = result("false"); return f }, AuthorizeRefused, 30 * time.Second},
		{"cpuminer, silence", CPUMiner(), func() *fake { return closes(rightServer()) }, Silence, 0},
		{"cgminer, refused", CGMiner(), nil, refused, 5 * time.Second},
		{"cgminer, silence", CGMiner(), func() *fake { return closes(rightServer()) }, Silence, 0},
		{"bitaxe, refused", Bitaxe(), nil, refused, 5 * time.Second},
		{"bitaxe, asked to", Bitaxe(), func() *fake {
			f := closes(rightServer())
			f.begin = []string{`{"id":null,"method":"client.reconnect","params":["elsewhere",1,2]}`}
			return f
		}, ErrReconnect, time.Second},
		{"cgminer, asked to", CGMiner(), func() *fake {
			f := closes(rightServer())
			f.begin = []string{`{"id":null,"method":"client.reconnect","params":[]}`}
			return f
		}, ErrReconnect, 0},
		{"cgminer, asked to another domain", CGMiner(), func() *fake {
			f := closes(rightServer())
			f.begin = []string{`{"id":null,"method":"client.reconnect","params":["elsewhere.org",1,2]}`}
			return f
		}, Silence, 0},
		{"nerdqaxe, bad JSON", NerdQAxe(), func() *fake { f := closes(rightServer()); f.begin = []string{"?"}; return f }, BadJSON, 10 * time.Second},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				ctx, cancel := context.WithCancel(t.Context())
				defer cancel()
				var got error
				var lost, again time.Time
				m := New(tt.who, Options{User: "a", Scale: scaleOf(tt.who), OnEnd: func(err error, _ time.Duration) { got, lost = err, time.Now() }})
				ends := make(chan struct{})
				served, dials := 0, 0
				_ = m.Keep(ctx, func(context.Context) (net.Conn, error) {
					if dials++; dials == 2 {
						again = time.Now()
						cancel()
					}
					if tt.f == nil || dials == 2 {
						return nil, refused
					}
					near, far := net.Pipe()
					served++
					go func() { tt.f().serve(ctx, far); far.Close(); ends <- struct{}{} }()
					return near, nil
				})
				for range served {
					<-ends
				}
				if !errors.Is(got, tt.want) || again.Sub(lost) != tt.wait {
					t.Errorf("got %v and again after %v, want %v and %v", got, again.Sub(lost), tt.want, tt.wait)
				}
			})
		})
	}
}
