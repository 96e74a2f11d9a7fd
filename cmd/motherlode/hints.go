package main

import (
	"errors"
	"io/fs"
	"net"
	"path/filepath"
	"syscall"
)

// portHint is what to do about a port that cannot be listened on; empty for all else.
func portHint(err error) string {
	var op *net.OpError
	if !errors.As(err, &op) || op.Op != "listen" {
		return ""
	}
	switch {
	case errors.Is(err, syscall.EADDRINUSE):
		return `another program has this port, or this pool runs already (see "motherlode status"): end that one, or name another port`
	case errors.Is(err, fs.ErrPermission):
		return "ports below 1024 are not everybody's: name one above, such as 3333"
	case errors.Is(err, syscall.EADDRNOTAVAIL):
		return "this machine does not have that address: 0.0.0.0 is all that it has"
	}
	return ""
}

// dataHint is what to do about a data folder that cannot be made or written.
func dataHint(err error, dir string) string {
	if whole, absErr := filepath.Abs(dir); absErr == nil {
		dir = whole
	}
	switch {
	case errors.Is(err, fs.ErrPermission):
		return "this user may not write to data_dir " + dir + ": start the pool as the user whom it belongs to, or name another folder"
	case errors.Is(err, syscall.EROFS), errors.Is(err, syscall.ENOSPC), errors.Is(err, fs.ErrNotExist), errors.Is(err, syscall.ENOTDIR):
		return "the pool has to be able to write to data_dir " + dir + ": name a folder on a disk that has room"
	}
	return ""
}
