package blocknotify

import (
	"context"
	"errors"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/motherlode-pool/motherlode/internal/freeport"
)

const hash = "000000000019d6689c085ae165831e934ff763ae46a2a6c172b3f1b60a8ce26f"

// mustListen listens on a port of its own until the test ends.
func mustListen(t *testing.T) (address string, news <-chan string) {
	t.Helper()
	address, err := freeport.UDP()
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	heard, ended := make(chan string, 10), make(chan error, 1)
	go func() { ended <- Listen(ctx, address, func(h string) { heard <- h }) }()
	t.Cleanup(func() {
		cancel()
		if err := <-ended; !errors.Is(err, context.Canceled) {
			t.Errorf("Listen ended with %v, want it cancelled", err)
		}
	})
	return address, heard
}

func TestNoticeIsHeard(t *testing.T) {
	address, news := mustListen(t)
	// What is no notice neither is heard nor ends the listening.
	conn, err := net.Dial("udp", address)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	for _, junk := range []string{"", "hello", hash + "0", hash[1:] + "x", strings.Repeat("0", 60_000)} {
		conn.Write([]byte(junk))
	}
	deadline := time.Now().Add(10 * time.Second)
	for err = Send(t.Context(), address, hash); err != nil; err = Send(t.Context(), address, hash) {
		if time.Now().After(deadline) {
			t.Fatal(err) // Listen had ten seconds to begin
		}
	}
	if got := <-news; got != hash {
		t.Errorf("heard %q, want %q", got, hash)
	}
}

func TestNobodyListens(t *testing.T) {
	began := time.Now()
	err := Send(t.Context(), "127.0.0.1:1", hash)
	if !errors.Is(err, ErrUnheard) || !strings.Contains(err.Error(), "is the pool running") {
		t.Errorf("got %v, want ErrUnheard with what to do", err)
	}
	if took := time.Since(began); took > 5*time.Second {
		t.Errorf("took %v: the node's command hangs", took)
	}
}

func TestWrongUse(t *testing.T) {
	for name, c := range map[string]struct {
		address, hash string
		want          ErrorKind
	}{
		"no port":       {"127.0.0.1", hash, ErrAddress},
		"no host":       {":28340", hash, ErrAddress},
		"short hash":    {"127.0.0.1:28340", "00ff", ErrHash},
		"percent s":     {"127.0.0.1:28340", "%s", ErrHash},
		"no hex digits": {"127.0.0.1:28340", strings.Repeat("z", 64), ErrHash},
	} {
		t.Run(name, func(t *testing.T) {
			if err := Send(t.Context(), c.address, c.hash); !errors.Is(err, c.want) {
				t.Errorf("got %v, want %v", err, c.want)
			}
		})
	}
}

func TestPortThatIsTaken(t *testing.T) {
	taken, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	if err := Listen(t.Context(), taken.LocalAddr().String(), func(string) {}); err == nil {
		t.Error("no error")
	}
}
