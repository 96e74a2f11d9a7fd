//go:build unix

package audit

import (
	"syscall"
	"testing"
	"time"

	"github.com/motherlode-pool/motherlode/engine/sharelog"
)

// BenchmarkRun audits one block of a pool with a parent and five auxiliary chains.
func BenchmarkRun(b *testing.B) {
	for _, scheme := range []string{"prop", "pplns", "pps+"} {
		b.Run(scheme, func(b *testing.B) {
			dir := b.TempDir()
			log := mustLog(b, dir)
			fill(b, log, scheme, max(b.N, 100))
			b.ReportAllocs()
			b.ResetTimer()
			before := cpuTime(b)
			v, err := sharelog.OpenView(dir)
			if err != nil {
				b.Fatal(err)
			}
			parts := 0
			r, err := Run(b.Context(), v, Query{Chain: "chain0", Block: "05"}, func(bl *Block) error { parts = len(bl.Parts); return nil })
			if err != nil || parts == 0 {
				b.Fatal(parts, err)
			}
			b.ReportMetric(float64(r.Shares)/b.Elapsed().Seconds(), "shares/s")
			b.ReportMetric(float64(r.Shares)/(cpuTime(b)-before).Seconds(), "shares/cpu-s")
		})
	}
}

// cpuTime is what the process has used of all cores, which the load of others
// does not change as it does the time of day.
func cpuTime(b *testing.B) time.Duration {
	b.Helper()
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		b.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
