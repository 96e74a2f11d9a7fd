package main

import (
	"context"
	"fmt"
	"log/slog"
	"net"
	"sync"

	"github.com/motherlode-pool/motherlode/engine"
	"github.com/motherlode-pool/motherlode/internal/systemd"
	"github.com/motherlode-pool/motherlode/stratum"
)

// inherited are the sockets that a service manager has opened for this process, which
// the environment tells once.
var inherited = sync.OnceValues(systemd.Inherited)

// inheritedSockets are inherited, and what is wrong with them said.
func inheritedSockets(log *slog.Logger) *systemd.Sockets {
	sockets, err := inherited()
	if err != nil {
		log.Warn("a socket of the service manager cannot be used", "error", err)
	}
	return sockets
}

// frontOn has a pool's server listen on the inherited sockets of its ports; the other
// ports are opened as ever.
func frontOn(sockets *systemd.Sockets, log *slog.Logger) func(*stratum.Config) {
	return func(c *stratum.Config) {
		for i := range c.Listeners {
			l := &c.Listeners[i]
			ln, err := sockets.Listen(l.Address)
			switch {
			case err != nil:
				log.Warn("socket of the service manager cannot be used, the port is opened instead", "listener", l.Address, "error", err)
			case ln != nil:
				l.Listener, l.Held = ln, true
			}
		}
	}
}

// listenTCP is a listener on an inherited socket, or a new one.
func listenTCP(sockets *systemd.Sockets, address string) (net.Listener, error) {
	if ln, err := sockets.Listen(address); ln != nil || err != nil {
		return ln, err
	}
	return net.Listen("tcp", address)
}

// tellReady tells the service manager when miners can connect, and the operator of
// sockets that lead nowhere. It ends with ctx.
func tellReady(ctx context.Context, e *engine.Engine, sockets *systemd.Sockets, log *slog.Logger) {
	select {
	case <-ctx.Done():
		return
	case <-e.Ready():
	}
	for _, address := range sockets.Unused() {
		log.Warn("the service manager listens where nothing is served: take the socket out of its unit, or add a port", "address", address)
	}
	tellService(log, "READY=1\nSTATUS=serving miners")
}

// tellService tells the service manager, where there is one.
func tellService(log *slog.Logger, state string) {
	if _, err := systemd.Notify(state); err != nil {
		log.Warn("the service manager could not be told", "state", fmt.Sprintf("%.20q", state), "error", err)
	}
}
