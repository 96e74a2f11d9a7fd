package testnode

import (
	"os/exec"
	"syscall"
)

// ownLife gives the program a process group of its own, so that Ctrl-C in a terminal
// ends it no sooner than the parent does, and makes the kernel kill it when that dies.
func ownLife(cmd *exec.Cmd) {
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
}
