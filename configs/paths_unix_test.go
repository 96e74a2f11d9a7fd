//go:build unix

package configs

import (
	"fmt"
	"os"
	"path/filepath"
	"syscall"
	"testing"
)

// A pipe lies in no folder that anybody meant.
func TestPathsOfAPipe(t *testing.T) {
	dir := t.TempDir()
	pipe := filepath.Join(dir, "pipe")
	if err := syscall.Mkfifo(pipe, 0o600); err != nil {
		t.Skip(err)
	}
	written := make(chan error, 1)
	go func() { written <- os.WriteFile(pipe, fmt.Append(nil, pathsFile), 0) }()
	cfg, err := Load(pipe)
	if err != nil || <-written != nil {
		t.Fatal(err)
	}
	if cfg.DataDir != "data" {
		t.Errorf("data_dir is %s", cfg.DataDir)
	}
}
