//go:build unix && !linux

package testnode

import (
	"os/exec"
	"syscall"
)

// ownLife gives the program a process group of its own, so that Ctrl-C in a terminal
// ends it no sooner than the parent does. A parent that is killed leaves it behind.
func ownLife(cmd *exec.Cmd) {
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
}
