//go:build unix

package host

import (
	"os"
	"strconv"
	"syscall"
)

// firstInherited is the first file that is not standard input, output or error.
const firstInherited = 3

// markListed marks the open files that a folder lists, so that no child gets
// them.
func markListed(dir string) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return
	}
	for _, e := range entries {
		if fd, err := strconv.Atoi(e.Name()); err == nil && fd >= firstInherited {
			syscall.CloseOnExec(fd)
		}
	}
}
