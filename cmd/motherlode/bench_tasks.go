package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/motherlode-pool/motherlode/internal/loadgen"
)

// benchTasks are the rows of the table, in its order.
func benchTasks() []benchTask {
	return []benchTask{
		{name: "saturated-100", difficulty: 1e-9, sync: "os", run: sharesTask(100, 0), rows: []*benchRow{
			{What: "answers/s, real shares, 100 connections, window 4", Ckpool: "37,200", Mark: 75_000},
			{What: "processor of the server for 100,000 shares, saturated, 100 connections", Ckpool: "3.1 s", Unit: "s", Mark: 1.5, AtMost: true},
			{What: "p99 reply, saturated, 100 connections: a queue, not a response", Ckpool: "18 ms", Unit: "ms", NoMark: true},
		}},
		{name: "saturated-1000", difficulty: 1e-9, sync: "os", run: sharesTask(1000, 0), rows: []*benchRow{
			{What: "answers/s, real shares, 1,000 connections, window 4", Ckpool: "43,200", Mark: 85_000},
			{What: "processor of the server for 100,000 shares, saturated, 1,000 connections", Ckpool: "3.0 s", Unit: "s", Mark: 1.5, AtMost: true},
			{What: "p99 reply, saturated, 1,000 connections: a queue, not a response", Ckpool: "129 ms", Unit: "ms", NoMark: true},
		}},
		{name: "fixed-os", difficulty: 1e-9, sync: "os", run: sharesTask(1000, 2000), rows: []*benchRow{
			{What: "2,000 shares/s on 1,000 connections: answers/s", Ckpool: "2,000", NoMark: true},
			{What: "2,000 shares/s on 1,000 connections: processor of the server for 100,000", Ckpool: "8.4 s", Unit: "s", Mark: 4, AtMost: true},
			{What: "2,000 shares/s on 1,000 connections: p99 reply, `sync = \"os\"`", Ckpool: "0.51 ms, no log", Unit: "ms", Mark: 0.5, AtMost: true},
		}},
		{name: "fixed-disk", difficulty: 1e-9, sync: "disk", run: sharesTask(1000, 2000), rows: []*benchRow{
			{What: "the same with `sync = \"disk\"`: answers/s", NoMark: true},
			{What: "the same with `sync = \"disk\"`: processor of the server for 100,000", Unit: "s", NoMark: true},
			{What: "the same with `sync = \"disk\"`: p99 reply", Unit: "ms", NoMark: true},
		}},
		{name: "fan-out-10000", difficulty: 1e-9, sync: "os", run: fanOutTask(10_000), rows: []*benchRow{
			{What: "clean job to 10,000 sessions: first to last", Ckpool: "115 ms", Unit: "ms", Mark: 60, AtMost: true},
			{What: "from the node's last answer to the first of 10,000 sessions", Ckpool: "20 ms", Unit: "ms", Mark: 1, AtMost: true},
			{What: "from the news of a block to the first of 10,000 sessions, the node's answers included", Unit: "ms", NoMark: true},
		}},
		{name: "fan-out-1", difficulty: 1e-9, sync: "os", run: fanOutTask(1), rows: []*benchRow{
			{What: "clean job to 1 session: first to last", Unit: "ms", NoMark: true},
			{What: "from the node's last answer to 1 session", Ckpool: "0.9 ms", Unit: "ms", Mark: 1, AtMost: true},
			{What: "from the news of a block to 1 session, the node's answers included", Unit: "ms", NoMark: true},
		}},
		{name: "memory", difficulty: 1e-9, sync: "os", run: memoryTask, rows: []*benchRow{
			{What: "resident memory per idle session, 10,000 of them", Ckpool: "5,814 bytes", Unit: "bytes", Mark: 6000, AtMost: true},
			{What: "processor of the server for a handshake, 64 at a time", Ckpool: "0.29 ms", Unit: "ms", NoMark: true},
		}},
		{name: "churn", difficulty: 1e-9, sync: "os", run: churnTask, rows: []*benchRow{
			{What: "connect-subscribe-authorize-leave cycles/s, 16 loops", Ckpool: "3,980", Mark: 6000},
			{What: "handshake p99, 16 loops", Ckpool: "9.0 ms", Unit: "ms", NoMark: true},
		}},
		{name: "flood", difficulty: 1, sync: "os", run: hostileTask(loadgen.Flood), rows: []*benchRow{
			{What: "polite miner beside one flooding connection, of its lone rate", Ckpool: "1/200", Mark: 0.5},
			{What: "memory at most, over that before, one flooding connection", Unit: "MB", NoMark: true},
		}},
		{name: "deaf", difficulty: 1, sync: "os", run: hostileTask(loadgen.Deaf), rows: []*benchRow{
			{What: "polite miner beside 50 that never read, of its lone rate", Ckpool: "shut out", Mark: 0.5},
			{What: "memory at most, over that before, 50 that never read", Ckpool: "617 MB", Unit: "MB", NoMark: true},
		}},
	}
}

type taskRun = func(context.Context, *tableRun, *benchServer) (uint64, []float64, string, error)

