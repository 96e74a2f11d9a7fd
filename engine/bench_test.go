package engine

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"log/slog"
	"sync/atomic"
	"testing"
	"time"

	"github.com/motherlode-pool/motherlode/algos"
	"github.com/motherlode-pool/motherlode/coins"
	"github.com/motherlode-pool/motherlode/engine/chain"
	"github.com/motherlode-pool/motherlode/engine/job"
	"github.com/motherlode-pool/motherlode/engine/sharelog"
	"github.com/motherlode-pool/motherlode/stratum"
)

// sharesPerJob is how many shares a benchmark judges before it takes another
// job, well below what a job remembers.
const sharesPerJob = 1 << 20

// bench is a real pool with a real share log and no chain to wait for: its
// templates are made up, and no hash solves them.
type bench struct {
	*pool
	template *coins.Template
	works    []job.Work
}

func newBench(tb testing.TB, aux int) *bench {
	tb.Helper()
	shareLog, err := sharelog.Open(tb.TempDir(), sharelog.Options{Sync: "os"})
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { shareLog.Close() })
	algorithm, err := algos.ByName("sha256d")
	if err != nil {
		tb.Fatal(err)
	}
	p := &pool{
		name: "bench", log: slog.New(slog.DiscardHandler), grace: 2 * time.Second, cfg: testPool("bitcoin", ""),
		diffOne: algos.DiffOneBitcoin, mask: 0x1fffe000, ids: &jobIDs{}, shareLog: shareLog,
		parent: chain.New("bitcoin", nil, coins.Settings{}, chain.Options{}),
		payee:  job.NewPayee("pool", append([]byte{0, 20}, make([]byte, 20)...)),
		event:  func(Event) {},
	}
	p.turns = newTurns(p)
	p.accounts = newAccounts(p.payee, true, nil)
	spec := &job.Spec{
		Algorithm: algorithm, DiffOne: p.diffOne, Tag: []byte("/motherlode/"),
		ExtranonceSize: extranonce1Size + p.cfg.Extranonce2, Outputs: p.outputsOf(0),
	}
	b := &bench{pool: p, template: benchTemplate()}
	for i := range aux {
		id := uint32(i + 1)
		spec.Aux = append(spec.Aux, job.AuxChain{Name: fmt.Sprint("aux", id), ChainID: id, InTree: true, Cap: true})
		b.works = append(b.works, job.Work{Chain: i, Work: &coins.AuxWork{
			ID: 1, Hash: sha256.Sum256([]byte{byte(i)}), Height: 5, Target: algos.Target{31: 1}, Slot: &coins.Slot{ChainID: id},
		}})
	}
	if err := spec.Plan(); err != nil {
		tb.Fatal(err)
	}
	p.spec.Store(spec)
	p.server = stratum.New(stratum.Config{Listeners: benchListeners(), Extranonce2Size: p.cfg.Extranonce2}, p)
	b.job(tb)
	return b
}

func benchListeners() []stratum.Listener {
	return []stratum.Listener{{Address: "127.0.0.1:0", Profile: stratum.Profile{Start: 1e-10}}}
}

// benchTemplate is a template as of a full block: 4,000 transactions of 500
// bytes, a branch of 12 steps, a witness commitment.
func benchTemplate() *coins.Template {
	now := time.Now().Unix()
	tree := &coins.CoinbaseTree{
		Version: 0x20000000, VersionMask: 0x1fffe000, Bits: 0x17034219, CoinbaseVersion: 2,
		ScriptPrefix: []byte{3, 0x40, 0xd1, 0x0c}, ScriptLimit: 100, WitnessReserved: make([]byte, 32),
		Outputs: []coins.Output{{Script: append([]byte{0x6a, 0x24, 0xaa, 0x21, 0xa9, 0xed}, make([]byte, 32)...)}},
		TxCount: 4000, TxBlob: make([]byte, 4000*500),
	}
	for i := range 12 {
		tree.Branch = append(tree.Branch, sha256.Sum256([]byte{byte(i)}))
	}
	return &coins.Template{
		ID: 1, Height: 840_000, PrevHash: sha256.Sum256([]byte("tip")), Target: algos.Target{31: 1}, Reward: 312_500_000,
		Time: now, MinTime: now - 3600, Tree: tree,
	}
}

// job publishes a job and returns it.
func (b *bench) job(tb testing.TB) *work {
	tb.Helper()
	if err := b.publish(b.template, b.works, true, time.Now()); err != nil {
		tb.Fatal(err)
	}
	return b.Job().(*work)
}

// submission is one that every target of a share lets pass.
func (b *bench) submission(tb testing.TB) *stratum.Submission {
	tb.Helper()
	w, err := b.Authorize(context.Background(), stratum.Login{User: "bench.rig1"})
	if err != nil {
		tb.Fatal(err)
	}
	j := b.Job().(*work)
	return &stratum.Submission{
		Job: j, Worker: w, Payee: w, ExtranonceLen: extranonce1Size + b.cfg.Extranonce2, NTime: j.NTime,
		Mask: b.mask, Difficulty: 1e-10, Target: b.Target(1e-10), Now: time.Now(),
	}
}

// nextShare makes s a share that was not sent before, with or without an extranonce
// of its own.
func nextShare(s *stratum.Submission, roll bool) {
	s.Nonce++
	if roll {
		binary.BigEndian.PutUint32(s.Extranonce[extranonce1Size:], uint32(s.Nonce))
	}
}

// turn takes n new shares through the log.
func (b *bench) turn(s *stratum.Submission, n int, roll bool) error {
	t := b.Begin()
	var err error
	for range n {
		nextShare(s, roll)
		if r := t.Judge(s); r.Reason != stratum.Accepted && err == nil {
			err = fmt.Errorf("judged %v, want accepted", r.Reason)
		}
	}
	return errors.Join(err, t.Commit())
}

// BenchmarkTurn is the engine's part of a share: all from a submission that was
// read to a share that is in the log.
func BenchmarkTurn(b *testing.B) {
	for _, aux := range []int{0, 5} {
		for _, shares := range []int{1, 64} {
			for _, extranonce := range []string{"new", "kept"} {
				name := fmt.Sprintf("aux=%d/commit=%d/extranonce=%s", aux, shares, extranonce)
				b.Run(name, func(b *testing.B) { benchTurn(b, aux, shares, extranonce == "new") })
			}
		}
	}
}

func benchTurn(b *testing.B, aux, shares int, roll bool) {
	p := newBench(b, aux)
	s := p.submission(b)
	b.ReportAllocs()
	judged := 0
	for b.Loop() {
		if judged += shares; judged > sharesPerJob {
			judged, s.Job = 0, p.job(b)
		}
		if err := p.turn(s, shares, roll); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*shares), "ns/share")
}

// BenchmarkTurnParallel is as many sessions as there are processors, with one
// job and one share log between them.
func BenchmarkTurnParallel(b *testing.B) {
	p := newBench(b, 5)
	var session atomic.Uint32
	b.ReportAllocs()
	b.RunParallel(func(pb *testing.PB) {
		s := p.submission(b)
		binary.BigEndian.PutUint32(s.Extranonce[:], session.Add(1))
		for pb.Next() {
			if err := p.turn(s, 1, true); err != nil {
				b.Error(err)
				return
			}
		}
	})
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "shares/s")
}
