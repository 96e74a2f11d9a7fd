package stats

import (
	"testing"
	"time"

	"github.com/motherlode-pool/motherlode/engine/work"
)

// BenchmarkSize prints the bytes of the rows of a name that has sent 18 shares a
// minute for 500 days, and of how many entries they are. The levels are those of a
// worker.
func BenchmarkSize(b *testing.B) {
	for range b.N {
		keep := Keep{Minutes: 2, Hours: 7, Days: 400}
		var l Live
		if err := l.Parse(nil, &keep); err != nil {
			b.Fatal(err)
		}
		rows, w := memory{}, work.Of(65536).Times(18)
		for at := noon; at.Before(noon.AddDate(0, 0, 500)); at = at.Add(time.Minute) {
			l.mustTake(b, &event{at: at.UnixMilli(), work: w}, &Rounds{}, rows)
			l.now.Accepted = 18
		}
		l.mustFlush(b, rows)
		b.ReportMetric(float64(len(rows[Minutes])), "B-minutes")
		b.ReportMetric(float64(len(rows[Hours])), "B-hours")
		b.ReportMetric(float64(len(rows[Days])), "B-days")
	}
}
