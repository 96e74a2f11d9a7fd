package host

import (
	"errors"
	"fmt"
	"os"
	"syscall"

	"github.com/motherlode-pool/motherlode/coins"
)

var _ coins.Faulty = (*Error)(nil)

// Fault says whether the plugin is to blame. A file that must not be run is not
// its program's fault, and neither is a machine that has no room for a process.
func (e *Error) Fault() coins.Fault {
	for _, shortage := range []syscall.Errno{syscall.EAGAIN, syscall.ENOMEM, syscall.EMFILE, syscall.ENFILE} {
		if errors.Is(e.Err, shortage) {
			return coins.NoFault
		}
	}
	switch e.Kind {
	case ErrPluginStart, ErrPluginDied, ErrPluginHung, ErrProtocol:
		return coins.Crash
	}
	return coins.NoFault
}

// LastWords are the plugin's last lines on standard error, oldest first.
func (e *Error) LastWords() []string { return e.Stderr }

// Stamp tells one file of the program from the next that is put in its place:
// it changes when the file does. Empty while there is no file, and for a plugin
// that is attached.
func (d *Driver) Stamp() string {
	if d.cfg.Attach != nil || len(d.cfg.Command) == 0 {
		return ""
	}
	info, err := os.Stat(d.cfg.Command[0])
	if err != nil {
		return ""
	}
	inode := uint64(0)
	if st, ok := info.Sys().(*syscall.Stat_t); ok {
		inode = st.Ino
	}
	return fmt.Sprintf("%d %d %d", inode, info.Size(), info.ModTime().UnixNano())
}
