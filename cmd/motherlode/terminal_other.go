//go:build !(linux || darwin || freebsd || netbsd || openbsd)

package main

import (
	"errors"
	"os"
)

func terminalSize(*os.File) (width, height int) { return 80, 24 }

func quietInput(*os.File) (restore func(), err error) {
	return nil, errors.New("the live view is not for this system: use --once")
}

func resized() (news <-chan os.Signal, stop func()) { return nil, func() {} }
