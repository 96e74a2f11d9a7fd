//go:build !linux

package testpostgres

import "syscall"

func dieWithParent(*syscall.SysProcAttr) {}
