package ledger

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/motherlode-pool/motherlode/engine/sharelog"
	"github.com/motherlode-pool/motherlode/engine/stats"
	"github.com/motherlode-pool/motherlode/engine/store"
	"github.com/motherlode-pool/motherlode/engine/store/boltdb"
)

// BenchmarkActive folds what 10,000 workers of as many accounts send, a share
// each 3 1/3 seconds, with a commit each 200 ms of the log's time. An operation is
// a second of log. It reports the pages written, which is what the disk gets, but
// for the time of the minute it is in; so let it run for whole minutes.
func BenchmarkActive(b *testing.B) {
	for _, statistics := range []bool{false, true} {
		b.Run(fmt.Sprintf("statistics=%v", statistics), func(b *testing.B) {
			const workers, commits, shares = 10_000, 5, 600
			log := mustLogSized(b)
			l := mustLedger(b, filepath.Join(b.TempDir(), "db"), log)
			l.db.(*boltdb.Store).SetNoSync()
			l.position, l.counted = log.End(), log.End()
			r := log.Read(log.End())
			defer r.Close()
			n := 0
			second := func() {
				for range commits {
					var batch sharelog.Batch
					for range shares {
						account := fmt.Sprintf("bc1q%034d", n%workers*7919%workers)
						at := epoch.UnixMilli() + int64(n)*1000/(shares*commits)
						batch.Share(&sharelog.Share{Time: at, Pool: "btc", Account: account, Worker: "rig1", Difficulty: 16384, Achieved: 20000})
						n++
					}
					if err := log.Append(&batch); err != nil {
						b.Fatal(err)
					}
					if !statistics {
						l.counted = log.End() + 1 // elsewhere, so that none are folded
					}
					if _, err := l.step(r); err != nil {
						b.Fatal(err)
					}
				}
			}
			for range 10 {
				second()
			}
			written := l.db.(*boltdb.Store).Written
			start := written()
			b.ResetTimer()
			for range b.N {
				second()
			}
			b.StopTimer()
			b.ReportMetric(float64(written()-start)/float64(b.N)/1e6, "MB/s")
		})
	}
}

// rowsOf is the Store of one name.
type rowsOf [stats.Levels][]byte

func (r *rowsOf) Get(l stats.Level) []byte            { return r[l] }
func (r *rowsOf) Put(l stats.Level, row []byte) error { r[l] = row; return nil }
func (r *rowsOf) Delete(l stats.Level) error          { r[l] = nil; return nil }

// mustFill gives names a past of a share each minute, for two days up to a time.
func mustFill(b *testing.B, l *Ledger, keys [][]byte, to time.Time) {
	b.Helper()
	var live stats.Live
	var rows rowsOf
	var totals Totals
	err := live.Parse(nil, &keepWorker)
	for at := to.AddDate(0, 0, -2); at.Before(to) && err == nil; at = at.Add(time.Minute) {
		totals.share(at.UnixMilli(), WorkOf(1024), 1)
		if live.Share(at.UnixMilli(), WorkOf(1024)) {
			err = live.Flush(&rows)
		}
	}
	err = errors.Join(err, live.Flush(&rows))
	row := live.Append(totals.append(nil))
	for chunk := range slices.Chunk(keys, 10_000) {
		err = errors.Join(err, l.db.Update(func(tx store.Tx) error {
			for _, k := range chunk {
				bucket := bucketWorkers
				if bytes.Count(k, []byte{0, 1}) == 2 {
					bucket = bucketAccounts
				}
				err := errors.Join(tx.Bucket(bucket).Put(k, row), levelRows{tx, k}.Put(stats.Minutes, rows[stats.Minutes]),
					levelRows{tx, k}.Put(stats.Hours, rows[stats.Hours]))
				if err != nil {
					return err
				}
			}
			return nil
		}))
	}
	if err != nil {
		b.Fatal(err)
	}
}

// BenchmarkHundredThousand folds a log of 100,000 accounts with 3 workers each,
// a share of each worker in a minute, into a database where all have mined for two
// days; an operation is such a minute. In the first minute of an hour each row moves its
// oldest hour. It reports the largest heap while it folds, the size of the database, and
// the processor's time, which depends less on what else the machine does: of this
// process, and of the server.
func BenchmarkHundredThousand(b *testing.B) {
	for _, c := range []struct {
		name  string
		start time.Time
	}{{"first-minute", epoch}, {"any-minute", epoch.Add(30 * time.Minute)}} {
		b.Run("file/"+c.name, func(b *testing.B) { benchHundredThousand(b, c.start) })
		b.Run("postgresql/"+c.name, func(b *testing.B) {
			mustPostgres(b)
			benchHundredThousand(b, c.start)
		})
	}
}

