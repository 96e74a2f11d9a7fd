//go:build !linux || 386 || s390x

package stratum

import (
	"net"
	"time"
)

// roundTrip is not known here but by a ping.
func roundTrip(net.Conn) time.Duration { return 0 }
