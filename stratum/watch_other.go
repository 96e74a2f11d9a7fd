//go:build !linux

package stratum

import (
	"context"
	"net"
)

// Elsewhere each session keeps a goroutine of its own.

type sock struct{ net.Conn }

func newSock(net.Conn) *sock               { return nil }
func (*sock) release()                     {}
func (*sock) tryWrite([]byte) (int, error) { return 0, nil }

type watcher struct{}

func newWatcher() (*watcher, error)               { return nil, nil }
func (*watcher) run(context.Context)              {}
func (*watcher) stop()                            {}
func (*watcher) add(*session) error               { return nil }
func (s *session) visit(context.Context, turnEnd) {}
