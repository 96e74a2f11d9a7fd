package host

import (
	"math"

	"golang.org/x/sys/unix"
)

// keepFiles keeps the pool's open files from its children. Go marks those that it
// opens itself; those that the pool got from whoever started it, a shell or a
// service manager, it does not.
func keepFiles() {
	// Kernels before 5.11 do not know the flag.
	if unix.CloseRange(firstInherited, math.MaxUint32, unix.CLOSE_RANGE_CLOEXEC) != nil {
		markListed("/proc/self/fd")
	}
}
