//go:build !unix

package testpostgres

import "syscall"

func runAs(*syscall.SysProcAttr, int, int) {}
