package blocknotify

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"net"
	"time"
)

// ErrorKind is the kind of a failure; it works with errors.Is.
type ErrorKind string

// The kinds.
const (
	ErrAddress = ErrorKind("notify address is not a host and a port")
	ErrHash    = ErrorKind("block hash is not 64 hex digits")
	ErrUnheard = ErrorKind("nobody heard of the block")
)

// Error makes a kind an error.
func (k ErrorKind) Error() string { return string(k) }

// Sizes and times of the exchange.
const (
	hashDigits = 64
	heard      = "heard"

	// tries and patience bound Send where nobody answers.
	tries    = 3
	patience = 300 * time.Millisecond
)

// CheckAddress reports an ErrAddress unless address is a host and a port.
func CheckAddress(address string) error {
	host, port, err := net.SplitHostPort(address)
	if err != nil || host == "" || port == "" {
		return fmt.Errorf("%w: %q, expected something like 127.0.0.1:28340", ErrAddress, address)
	}
	return nil
}

// Listen takes notices at address until ctx ends, and calls news with the hash
// of each, as nodes print it, on its own goroutine. It returns the cause of ctx,
// or why it cannot listen. What is no notice is dropped without an answer.
func Listen(ctx context.Context, address string, news func(hash string)) error {
	var lc net.ListenConfig
	conn, err := lc.ListenPacket(ctx, "udp", address)
	if err != nil {
		return err
	}
	defer conn.Close()
	defer context.AfterFunc(ctx, func() { conn.Close() })()
	buf := make([]byte, hashDigits+1) // one more, so that a longer datagram is seen to be one
	for {
		n, from, err := conn.ReadFrom(buf)
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		if err != nil {
			if errors.Is(err, net.ErrClosed) {
				return err
			}
			continue // a datagram that was too long, or an answer that found nobody
		}
		if hash := string(buf[:n]); isHash(hash) {
			news(hash)
			_, _ = conn.WriteTo([]byte(heard), from)
		}
	}
}

// Send tells whoever listens at address of a block, by its hash as nodes print
// it. The error is ErrUnheard when no one answers within a second.
func Send(ctx context.Context, address, hash string) error {
	if err := CheckAddress(address); err != nil {
		return err
	}
	if !isHash(hash) {
		return fmt.Errorf("%w: %.80q", ErrHash, hash)
	}
	var d net.Dialer
	conn, err := d.DialContext(ctx, "udp", address)
	if err != nil {
		return fmt.Errorf("%w at %s: %w", ErrUnheard, address, err)
	}
	defer conn.Close()
	defer context.AfterFunc(ctx, func() { _ = conn.SetDeadline(time.Unix(1, 0)) })()
	buf := make([]byte, len(heard))
	for range tries {
		if _, err = conn.Write([]byte(hash)); err == nil {
			_ = conn.SetReadDeadline(time.Now().Add(patience))
			var n int
			if n, err = conn.Read(buf); err == nil && string(buf[:n]) == heard {
				return nil
			}
		}
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
	}
	return fmt.Errorf("%w at %s: is the pool running, and notify set for this coin? %w", ErrUnheard, address, err)
}

func isHash(s string) bool {
	if len(s) != hashDigits {
		return false
	}
	_, err := hex.DecodeString(s)
	return err == nil
}
