//go:build unix && !linux

package host

import (
	"os/exec"
	"syscall"
)

// ownGroup puts the plugin in a process group of its own, so that a signal to
// the pool's group (a terminal's interrupt) does not reach it.
func ownGroup(cmd *exec.Cmd) {
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
}

// killGroup kills a plugin and what it has forked.
func killGroup(pid int) { _ = syscall.Kill(-pid, syscall.SIGKILL) }
