//go:build !linux

package sharelog

import "os"

func datasync(f *os.File) error { return f.Sync() }
