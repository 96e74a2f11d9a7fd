//go:build linux && !386 && !s390x

package stratum

import (
	"net"
	"syscall"
	"time"
	"unsafe"
)

// roundTrip is the kernel's smoothed measure of how long a packet's acknowledgement
// takes, of which the miner need not know; 0 where it is not known.
func roundTrip(conn net.Conn) (rtt time.Duration) {
	switch c := conn.(type) {
	case *sock:
		if c.use() {
			defer c.unuse()
			return kernelRTT(uintptr(c.fd))
		}
	case syscall.Conn:
		if raw, err := c.SyscallConn(); err == nil {
			_ = raw.Control(func(fd uintptr) { rtt = kernelRTT(fd) }) // it may be closed by now
		}
	}
	return rtt
}

func kernelRTT(fd uintptr) time.Duration {
	var info syscall.TCPInfo
	size := uint32(unsafe.Sizeof(info))
	_, _, errno := syscall.Syscall6(syscall.SYS_GETSOCKOPT, fd, syscall.IPPROTO_TCP, syscall.TCP_INFO,
		uintptr(unsafe.Pointer(&info)), uintptr(unsafe.Pointer(&size)), 0)
	if errno != 0 {
		return 0
	}
	return time.Duration(info.Rtt) * time.Microsecond
}
