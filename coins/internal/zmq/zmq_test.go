package zmq

import (
	"bufio"
	"bytes"
	"context"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"io"
	"net"
	"testing"
	"time"
)

// What a libzmq 4.3 publisher says, by the specification of ZMTP 3.1: the
// greeting with minor version 1, and READY with its socket type and identity.
const (
	peerGreeting = "ff00000000000000017f" + "0301" +
		"4e554c4c00000000000000000000000000000000" + "00" +
		"00000000000000000000000000000000000000000000000000000000000000"
	peerReady = "0426" + "055245414459" + "0b536f636b65742d54797065" + "00000003" + "505542" + "084964656e74697479" + "00000000"
	ourReady  = "0426" + "055245414459" + "0b536f636b65742d54797065" + "00000003" + "535542" + "084964656e74697479" + "00000000"
)

func mustHex(t testing.TB, s string) []byte {
	t.Helper()
	b, err := hex.DecodeString(s)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// mustPeer listens, and gives the first connection to serve.
func mustPeer(t *testing.T, serve func(conn net.Conn)) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		conn, err := l.Accept()
		if err != nil {
			return
		}
		defer conn.Close()
		conn.SetDeadline(time.Now().Add(10 * time.Second))
		serve(conn)
	}()
	t.Cleanup(func() {
		l.Close()
		<-done
	})
	return l.Addr().String()
}

// message writes a message of frames.
func message(frames ...[]byte) []byte {
	var out []byte
	for i, f := range frames {
		flags := byte(flagMore)
		if i == len(frames)-1 {
			flags = 0
		}
		out = appendFrame(out, flags, f)
	}
	return out
}

func counter(n uint32) []byte { return binary.LittleEndian.AppendUint32(nil, n) }

func TestSubscribeAndReceive(t *testing.T) {
	hash := bytes.Repeat([]byte{7}, 32)
	long := bytes.Repeat([]byte{8}, 300)
	sent := make(chan []byte, 1)
	address := mustPeer(t, func(conn net.Conn) {
		conn.Write(mustHex(t, peerGreeting+peerReady))
		got := make([]byte, greetingSize+len(ourReady)/2+2+10)
		io.ReadFull(conn, got)
		sent <- got

		// A ping is answered and not seen; what follows comes in one piece
		// and then byte by byte.
		conn.Write(mustHex(t, "0409"+"0450494e47"+"0001"+"abcd"))
		pong := make([]byte, 2+5+2)
		io.ReadFull(conn, pong)
		sent <- pong
		conn.Write(message([]byte("hashblock"), hash, counter(5)))
		for _, b := range message([]byte("hashblock"), long, counter(7)) {
			conn.Write([]byte{b})
		}
	})
	s, err := Dial(t.Context(), address, "hashblock")
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()

	got := <-sent
	want := "ff00000000000000007f0300" + "4e554c4c00000000000000000000000000000000" + hex.EncodeToString(make([]byte, 32)) +
		ourReady + "000a01" + hex.EncodeToString([]byte("hashblock"))
	if len(got) > 0 && hex.EncodeToString(got) != want[:2*len(got)] {
		t.Errorf("handshake:\n got %x\nwant %s", got, want)
	}
	first, err := s.Receive()
	if err != nil {
		t.Fatal(err)
	}
	if pong := <-sent; hex.EncodeToString(pong) != "0407"+"04504f4e47"+"abcd" {
		t.Errorf("pong: got %x", pong)
	}
	if len(first) != 3 || string(first[0]) != "hashblock" || !bytes.Equal(first[1], hash) {
		t.Errorf("got %x", first)
	}
	if s.Gap(first) {
		t.Error("the first message has no gap before it")
	}
	second, err := s.Receive()
	if err != nil || len(second) != 3 || !bytes.Equal(second[1], long) {
		t.Fatalf("got %x, %v", second, err)
	}
	if !s.Gap(second) {
		t.Error("5, 7: the gap is not seen")
	}
	if _, err := s.Receive(); err == nil {
		t.Error("the end of the connection is no error")
	}
}

