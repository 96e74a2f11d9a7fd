//go:build unix

package stratum

import (
	"net"
	"syscall"
)

// fileRoom is the number from which on no descriptor is a miner's. A process gets
// the lowest number that is free, so that one of this height says that all below are
// in use; the rest stays for nodes, the share log and whoever asks how the pool is:
// miners must not keep a block from being submitted. It is 0 where nothing is known.
func fileRoom() int64 {
	var limit syscall.Rlimit
	if syscall.Getrlimit(syscall.RLIMIT_NOFILE, &limit) != nil {
		return 0
	}
	most := int64(min(uint64(limit.Cur), 1<<30))
	return most - min(max(most/8, filesKeptMin), filesKeptMax)
}

// fileOf is the descriptor of a connection, -1 where it has none.
func fileOf(conn net.Conn) int64 {
	fd := int64(-1)
	if c, ok := conn.(syscall.Conn); ok {
		if raw, err := c.SyscallConn(); err == nil {
			_ = raw.Control(func(n uintptr) { fd = int64(n) }) // it may have ended
		}
	}
	return fd
}
