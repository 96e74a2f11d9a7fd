package sharelog

import (
	"fmt"
	"io"
	"sync"
	"testing"
)

func BenchmarkAppend(b *testing.B) {
	for _, sync := range []string{"os", "disk"} {
		for _, appenders := range []int{1, 100} {
			b.Run(fmt.Sprintf("sync=%s/appenders=%d", sync, appenders), func(b *testing.B) { benchAppend(b, sync, appenders) })
		}
	}
}

func benchAppend(b *testing.B, mode string, appenders int) {
	l := mustOpen(b, b.TempDir(), Options{Sync: mode})
	b.ReportAllocs()
	b.ResetTimer()
	var wg sync.WaitGroup
	for a := range appenders {
		wg.Go(func() {
			var batch Batch
			s := testShare(uint64(a))
			for i := a; i < b.N; i += appenders {
				batch.Reset()
				batch.Share(s)
				if err := l.Append(&batch); err != nil {
					b.Error(err)
				}
			}
		})
	}
	wg.Wait()
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "shares/s")
}

func BenchmarkRead(b *testing.B) {
	l := mustOpen(b, b.TempDir(), Options{})
	batch := numbered(0, 10_000)
	for range (b.N + 9_999) / 10_000 {
		if err := l.Append(batch); err != nil {
			b.Fatal(err)
		}
	}
	r := l.Read(0)
	defer r.Close()
	b.ReportAllocs()
	b.ResetTimer()
	for range b.N {
		if _, _, err := r.Next(); err == io.EOF {
			b.Fatal("log ended early")
		}
	}
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "shares/s")
}
