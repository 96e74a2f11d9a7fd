package freeport

import (
	"net"
	"net/netip"
	"testing"
)

func TestPortsAreFreeAndNotGivenTwice(t *testing.T) {
	seen := map[string]bool{}
	for i := range 50 {
		find := TCP
		if i%2 == 1 {
			find = UDP
		}
		addr, err := find()
		if err != nil {
			t.Fatal(err)
		}
		at, err := netip.ParseAddrPort(addr)
		if err != nil || !at.Addr().IsLoopback() || at.Port() < first || at.Port() >= 32_000 || seen[addr] {
			t.Fatalf("%s, %v: want another port of 127.0.0.1 from %d to 31999", addr, err, first)
		}
		seen[addr] = true
		l, err := net.Listen("tcp", addr)
		if err != nil {
			t.Fatal(err)
		}
		defer l.Close()
	}
}

// What is taken is passed over.
func TestTakenPortsArePassedOver(t *testing.T) {
	l, err := Listen()
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	mu.Lock()
	next = (next + blockSize - 1) % blockSize // the same once more
	mu.Unlock()
	addr, err := TCP()
	if err != nil || addr == l.Addr().String() {
		t.Errorf("%s, %v: want another one than %s", addr, err, l.Addr())
	}
}
