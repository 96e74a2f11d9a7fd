package api

import (
	"context"
	"fmt"
	"math"
	"slices"
	"strconv"
	"sync"
	"time"
)

// Facts of public-pool's answers, read in its repository (benjamin-wilson/public-pool,
// April 2025: app.controller.ts, client.controller.ts): names and types of the
// fields, the steps of ten minutes, and which numbers are texts.
const (
	publicPoolStep   = 10   // minutes
	publicPoolBlocks = 2000 // the newest; there all are listed
	publicPoolPage   = 500  // of them
	publicPoolRows   = 200
	publicPoolScores = 10
	publicPoolKeep   = 30 * time.Second // blocks
)

type publicPoolBlock struct {
	Height       uint64 `json:"height"`
	MinerAddress string `json:"minerAddress"`
	Worker       string `json:"worker"`
	SessionID    string `json:"sessionId"`
}

type publicPoolAgent struct {
	UserAgent      string  `json:"userAgent"`
	Count          int     `json:"count"`
	BestDifficulty float64 `json:"bestDifficulty"`
	TotalHashRate  float64 `json:"totalHashRate"`
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
	s.compatible("/api/client/{address}/{worker}/{session}", func(q *question) maker {
		name, session := q.path("worker"), q.path("session")
		return q.account(func(ctx context.Context, address string) (any, error) {
			return s.publicSession(ctx, address, name, session)
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

// publicFound keeps the blocks of the widgets' pool for a while: two endpoints show them.
type publicFound struct {
	mu     sync.Mutex
	blocks []publicPoolBlock // not changed
	until  time.Time
}

// publicBlocks are those of the pool's parent, oldest first.
func (s *Server) publicBlocks(chain string) ([]publicPoolBlock, error) {
	f := &s.found
	f.mu.Lock()
	defer f.mu.Unlock()
	if now := s.cache.now(); now.Before(f.until) {
		return f.blocks, nil
	}
	out, page := []publicPoolBlock{}, Page{Limit: publicPoolPage}
	for len(out) < publicPoolBlocks {
		rows, next, err := s.o.Source.Blocks(BlockFilter{Pool: s.o.PublicPool, Chain: chain}, page)
		if err != nil {
			return nil, err
		}
		for i := range rows {
			if st := rows[i].State; st != "refused" && st != "lost" && st != "orphaned" {
				out = append(out, publicPoolBlock{Height: rows[i].Height, MinerAddress: rows[i].Finder})
			}
		}
		if page.Before = next; next == 0 {
			break
		}
	}
	slices.Reverse(out)
	f.blocks, f.until = out, s.cache.now().Add(publicPoolKeep)
	return out, nil
}

func (s *Server) publicInfo(context.Context) (any, error) {
	p, err := s.o.Source.Pool(s.o.PublicPool)
	if err != nil {
		return nil, err
	}
	blocks, err := s.publicBlocks(p.Chains[0].Chain)
	if err != nil {
		return nil, err
	}
	best, err := s.o.Source.HighScores(s.o.PublicPool, publicPoolScores)
	if err != nil {
		return nil, err
	}
	agents, err := s.o.Source.Agents(s.o.PublicPool)
	if err != nil {
		return nil, err
	}
	rows := []publicPoolAgent{}
	for _, a := range agents {
		rows = append(rows, publicPoolAgent{a.Agent, a.Count, a.Best, a.HashRate})
	}
	scores := []publicPoolScore{}
	for _, b := range best {
		scores = append(scores, publicPoolScore{b.Best.At, b.Best.Difficulty, Maybe(b.Agent)})
	}
	return map[string]any{"blockData": blocks, "userAgents": rows, "highScores": scores, "uptime": s.o.Source.About().StartedAt}, nil
}

func (s *Server) publicPool(context.Context) (any, error) {
	p, err := s.o.Source.Pool(s.o.PublicPool)
	if err != nil {
		return nil, err
	}
	blocks, err := s.publicBlocks(p.Chains[0].Chain)
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
		"blocks": parent.Tip.Height, "currentblocktx": parent.Transactions, "pooledtx": parent.Transactions, "difficulty": parent.NetworkDifficulty, "networkhashps": rate, "chain": c.Network, "warnings": warnings,
	}, nil
}

func (s *Server) publicClient(ctx context.Context, address string) (any, error) {
	out := map[string]any{"workersCount": 0, "workers": []publicPoolWorker{}}
	page, err := s.o.Source.Workers(ctx, address, s.o.PublicPool, WorkerPage{Limit: publicPoolRows, Online: true, Devices: publicPoolRows})
	if isNotFound(err) {
		return out, nil // public-pool knows no unknown address
	}
	if err != nil {
		return nil, err
	}
	rows := []publicPoolWorker{}
	for i := range page.Workers {
		rows = append(rows, publicDevices(&page.Workers[i])...)
	}
	out["bestDifficulty"], out["workersCount"], out["workers"] = difficultyOf(page.Best), page.Sessions, rows[:min(len(rows), publicPoolRows)]
	return out, nil
}

// difficultyOf is 0 without a share.
func difficultyOf(b *Best) float64 {
	if b == nil {
		return 0
	}
	return b.Difficulty
}

// publicID is a session as public-pool writes it: eight hexadecimal digits.
func publicID(d *Device) string { return fmt.Sprintf("%08x", d.Session) }

// publicDevices are a worker's connections.
func publicDevices(w *Worker) (rows []publicPoolWorker) {
	for i := range w.Devices {
		d := &w.Devices[i]
		seen := d.ConnectedAt
		if d.LastShareAt != nil {
			seen = *d.LastShareAt
		}
		rows = append(rows, publicPoolWorker{
			SessionID: publicID(d), Name: w.Name, BestDifficulty: strconv.FormatFloat(difficultyOf(w.BestShare), 'f', 2, 64), HashRate: d.HashRate,
			StartTime: d.ConnectedAt, LastSeen: seen,
		})
	}
	return rows
}

func (s *Server) publicWorker(ctx context.Context, address, name string) (any, error) {
	best, points, _, err := s.publicPast(ctx, address, name)
	if isNotFound(err) { // public-pool knows no unknown worker
		points, err = []publicPoolPoint{}, nil
	}
	return map[string]any{"name": name, "bestDifficulty": best, "chartData": points}, err
}

// publicPast is what a worker has done, and who is connected.
func (s *Server) publicPast(ctx context.Context, address, name string) (best float64, points []publicPoolPoint, devices []Device, err error) {
	w, err := s.o.Source.Worker(ctx, address, s.o.PublicPool, name)
	if err != nil {
		return 0, nil, nil, err
	}
	points = []publicPoolPoint{}
	c, err := s.o.Source.WorkerChart(ctx, address, s.o.PublicPool, name, ChartQuery{Resolution: "minute", From: time.Now().Add(-24 * time.Hour)})
	if err == nil {
		points = tenMinutes(&c)
	} else if isNotFound(err) { // it has sent no share yet
		err = nil
	}
	return math.Floor(difficultyOf(w.BestShare)), points, w.Devices, err
}

// publicSession is one connection. What was done is known by worker, so best share and
// chart are the worker's.
func (s *Server) publicSession(ctx context.Context, address, name, session string) (any, error) {
	best, points, devices, err := s.publicPast(ctx, address, name)
	if err != nil {
		return nil, err
	}
	for i := range devices {
		if d := &devices[i]; publicID(d) == session {
			return map[string]any{
				"sessionId": session, "name": name, "bestDifficulty": best, "chartData": points, "startTime": d.ConnectedAt,
			}, nil
		}
	}
	return nil, Problemf(ErrNotFound, "%s has no session %q now; /api/client/%s lists those that are", name, session, address)
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
