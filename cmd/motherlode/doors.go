package main

import (
	"net"
	"net/netip"
	"sync"
	"time"

	"github.com/motherlode-pool/motherlode/stratum/admission"
)

// How many connections the HTTP server has at one time. Each takes a file, of which
// a process has so many, and miners need theirs.
const (
	doorsAll = 2000
	doorsOne = 200 // of one address; not of this machine, where proxies are
)

// doors is a listener that closes connections beyond its limits at once, so that
// nobody takes all that there are.
type doors struct {
	net.Listener
	gate *admission.Gate
	all  chan struct{}
}

func newDoors(ln net.Listener) *doors {
	local := []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8"), netip.MustParsePrefix("::1/128")}
	return &doors{ln, admission.New(admission.Limits{Connections: doorsOne, Allow: local}), make(chan struct{}, doorsAll)}
}

// Accept returns the next connection that may come in.
func (d *doors) Accept() (net.Conn, error) {
	for {
		c, err := d.Listener.Accept()
		if err != nil {
			return nil, err
		}
		if inside := d.admit(c); inside != nil {
			return inside, nil
		}
		_ = c.Close() // nobody to tell
	}
}

// admit is the connection, or nil when it may not come in.
func (d *doors) admit(c net.Conn) net.Conn {
	select {
	case d.all <- struct{}{}:
	default:
		return nil
	}
	from := admission.AddrOf(c.RemoteAddr())
	if d.gate.Admit(from, time.Now()) != admission.Admitted {
		<-d.all
		return nil
	}
	return &visitor{Conn: c, leave: sync.OnceFunc(func() {
		d.gate.Leave(from)
		<-d.all
	})}
}

// visitor is a connection that is counted.
type visitor struct {
	net.Conn
	leave func()
}

// Close closes the connection, which counts no more.
func (v *visitor) Close() error {
	defer v.leave()
	return v.Conn.Close()
}
