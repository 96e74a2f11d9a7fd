package api

import (
	"net"
	"net/http"
	"net/netip"
	"strings"
)

// visitor is whose a request is: the peer's address, or what a proxy says of it that
// is this machine or on a private network. It is the last that was written down, as what
// stands before is the visitor's own word. Of IPv6 it is the first 64 bits, which one
// visitor has as a rule. Plain reports that a proxy, or a program on this machine, has
// not said whose the request is.
func visitor(r *http.Request) (from netip.Addr, plain bool) {
	peer := addrOf(r.RemoteAddr)
	if peer.IsValid() && !peer.IsLoopback() && !peer.IsPrivate() {
		return network(peer), false
	}
	for _, name := range []string{"X-Forwarded-For", "X-Real-Ip"} {
		all := r.Header.Values(name)
		if len(all) == 0 {
			continue
		}
		last := all[len(all)-1]
		if said := addrOf(strings.TrimSpace(last[strings.LastIndex(last, ",")+1:])); said.IsValid() {
			return network(said), false
		}
	}
	return network(peer), peer.IsLoopback()
}

// addrOf is an address with or without a port; invalid where it is none.
func addrOf(text string) netip.Addr {
	if host, _, err := net.SplitHostPort(text); err == nil {
		text = host
	}
	a, _ := netip.ParseAddr(strings.Trim(text, "[]"))
	return a.Unmap().WithZone("")
}

func network(a netip.Addr) netip.Addr {
	if a.Is6() {
		if p, err := a.Prefix(64); err == nil {
			return p.Addr()
		}
	}
	return a
}
