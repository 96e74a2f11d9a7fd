package zmq

import (
	"bufio"
	"encoding/binary"
	"fmt"
	"io"
	"os/exec"
	"strings"
	"testing"
	"time"
)

// publisher is a PUB socket of libzmq itself, which is what nodes are built with.
// It binds a port of its own and prints it; then for each line of input, a
// counter, it sends one message as a node does, when somebody has subscribed.
const publisher = `
import struct, sys, zmq
s = zmq.Context().socket(zmq.XPUB)
print(s.bind_to_random_port("tcp://127.0.0.1"), flush=True)
for line in sys.stdin:
    word, n = line.split()
    if word == "wait":
        assert s.recv() == b"\x01hashblock"
        print("subscribed", flush=True)
    else:
        s.send_multipart([word.encode(), bytes([int(n)]) * 32, struct.pack("<I", int(n))])
`

type libzmq struct {
	address string
	in      io.WriteCloser
	out     *bufio.Scanner
}

func mustLibzmq(t *testing.T) *libzmq {
	t.Helper()
	const python = "/usr/bin/python3"
	if out, err := exec.Command(python, "-c", "import zmq").CombinedOutput(); err != nil {
		t.Skipf("needs libzmq with Python (Debian package python3-zmq): %v %s", err, out)
	}
	cmd := exec.Command(python, "-c", publisher)
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	var said strings.Builder
	cmd.Stderr = &said
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	p := &libzmq{in: in, out: bufio.NewScanner(out)}
	watchdog := time.AfterFunc(time.Minute, func() { cmd.Process.Kill() })
	t.Cleanup(func() {
		in.Close()
		cmd.Wait()
		watchdog.Stop()
		if t.Failed() {
			t.Log(said.String())
		}
	})
	p.address = "127.0.0.1:" + p.line(t)
	return p
}

func (p *libzmq) line(t *testing.T) string {
	t.Helper()
	if !p.out.Scan() {
		t.Fatalf("the publisher ended: %v", p.out.Err())
	}
	return p.out.Text()
}

func (p *libzmq) say(t *testing.T, word string, n int) {
	t.Helper()
	if _, err := fmt.Fprintln(p.in, word, n); err != nil {
		t.Fatal(err)
	}
}

func TestAgainstLibzmq(t *testing.T) {
	p := mustLibzmq(t)
	sub, err := Dial(t.Context(), p.address, "hashblock")
	if err != nil {
		t.Fatal(err)
	}
	defer sub.Close()
	p.say(t, "wait", 0)
	if got := p.line(t); got != "subscribed" {
		t.Fatalf("libzmq saw %q, want the subscription", got)
	}

	// Of another topic nothing comes; a jump of the counter is a gap.
	p.say(t, "rawtx", 9)
	for _, c := range []struct {
		counter int
		gap     bool
	}{{1, false}, {2, false}, {4, true}, {5, false}} {
		p.say(t, "hashblock", c.counter)
		message, err := sub.Receive()
		if err != nil {
			t.Fatal(err)
		}
		if len(message) != 3 || string(message[0]) != "hashblock" || len(message[1]) != 32 || int(message[1][0]) != c.counter || binary.LittleEndian.Uint32(message[2]) != uint32(c.counter) {
			t.Fatalf("got %q, want message %d", message, c.counter)
		}
		if got := sub.Gap(message); got != c.gap {
			t.Errorf("message %d: gap %v, want %v", c.counter, got, c.gap)
		}
	}

	// The publisher ends: Receive says so.
	p.in.Close()
	if message, err := sub.Receive(); err == nil {
		t.Errorf("got %q of a publisher that is gone", message)
	}
}
