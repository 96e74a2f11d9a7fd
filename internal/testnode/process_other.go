//go:build !linux

package testnode

import "os/exec"

// dieWithParent does nothing where the system cannot tie a program's life to
// its parent's: there a node outlives a parent that is killed.
func dieWithParent(*exec.Cmd) {}