// cpuTime is the processor's time of this process, and of the server's processes that
// are there.
func cpuTime(b *testing.B) (own, servers time.Duration) {
	b.Helper()
	var used syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &used); err != nil {
		b.Fatal(err)
	}
	own = time.Duration(used.Utime.Nano() + used.Stime.Nano())
	if server == nil {
		return own, 0
	}
	for _, row := range server.MustQuery(b, "public", "select pid from pg_stat_activity") {
		stat, err := os.ReadFile(fmt.Sprintf("/proc/%s/stat", row[0]))
		if err != nil {
			continue // it has ended, or this is not Linux
		}
		var user, system int64
		fields := strings.Fields(string(stat[bytes.LastIndexByte(stat, ')')+1:]))
		_, err = fmt.Sscan(fields[11]+" "+fields[12], &user, &system)
		if err != nil {
			b.Fatal(err)
		}
		servers += time.Duration(user+system) * time.Second / 100 // USER_HZ
	}
	return own, servers
}

func benchHundredThousand(b *testing.B, start time.Time) {
	const accounts, workers = 100_000, 3
	log := mustLogSized(b)
	path := filepath.Join(b.TempDir(), "db")
	var batch sharelog.Batch
	job := sharelog.Job{Pool: "ltc"}
	for i := range 6 {
		chain := fmt.Sprint("chain", i)
		batch.Terms(&sharelog.Terms{Pool: "ltc", Chain: chain, Scheme: "pplns", FeeBPS: 100, Window: 2_000_000, Payout: "pool"})
		job.Chains = append(job.Chains, sharelog.JobChain{Name: chain, Difficulty: 1e9, Height: 1, Reward: 312_500_000})
	}
	batch.Job(&job)
	for i := range b.N * accounts * workers {
		at := start.UnixMilli() + int64(i)*60_000/(accounts*workers)
		account, worker := fmt.Sprintf("ltc1q%034d", i/workers%accounts), fmt.Sprint("rig", i%workers)
		batch.Share(&sharelog.Share{Time: at, Pool: "ltc", Account: account, Worker: worker, Difficulty: 1024, Achieved: 1})
		if batch.Len() >= 1000 {
			if err := log.Append(&batch); err != nil {
				b.Fatal(err)
			}
			batch.Reset()
		}
	}
	if err := log.Append(&batch); err != nil {
		b.Fatal(err)
	}
	l := mustLedger(b, path, log)
	var keys [][]byte
	for i := range accounts {
		account := fmt.Sprintf("ltc1q%034d", i)
		keys = append(keys, key("ltc", account))
		for w := range workers {
			keys = append(keys, key("ltc", account, fmt.Sprint("rig", w)))
		}
	}
	if file, ok := l.db.(*boltdb.Store); ok {
		file.SetNoSync() // the disk is measured elsewhere
	}
	mustFill(b, l, keys, start)
	keys = nil
	runtime.GC()
	stop, peak := make(chan struct{}), make(chan uint64)
	go func() {
		tick := time.NewTicker(20 * time.Millisecond)
		defer tick.Stop()
		largest := uint64(0)
		for {
			var m runtime.MemStats
			runtime.ReadMemStats(&m)
			largest = max(largest, m.HeapInuse)
			select {
			case <-stop:
				peak <- largest
				return
			case <-tick.C:
			}
		}
	}()
	own, servers := cpuTime(b)
	b.ResetTimer()
	run(b, l, log)
	b.StopTimer()
	own2, servers2 := cpuTime(b)
	b.ReportMetric((own2 - own).Seconds(), "s-own-CPU")
	b.ReportMetric((servers2 - servers).Seconds(), "s-server-CPU")
	close(stop)
	b.ReportMetric(float64(<-peak)/(1<<20), "MiB-peak")
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	b.ReportMetric(float64(m.HeapAlloc)/(1<<20), "MiB-kept")
	if info, err := os.Stat(path); err == nil {
		b.ReportMetric(float64(info.Size())/1e6, "MB-database")
	}
	b.ReportMetric(float64(b.N*accounts*workers)/b.Elapsed().Seconds(), "shares/s")
	runtime.KeepAlive(l)
}
