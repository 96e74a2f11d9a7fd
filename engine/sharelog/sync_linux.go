package sharelog

import (
	"os"
	"syscall"
)

// datasync makes a file's content and size durable, without its times.
func datasync(f *os.File) error {
	for {
		err := syscall.Fdatasync(int(f.Fd()))
		if err != syscall.EINTR {
			return os.NewSyscallError("fdatasync", err)
		}
	}
}
