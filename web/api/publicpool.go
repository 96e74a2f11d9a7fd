package api

import (
	"context"
	"math"
	"strconv"
	"time"
)

// Facts of public-pool's answers, read in its repository (benjamin-wilson/public-pool,
// April 2025: app.controller.ts, client.controller.ts): names and types of the
// fields, the steps of ten minutes, and which numbers are texts.
const (
	publicPoolStep   = 10 // minutes
	publicPoolBlocks = 200
	publicPoolRows   = 200
)

type publicPoolBlock struct {
	Height       uint64 `json:"height"`
	MinerAddress string `json:"minerAddress"`
	Worker       string `json:"worker"`
	SessionID    string `json:"sessionId"`
}

type publicPoolAgent struct {
	UserAgent      string  `json:"userAgent"`
	Count          string  `json:"count"`
	BestDifficulty float64 `json:"bestDifficulty"`
	TotalHashRate  string  `json:"totalHashRate"`
}

type publicPoolScore struct {
	UpdatedAt      Time    `json:"updatedAt"`
	BestDifficulty float64 `json:"bestDifficulty"`
	UserAgent      *string `json:"bestDifficultyUserAgent"`
}

type publicPoolPoint struct {
	Label Time    `json:"label"`
	Data  float64 `json:"data"`
}

type publicPoolWorker struct {
	SessionID      string  `json:"sessionId"`
	Name           string  `json:"name"`
	BestDifficulty string  `json:"bestDifficulty"`
	HashRate       float64 `json:"hashRate"`
	StartTime      Time    `json:"startTime"`
	LastSeen       Time    `json:"lastSeen"`
}

func (s *Server) publicPoolRoutes() {
	s.compatible("/api/info", func(q *question) maker { return s.publicInfo })
	s.compatible("/api/pool", func(q *question) maker { return s.publicPool })
	s.compatible("/api/network", func(q *question) maker { return s.publicNetwork })
	s.compatible("/api/info/chart", func(q *question) maker {
		return func(context.Context) (any, error) {
			c, err := s.o.Source.PoolChart(s.o.PublicPool, ChartQuery{Resolution: "minute", From: time.Now().Add(-24 * time.Hour)})
			return tenMinutes(&c), err
		}
	})
	s.compatible("/api/client/{address}", func(q *question) maker { return q.account(s.publicClient) })
	s.compatible("/api/client/{address}/chart", func(q *question) maker {
		return q.account(func(ctx context.Context, address string) (any, error) {
			c, err := s.o.Source.AccountChart(ctx, address, s.o.PublicPool, ChartQuery{Resolution: "minute", From: time.Now().Add(-24 * time.Hour)})
			return tenMinutes(&c), err
		})
	})
	s.compatible("/api/client/{address}/{worker}", func(q *question) maker {
		name := q.path("worker")
		return q.account(func(ctx context.Context, address string) (any, error) {
			return s.publicWorker(ctx, address, name)
		})
	})
}

// compatible serves a path whatever parameters there are: widgets send some so
// that nothing is cached.
func (s *Server) compatible(path string, read func(*question) maker) {
	s.get(path, keepChart, func(q *question) maker {
		q.values, q.err = nil, nil
		return read(q)
	})
}

// blocks are the newest of the pool's parent.
func (s *Server) publicBlocks() ([]publicPoolBlock, error) {
	p, err := s.o.Source.Pool(s.o.PublicPool)
	if err != nil {
		return nil, err
	}
	rows, _, err := s.o.Source.Blocks(BlockFilter{Pool: p.Name, Chain: p.Chains[0].Chain}, Page{Limit: publicPoolBlocks})
	out := []publicPoolBlock{}
	for i := len(rows) - 1; i >= 0; i-- { // oldest first
		if st := rows[i].State; st != "refused" && st != "lost" && st != "orphaned" {
			out = append(out, publicPoolBlock{Height: rows[i].Height, MinerAddress: rows[i].Finder})
		}
	}
	return out, err
}

func (s *Server) publicInfo(context.Context) (any, error) {
	blocks, err := s.publicBlocks()
	if err != nil {
		return nil, err
	}
	p, err := s.o.Source.Pool(s.o.PublicPool)
	if err != nil {
		return nil, err
	}
	agents, err := s.o.Source.Agents(s.o.PublicPool)
	if err != nil {
		return nil, err
	}
	rows := []publicPoolAgent{}
	for _, a := range agents {
		rows = append(rows, publicPoolAgent{a.Agent, strconv.Itoa(a.Count), a.Best, strconv.FormatFloat(a.HashRate, 'f', -1, 64)})
	}
	scores := []publicPoolScore{}
	if p.BestShare != nil {
		scores = append(scores, publicPoolScore{UpdatedAt: p.BestShare.At, BestDifficulty: p.BestShare.Difficulty})
	}
	return map[string]any{"blockData": blocks, "userAgents": rows, "highScores": scores, "uptime": s.o.Source.About().StartedAt}, nil
}

