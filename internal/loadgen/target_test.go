package loadgen

import (
	"errors"
	"strings"
	"testing"
	"time"
)

func TestTargetRefusesForeignServers(t *testing.T) {
	for _, c := range []struct {
		name, addr, mine string
		want             error
	}{
		{"loopback", "127.0.0.1:3333", "", nil},
		{"another of loopback", "127.9.9.9:3333", "", nil},
		{"loopback of version 6", "[::1]:3333", "", nil},
		{"loopback in disguise", "[::ffff:127.0.0.1]:3333", "", nil},
		{"foreign", "192.0.2.1:3333", "", ErrForeign},
		{"foreign of version 6", "[2001:db8::1]:3333", "", ErrForeign},
		{"foreign in disguise", "[::ffff:192.0.2.1]:3333", "", ErrForeign},
		{"all addresses", "0.0.0.0:3333", "", ErrForeign},
		{"named again", "192.0.2.1:3333", "192.0.2.1", nil},
		{"another one named", "192.0.2.1:3333", "192.0.2.2", ErrForeign},
		{"named with its port", "192.0.2.1:3333", "192.0.2.1:3333", ErrForeign},
		{"no host", ":3333", "", ErrOption},
		{"no port", "127.0.0.1", "", ErrOption},
	} {
		t.Run(c.name, func(t *testing.T) {
			err := Target{Addr: c.addr, User: "u", Mine: c.mine}.Check(t.Context())
			if !errors.Is(err, c.want) {
				t.Errorf("got %v, want %v", err, c.want)
			}
		})
	}
}

func TestOptionsAreBounded(t *testing.T) {
	good := SharesOptions{Connections: 1, Window: 1, Kind: KindReal, Duration: time.Second}
	if err := good.check(); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name, says string
		change     func(*SharesOptions)
	}{
		{"no connection", "connections 0", func(o *SharesOptions) { o.Connections = 0 }},
		{"too many connections", "allowed are 1 to 100000", func(o *SharesOptions) { o.Connections = MaxConnections + 1 }},
		{"no time", "duration 0s", func(o *SharesOptions) { o.Duration = 0 }},
		{"too long", "duration 10m1s", func(o *SharesOptions) { o.Duration = MaxDuration + time.Second }},
		{"window", "window 5000", func(o *SharesOptions) { o.Window = 5000 }},
		{"rate", "rate 1e+06", func(o *SharesOptions) { o.Rate = 1e6 }},
		{"rate below zero", "rate -1", func(o *SharesOptions) { o.Rate = -1 }},
		{"kind", `kind "x"`, func(o *SharesOptions) { o.Kind = "x" }},
	} {
		t.Run(c.name, func(t *testing.T) {
			o := good
			c.change(&o)
			err := o.check()
			if err == nil || !strings.Contains(err.Error(), c.says) {
				t.Errorf("got %v, want %q in it", err, c.says)
			}
			if err != nil && !errors.Is(err, ErrLimit) && !errors.Is(err, ErrOption) {
				t.Errorf("got %v, want a kind", err)
			}
		})
	}
}
