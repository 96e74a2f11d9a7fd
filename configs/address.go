package configs

import (
	"fmt"
	"maps"
	"net"
	"net/netip"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// endpoint is one address to listen on.
type endpoint struct {
	key  string
	host string
	port int
}

// ports checks every address to listen on, and that no two take the same port.
func (v *validator) ports() {
	var taken []endpoint
	add := func(key, address string) {
		host, port, err := splitAddress(address)
		if err != nil {
			v.addf(key, "%s; expected host:port, like 0.0.0.0:3333", err)
			return
		}
		e := endpoint{key, host, port}
		for _, other := range taken {
			if e.overlaps(other) {
				v.addf(key, "%s takes the port of %s, %s; expected a port of its own",
					address, other.key, net.JoinHostPort(other.host, strconv.Itoa(other.port)))
				break
			}
		}
		taken = append(taken, e)
	}

	if v.c.HTTP.Listen != "" {
		add("http.listen", v.c.HTTP.Listen)
	}
	for _, name := range slices.Sorted(maps.Keys(v.c.Pools)) {
		for i, l := range v.c.Pools[name].Listen {
			add(element(join("pools", name)+".listen", i)+".address", l.Address)
		}
	}
}

var hostForm = regexp.MustCompile(`^[A-Za-z0-9_]([A-Za-z0-9_-]*[A-Za-z0-9_])?(\.[A-Za-z0-9_]([A-Za-z0-9_-]*[A-Za-z0-9_])?)*\.?$`)

// splitAddress takes host:port apart. An empty host means all of this machine's
// addresses.
func splitAddress(address string) (host string, port int, err error) {
	if address == "" {
		return "", 0, fmt.Errorf("is missing")
	}
	host, text, err := net.SplitHostPort(address)
	if err != nil {
		return "", 0, fmt.Errorf("%q is no address", address)
	}
	n, err := strconv.ParseUint(text, 10, 16)
	if err != nil {
		return "", 0, fmt.Errorf("%q has no port between 0 and 65535", address)
	}
	if _, err := netip.ParseAddr(host); err != nil && host != "" {
		// What has only digits in its last part was meant as an IP address.
		last := host[strings.LastIndexByte(host, '.')+1:]
		if _, err := strconv.Atoi(last); err == nil || !hostForm.MatchString(host) {
			return "", 0, fmt.Errorf("%q has no valid host", address)
		}
	}
	return host, int(n), nil
}

// overlaps reports whether two addresses cannot be listened on at once. Port 0
// is any free port.
func (e endpoint) overlaps(o endpoint) bool {
	if e.port != o.port || e.port == 0 {
		return false
	}
	if strings.EqualFold(e.host, o.host) {
		return true
	}
	a, b := addressesOf(e.host), addressesOf(o.host)
	return slices.ContainsFunc(a, func(x netip.Addr) bool {
		return slices.ContainsFunc(b, func(y netip.Addr) bool { return collide(x, y) })
	})
}

// addressesOf is what a host stands for without asking a name server: an
// unknown name could be any address of this machine, so it stands for none.
func addressesOf(host string) []netip.Addr {
	if strings.EqualFold(host, "localhost") {
		return []netip.Addr{netip.AddrFrom4([4]byte{127, 0, 0, 1}), netip.IPv6Loopback()}
	}
	if a, err := netip.ParseAddr(host); err == nil {
		return []netip.Addr{a.Unmap()}
	}
	if host == "" {
		return []netip.Addr{netip.IPv6Unspecified()}
	}
	return nil
}

// collide reports whether sockets on x and y take the same port. 0.0.0.0 takes
// it on every IPv4 address, :: on all.
func collide(x, y netip.Addr) bool {
	six := netip.IPv6Unspecified()
	four := netip.IPv4Unspecified()
	switch {
	case x == y, x == six, y == six:
		return true
	case x == four:
		return y.Is4()
	case y == four:
		return x.Is4()
	}
	return false
}
