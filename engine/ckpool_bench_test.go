//go:build unix

package engine

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"github.com/motherlode-pool/motherlode/engine/ckpoolfiles"
)

// BenchmarkCKPoolRound writes the files of 10,000 workers of as many accounts that have
// mined for an hour, all of them new. It reports the time of a round, of which half is
// rest, and the processor's time.
func BenchmarkCKPoolRound(b *testing.B) {
	const workers = 10_000
	e := mustFullEngine(b, workers, time.Hour)
	var wall, cpu time.Duration
	written := 0
	for b.Loop() {
		dir := b.TempDir()
		ctx, cancel := context.WithCancel(b.Context())
		done := make(chan error, 1)
		start, before := time.Now(), processorTime(b)
		go func() {
			done <- ckpoolfiles.New(dir, &ckpoolPool{e.API().(*apiView), e.pools[0]}, nil).Run(ctx)
		}()
		for { // pool.status is the last of a round
			if _, err := os.Stat(filepath.Join(dir, "pool", "pool.status")); err == nil {
				break
			} else if !errors.Is(err, fs.ErrNotExist) {
				b.Fatal(err)
			}
			time.Sleep(10 * time.Millisecond)
		}
		wall, cpu = wall+time.Since(start), cpu+processorTime(b)-before
		cancel()
		<-done
		for _, sub := range []string{"users", "workers"} {
			files, err := os.ReadDir(filepath.Join(dir, sub))
			if err != nil || len(files) == 0 || len(files) != workers && time.Since(start) < 30*time.Second {
				b.Fatalf("%d files, %v, want %d", len(files), err, workers)
			}
			written += len(files)
		}
	}
	b.ReportMetric(wall.Seconds()/float64(b.N), "s/round")
	b.ReportMetric(float64(written)/float64(b.N), "files/round") // a round ends after 40 s, done or not
	b.ReportMetric(cpu.Seconds()/float64(b.N), "cpu-s/round")
}

// processorTime is what the process has used.
func processorTime(b *testing.B) time.Duration {
	b.Helper()
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		b.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
