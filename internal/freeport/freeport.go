package freeport

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"os"
	"strconv"
	"sync"
)

const (
	first     = 10_000
	blocks    = 22
	blockSize = 1000 // so the last port is 31999
)

// ErrNone is what a process gets in whose block every port is taken.
var ErrNone = errors.New("no port is free")

var (
	mu   sync.Mutex
	next = rand.IntN(blockSize)
)

// TCP is the address, with 127.0.0.1, of a port that nobody listens on. A process gets
// the same one again only after all others of its block.
func TCP() (string, error) {
	l, err := Listen()
	if err != nil {
		return "", err
	}
	return l.Addr().String(), l.Close()
}

// UDP is TCP for datagrams.
func UDP() (string, error) {
	return find(func(addr string) error {
		c, err := net.ListenPacket("udp", addr)
		if err != nil {
			return err
		}
		return c.Close()
	})
}

// Listen listens on such a port for connections.
func Listen() (l net.Listener, err error) {
	_, err = find(func(addr string) (err error) {
		l, err = net.Listen("tcp", addr)
		return err
	})
	return l, err
}

// find is the next address of the process's block at which try succeeds.
func find(try func(string) error) (string, error) {
	mu.Lock()
	defer mu.Unlock()
	var last error
	for range blockSize {
		port := first + os.Getpid()%blocks*blockSize + next
		next = (next + 1) % blockSize
		addr := net.JoinHostPort("127.0.0.1", strconv.Itoa(port))
		if last = try(addr); last == nil {
			return addr, nil
		}
	}
	return "", fmt.Errorf("%w: %w", ErrNone, last)
}
