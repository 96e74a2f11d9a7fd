//go:build !unix

package testnode

import "os/exec"

// ownLife does nothing where the system cannot tie a program's life to
// its parent's: there a node outlives a parent that is killed.
func ownLife(*exec.Cmd) {}