func (s *Server) publicPool(context.Context) (any, error) {
	blocks, err := s.publicBlocks()
	if err != nil {
		return nil, err
	}
	p, err := s.o.Source.Pool(s.o.PublicPool)
	if err != nil {
		return nil, err
	}
	return map[string]any{
		"totalHashRate": p.HashRate.FiveMinutes, "blockHeight": p.Chains[0].Tip.Height, "totalMiners": p.Sessions,
		"blocksFound": blocks, "fee": float64(p.FeeBPS) / 100,
	}, nil
}

func (s *Server) publicNetwork(context.Context) (any, error) {
	p, err := s.o.Source.Pool(s.o.PublicPool)
	if err != nil {
		return nil, err
	}
	parent := p.Chains[0]
	c, err := s.o.Source.Chain(parent.Chain)
	if err != nil {
		return nil, err
	}
	rate := 0.0
	if c.BlockSeconds > 0 {
		rate = parent.NetworkDifficulty * p.HashesPerDifficulty / c.BlockSeconds
	}
	warnings := ""
	if c.Message != nil {
		warnings = *c.Message
	}
	return map[string]any{
		"blocks": parent.Tip.Height, "difficulty": parent.NetworkDifficulty, "networkhashps": rate, "chain": c.Network, "warnings": warnings,
	}, nil
}

func (s *Server) publicClient(ctx context.Context, address string) (any, error) {
	out := map[string]any{"workersCount": 0, "workers": []publicPoolWorker{}}
	page, err := s.o.Source.Workers(ctx, address, s.o.PublicPool, WorkerPage{Limit: publicPoolRows})
	if isNotFound(err) {
		return out, nil // public-pool knows no unknown address
	}
	if err != nil {
		return nil, err
	}
	rows, best := []publicPoolWorker{}, 0.0
	for i := range page.Workers {
		rows = append(rows, publicDevices(&page.Workers[i])...)
		if b := page.Workers[i].BestShare; b != nil {
			best = max(best, b.Difficulty)
		}
	}
	out["bestDifficulty"], out["workersCount"], out["workers"] = best, len(rows), rows
	return out, nil
}

// publicDevices are a worker's connections; a session's id is its place.
func publicDevices(w *Worker) (rows []publicPoolWorker) {
	best := 0.0
	if w.BestShare != nil {
		best = w.BestShare.Difficulty
	}
	for i, d := range w.Devices {
		seen := d.ConnectedAt
		if d.LastShareAt != nil {
			seen = *d.LastShareAt
		}
		rows = append(rows, publicPoolWorker{
			SessionID: strconv.FormatUint(uint64(d.ConnectedAt)&math.MaxUint32+uint64(i), 16), Name: w.Name,
			BestDifficulty: strconv.FormatFloat(best, 'f', 2, 64), HashRate: w.HashRate.FiveMinutes / float64(len(w.Devices)),
			StartTime: d.ConnectedAt, LastSeen: seen,
		})
	}
	return rows
}

func (s *Server) publicWorker(ctx context.Context, address, name string) (any, error) {
	w, err := s.o.Source.Worker(ctx, address, s.o.PublicPool, name)
	if err != nil {
		return nil, err
	}
	c, err := s.o.Source.WorkerChart(ctx, address, s.o.PublicPool, name, ChartQuery{Resolution: "minute", From: time.Now().Add(-24 * time.Hour)})
	if err != nil {
		return nil, err
	}
	best := 0.0
	if w.BestShare != nil {
		best = math.Floor(w.BestShare.Difficulty)
	}
	return map[string]any{"name": name, "bestDifficulty": best, "chartData": tenMinutes(&c)}, nil
}

// tenMinutes is a chart of minutes by ten, from the first on which something was done;
// the step that is not over is left out.
func tenMinutes(c *Chart) []publicPoolPoint {
	points := []publicPoolPoint{}
	const step = publicPoolStep * 60_000
	for i := range c.HashRate {
		at := c.Start + Time(i)*60_000
		slot := at - at%step
		if n := len(points); n == 0 || points[n-1].Label != slot {
			points = append(points, publicPoolPoint{Label: slot})
		}
		points[len(points)-1].Data += c.HashRate[i] / publicPoolStep
	}
	for len(points) > 0 && points[0].Data == 0 {
		points = points[1:]
	}
	if n := len(points); n > 0 {
		points = points[:n-1]
	}
	return points
}
