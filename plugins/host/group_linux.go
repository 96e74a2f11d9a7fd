package host

import (
	"os/exec"
	"syscall"
)

// ownGroup puts the plugin in a process group of its own, so that a signal to
// the pool's group (a terminal's interrupt) does not reach it, and has the kernel
// kill it with the thread that started it, should the pool die.
func ownGroup(cmd *exec.Cmd) {
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
}

// killGroup kills a plugin and what it has forked.
func killGroup(pid int) { _ = syscall.Kill(-pid, syscall.SIGKILL) }
