//go:build !unix

package stratum

import "net"

func fileRoom() int64       { return 0 }
func fileOf(net.Conn) int64 { return -1 }
