package loadgen

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"time"
)

// Error is a kind of error, for errors.Is.
type Error string

// Error returns the text of the kind.
func (e Error) Error() string { return string(e) }

// The kinds of errors.
const (
	ErrForeign     Error = "target is not on this machine"
	ErrLimit       Error = "beyond the limit of the load generator"
	ErrOption      Error = "wrong option of the load generator"
	ErrServer      Error = "the server does not do what a stratum server does"
	ErrUnsupported Error = "the load generator needs Linux"
)

// Limits of one run. They bound what a mistyped number can do.
const (
	MaxConnections = 100_000
	MaxWindow      = 4096
	MaxDuration    = 10 * time.Minute
	MaxRate        = 500_000 // submissions a second
	MaxLoops       = 1024    // of churn
)

// Target is the server under load.
type Target struct {
	Addr     string // host:port
	User     string
	Password string
	PID      int // of the server where it runs on this machine, 0: not known

	// Users are the user names of the connections, one after the other and again from
	// the first; none: all are User.
	Users []string

	// Mine repeats the host of Addr and says that whoever starts the load runs
	// that server. Without it only loopback is a target.
	Mine string
}

// resolve returns the address to connect to. Errors: ErrForeign where it is not
// loopback and the caller has not insisted.
func (t Target) resolve(ctx context.Context) (netip.AddrPort, error) {
	var none netip.AddrPort
	host, port, err := net.SplitHostPort(t.Addr)
	if err != nil {
		return none, fmt.Errorf("%w: address %q: %w", ErrOption, t.Addr, err)
	}
	if t.User == "" {
		return none, fmt.Errorf("%w: no user name", ErrOption)
	}
	if host == "" {
		return none, fmt.Errorf("%w: address %q names no host", ErrOption, t.Addr)
	}
	ips, err := net.DefaultResolver.LookupNetIP(ctx, "ip", host)
	if err != nil {
		return none, fmt.Errorf("looking up %s: %w", host, err)
	}
	number, err := net.DefaultResolver.LookupPort(ctx, "tcp", port)
	if err != nil {
		return none, fmt.Errorf("%w: port %q: %w", ErrOption, port, err)
	}
	ip := ips[0].Unmap()
	if !ip.IsLoopback() && t.Mine != host {
		return none, fmt.Errorf("%w: %s is %s", ErrForeign, host, ip)
	}
	return netip.AddrPortFrom(ip, uint16(number)), nil
}

// Check reports whether the target may be put under load, before anything is
// sent to it.
func (t Target) Check(ctx context.Context) error {
	_, err := t.resolve(ctx)
	return err
}

// user is the name of a connection by its place.
func (t *Target) user(place int) string {
	if len(t.Users) == 0 {
		return t.User
	}
	return t.Users[place%len(t.Users)]
}

// within is an error unless low <= v <= high.
func within[T int | int64 | float64 | time.Duration](what string, v, low, high T) error {
	if v < low || v > high {
		return fmt.Errorf("%w: %s %v, allowed are %v to %v", ErrLimit, what, v, low, high)
	}
	return nil
}

// checkLoad holds connections and duration against the limits.
func checkLoad(connections int, d time.Duration) error {
	return errors.Join(
		within("connections", connections, 1, MaxConnections),
		within("duration", d, time.Millisecond, MaxDuration),
	)
}