func TestGap(t *testing.T) {
	s := &Sub{last: map[string]uint32{}}
	for i, tt := range []struct {
		topic string
		n     uint32
		gap   bool
	}{
		{"a", 4294967295, false}, {"a", 0, false}, {"b", 9, false}, {"a", 1, false}, {"a", 3, true}, {"a", 4, false}, {"a", 0, true}, {"b", 10, false},
	} {
		if got := s.Gap([][]byte{[]byte(tt.topic), nil, counter(tt.n)}); got != tt.gap {
			t.Errorf("step %d, %s %d: got %t, want %t", i, tt.topic, tt.n, got, tt.gap)
		}
	}
	if s.Gap([][]byte{[]byte("a")}) || s.Gap(nil) {
		t.Error("a message without a counter tells of no gap")
	}
}

func TestBadPeers(t *testing.T) {
	curve := "ff00000000000000017f0301" + hex.EncodeToString([]byte("CURVE")) + hex.EncodeToString(make([]byte, 15+32))
	for _, tt := range []struct {
		name, says string
		kind       ErrorKind
	}{
		{"an HTTP server", hex.EncodeToString([]byte("HTTP/1.1 400 Bad Request\r\nContent-Type: text/plain\r\nConnection: close\r\n\r\n")), ErrGreeting},
		{"old ZMTP", "ff00000000000000017f01" + hex.EncodeToString(make([]byte, 53)), ErrGreeting},
		{"closed at once", "", ErrGreeting},
		{"another mechanism", curve, ErrMechanism},
		{"an error command", peerGreeting + "0407" + "054552524f52" + "00", ErrHandshake},
		{"a message for READY", peerGreeting + "0001" + "00", ErrHandshake},
		{"another socket type", peerGreeting + "041a" + "055245414459" + "0b536f636b65742d54797065" + "00000004" + "50554c4c", ErrHandshake},
		{"cut off property", peerGreeting + "041a" + "055245414459" + "0b536f636b65742d54797065" + "000000ff" + "50554c4c", ErrHandshake},
		{"a frame too large", peerGreeting + "06" + "0000000100000000", ErrTooLarge},
	} {
		t.Run(tt.name, func(t *testing.T) {
			address := mustPeer(t, func(conn net.Conn) {
				conn.Write(mustHex(t, tt.says))
				conn.(*net.TCPConn).CloseWrite()
				io.Copy(io.Discard, conn)
			})
			s, err := Dial(t.Context(), address, "hashblock")
			if err == nil {
				s.Close()
			}
			if !errors.Is(err, tt.kind) {
				t.Errorf("got %v, want kind %q", err, string(tt.kind))
			}
		})
	}
}

func TestDialEndsWithItsContext(t *testing.T) {
	address := mustPeer(t, func(conn net.Conn) { io.Copy(io.Discard, conn) })
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	if _, err := Dial(ctx, address, "hashblock"); err == nil {
		t.Error("a peer that says nothing is connected to")
	}
}

func TestCloseInterruptsReceive(t *testing.T) {
	address := mustPeer(t, func(conn net.Conn) {
		conn.Write(mustHex(t, peerGreeting+peerReady))
		io.Copy(io.Discard, conn)
	})
	s, err := Dial(t.Context(), address, "hashblock")
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan error)
	go func() {
		_, err := s.Receive()
		done <- err
	}()
	s.Close()
	if err := <-done; err == nil {
		t.Error("Receive goes on after Close")
	}
}

// FuzzReceive: no panic and no unbounded memory, whatever a peer sends after
// the handshake.
func FuzzReceive(f *testing.F) {
	f.Add(message([]byte("hashblock"), make([]byte, 32), counter(1)))
	f.Add(mustHex(f, "04090450494e470001abcd"))
	f.Add(mustHex(f, "060000000100000000"))
	f.Fuzz(func(t *testing.T, data []byte) {
		near, far := net.Pipe()
		go io.Copy(io.Discard, far)
		defer far.Close()
		defer near.Close()
		s := &Sub{conn: near, r: bufio.NewReader(bytes.NewReader(data)), last: map[string]uint32{}}
		for {
			m, err := s.Receive()
			if err != nil {
				return
			}
			if len(m) == 0 || len(m) > maxFrames {
				t.Errorf("message of %d frames", len(m))
			}
			s.Gap(m)
		}
	})
}

func FuzzProperty(f *testing.F) {
	f.Add(mustHex(f, "0b536f636b65742d5479706500000003505542"))
	f.Fuzz(func(t *testing.T, data []byte) {
		if v, err := property(data, "Socket-Type"); err == nil && len(v) > len(data) {
			t.Errorf("value %q out of %x", v, data)
		}
	})
}
