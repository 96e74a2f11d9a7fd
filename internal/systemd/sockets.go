package systemd

import (
	"fmt"
	"net"
	"net/netip"
	"os"
	"strconv"
)

const (
	firstFD  = 3   // of the sockets that are handed over
	maxFDs   = 256 // more are no sockets of a pool
	envPID   = "LISTEN_PID"
	envFDs   = "LISTEN_FDS"
	envNames = "LISTEN_FDNAMES"
)

// Sockets are those that were opened for this process.
type Sockets struct{ all []*socket }

type socket struct {
	file *os.File
	addr net.Addr
	used bool
}

// Inherited takes over the sockets that the environment names, and takes their names
// out of it, so that no child believes them its own. It may be called once. What is
// no TCP socket that listens is an error; the others are in the result all the same.
func Inherited() (*Sockets, error) {
	s := &Sockets{}
	pid, n := os.Getenv(envPID), os.Getenv(envFDs)
	for _, name := range []string{envPID, envFDs, envNames} {
		_ = os.Unsetenv(name) // fails for no valid name
	}
	if n == "" || pid != strconv.Itoa(os.Getpid()) {
		return s, nil
	}
	count, err := strconv.Atoi(n)
	if err != nil || count < 0 || count > maxFDs {
		return s, fmt.Errorf("%s is %q; expected a number up to %d", envFDs, n, maxFDs)
	}
	var files []*os.File
	for fd := firstFD; fd < firstFD+count; fd++ {
		closeOnExec(fd)
		files = append(files, os.NewFile(uintptr(fd), "inherited socket "+strconv.Itoa(fd)))
	}
	return s, s.take(files)
}

// take makes sockets of files.
func (s *Sockets) take(files []*os.File) error {
	var first error
	for _, f := range files {
		ln, err := net.FileListener(f)
		if err == nil {
			if _, tcp := ln.(*net.TCPListener); !tcp {
				err = fmt.Errorf("it listens on %s", ln.Addr().Network())
			}
			_ = ln.Close() // a copy; f goes on listening
		}
		if err != nil {
			if first == nil {
				first = fmt.Errorf("%s is no TCP socket that listens: %w", f.Name(), err)
			}
			_ = f.Close()
			continue
		}
		s.all = append(s.all, &socket{file: f, addr: ln.Addr()})
	}
	return first
}

// Listen is a listener on the inherited socket of an address, host:port; nil where
// there is none. The address of any interface is the same in IPv4 and IPv6. Closing
// the listener leaves the socket open for the next one.
func (s *Sockets) Listen(address string) (net.Listener, error) {
	for _, k := range s.all {
		if !sameAddress(address, k.addr.String()) {
			continue
		}
		ln, err := net.FileListener(k.file)
		if err != nil {
			return nil, fmt.Errorf("inherited socket of %s: %w", address, err)
		}
		k.used = true
		return ln, nil
	}
	return nil, nil
}

// Unused are the addresses of the sockets that nobody has asked for: miners would
// connect there and wait for ever.
func (s *Sockets) Unused() (all []string) {
	for _, k := range s.all {
		if !k.used {
			all = append(all, k.addr.String())
		}
	}
	return all
}

func sameAddress(a, b string) bool {
	hostA, portA, errA := net.SplitHostPort(a)
	hostB, portB, errB := net.SplitHostPort(b)
	if errA != nil || errB != nil || portA != portB {
		return false
	}
	return hostA == hostB || anyHost(hostA) && anyHost(hostB)
}

func anyHost(host string) bool {
	ip, err := netip.ParseAddr(host)
	return host == "" || err == nil && ip.IsUnspecified()
}