// sharesTask measures real shares: answers a second, processor for 100,000, p99.
func sharesTask(connections int, rate float64) taskRun {
	return func(ctx context.Context, r *tableRun, s *benchServer) (uint64, []float64, string, error) {
		p, err := loadgen.Shares(ctx, s.target(), loadgen.SharesOptions{
			Connections: r.connections(connections), Window: 4, Rate: rate, Kind: loadgen.KindReal, Duration: r.f.duration, Say: r.f.say(),
		})
		if err != nil {
			return 0, nil, "", err
		}
		if lost := p.Unanswered + p.Overrun; lost > 0 || len(p.Refused) > 0 {
			err = fmt.Errorf("of %d honest shares %d were refused (%v), %d not answered, %d not sent in time",
				p.Sent, p.Sent-p.Accepted-p.Unanswered, p.Refused, p.Unanswered, p.Overrun)
		}
		note := fmt.Sprintf("p50 %.3f ms, p99 %.3f, p99.9 %.3f, worst %.3f; %d to %d answers a connection; server %.2f s and %.1f MB, generator %.2f s, all else on the machine %.2f s",
			p.Latency.P50, p.Latency.P99, p.Latency.P999, p.Latency.Max, p.Least, p.Most, p.ServerCPU, float64(p.ServerBytes)/1e6, p.OwnCPU, p.OthersCPU)
		return p.Accepted, []float64{p.PerSecond, p.CPUPer100k, p.Latency.P99}, note, err
	}
}

// fanOutTask makes new blocks while connections hold still.
func fanOutTask(connections int) taskRun {
	return func(ctx context.Context, r *tableRun, s *benchServer) (uint64, []float64, string, error) {
		n := r.connections(connections)
		p, err := loadgen.Idle(ctx, s.target(), loadgen.IdleOptions{
			Connections: n, Duration: r.f.duration + 3*time.Second, Trigger: s.newBlock, Every: time.Second, Say: r.f.say(),
		})
		if err != nil {
			return 0, nil, "", err
		}
		var last, first, answer []float64
		for _, x := range p.Rounds {
			if x.Clients != n {
				return 0, nil, "", fmt.Errorf("job %s reached %d of %d connections", x.Job, x.Clients, n)
			}
			last, first = append(last, x.Last), append(first, x.TriggerMS)
			if at, ok := s.answers.before(x.First); ok {
				answer = append(answer, float64(x.First.Sub(at))/1e6)
			}
		}
		if len(last) == 0 || len(answer) == 0 {
			return 0, nil, "", errors.New("no clean job came")
		}
		note := fmt.Sprintf("%d blocks, last %.3g to %.3g ms; stamped by %s; generator %.2f s, all else %.2f s",
			len(last), slices.Min(last), slices.Max(last), p.Stamps, p.OwnCPU, p.OthersCPU)
		return 0, []float64{middle(last), middle(answer), middle(first)}, note, nil
	}
}

// middle is the median, the upper one of two.
func middle(v []float64) float64 {
	slices.Sort(v)
	return v[len(v)/2]
}

func memoryTask(ctx context.Context, r *tableRun, s *benchServer) (uint64, []float64, string, error) {
	p, err := loadgen.Idle(ctx, s.target(), loadgen.IdleOptions{Connections: r.connections(10_000), Duration: r.f.duration, Say: r.f.say()})
	if err != nil {
		return 0, nil, "", err
	}
	note := fmt.Sprintf("%.1f MB before, %.1f MB after; all connected after %.2f s", float64(p.RSSBefore)/1e6, float64(p.RSSAfter)/1e6, p.ConnectedIn)
	return 0, []float64{p.BytesEach, p.HandshakeCPU}, note, nil
}

func churnTask(ctx context.Context, r *tableRun, s *benchServer) (uint64, []float64, string, error) {
	p, err := loadgen.Churn(ctx, s.target(), loadgen.ChurnOptions{Loops: r.connections(16), Duration: r.f.duration, Say: r.f.say()})
	if err != nil {
		return 0, nil, "", err
	}
	if p.Failed > 0 {
		err = fmt.Errorf("%d handshakes of %d failed", p.Failed, p.Failed+p.Cycles)
	}
	note := fmt.Sprintf("p50 %.2f ms, p99 %.2f, worst %.2f; %.3f ms of the server each, generator %.2f s, all else %.2f s",
		p.Handshake.P50, p.Handshake.P99, p.Handshake.Max, p.CPUEach, p.OwnCPU, p.OthersCPU)
	return 0, []float64{p.PerSecond, p.Handshake.P99}, note, err
}

func hostileTask(kind string) taskRun {
	return func(ctx context.Context, r *tableRun, s *benchServer) (uint64, []float64, string, error) {
		p, err := loadgen.Hostile(ctx, s.target(), loadgen.HostileOptions{
			Kind: kind, Shares: loadgen.KindLowDiff, Duration: r.f.duration, Say: r.f.say(),
		})
		if err != nil {
			return 0, nil, "", err
		}
		note := "shut out: " + p.ShutOut
		if p.Beside != nil {
			note = fmt.Sprintf("alone %.0f answers/s, p99 %.3f ms; beside %.0f, p99 %.3f ms; hostile side %.1f MB sent, %d answers, dropped %d times",
				p.Alone.PerSecond, p.Alone.Latency.P99, p.Beside.PerSecond, p.Beside.Latency.P99, float64(p.Sent)/1e6, p.Answered, p.Dropped)
		}
		return hostileAccepted(p), []float64{p.Ratio, float64(p.RSSPeak-p.RSSBefore) / 1e6}, note, nil
	}
}
