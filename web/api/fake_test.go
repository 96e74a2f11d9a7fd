package api

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"
	"time"
)

// fake is a Source with one of everything.
type fake struct {
	asked atomic.Int64 // calls of Pools
	hold  chan struct{}

	mu    sync.Mutex
	live  Live
	since []LiveBlock
	err   error
	order string // of sessions that was asked for last
}

const (
	fakeHash  = "00000000000000000001a2b3c4d5e6f708192a3b4c5d6e7f8091a2b3c4d5e6f7"
	fakeOwner = "bc1qexampleexampleexampleexampleexample"
)

var fakeAt = TimeOf(time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC))

func fakeActivity() Activity {
	return Activity{
		HashRate: HashRate{1e12, 1e12, 9e11, 8e11}, Shares: Shares{10, 4096, Counts{1, 2, 3, 4}}, RefusedByReason: map[string]uint64{"stale": 1},
		BestShare: &Best{1e9, fakeAt}, FirstSeenAt: fakeAt, LastSeenAt: fakeAt,
	}
}

func fakeBlock(n uint64) Block {
	effort := 0.5
	return Block{
		Number: n, Pool: "btc", Chain: "bitcoin", Symbol: "BTC", Decimals: 8, Height: 900_000 + n, Hash: fakeHash, State: "accepted", Maturity: 100,
		Reward: "312500000", Effort: &effort, Finder: Abbreviate(fakeOwner), FoundAt: fakeAt, ChangedAt: fakeAt,
	}
}

func fakePayment() Payment {
	return Payment{Number: 7, Pool: "btc", Chain: "bitcoin", Symbol: "BTC", Decimals: 8, State: "sent", TxID: fakeHash, Amount: "5", Accounts: 2, MadeAt: fakeAt, ChangedAt: fakeAt}
}

func fakeChart() Chart {
	return Chart{
		Pool: "btc", Resolution: "minute", StepSeconds: 60, Start: fakeAt, HashRate: []float64{1, 2}, Accepted: []uint64{1, 2}, Work: []float64{1, 2},
		Refused: CountColumns{[]uint64{0, 0}, []uint64{0, 0}, []uint64{0, 0}, []uint64{0, 0}},
	}
}

func (f *fake) fails() error {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.err
}

func (f *fake) About() About {
	return About{Program: "motherlode", Version: "1", StartedAt: fakeAt, Pools: []string{"btc"}, Chains: []string{"bitcoin"}, Problems: []AboutProblem{}}
}

func (f *fake) Pools() ([]Pool, error) {
	f.asked.Add(1)
	if f.hold != nil {
		<-f.hold
	}
	p, err := f.Pool("btc")
	return []Pool{p}, err
}

func (f *fake) Pool(name string) (Pool, error) {
	if name != "btc" {
		return Pool{}, Problemf(ErrNotFound, "no pool is called %q", name)
	}
	a, b, s, h := fakeActivity(), fakeBlock(1), 86400.0, fakeHash
	return Pool{
		Name: "btc", Algorithm: "sha256d", HashesPerDifficulty: 4294967296, HashRate: a.HashRate, Miners: 1, Workers: 2, Sessions: 3, Shares: a.Shares,
		RefusedByReason: a.RefusedByReason, BestShare: a.BestShare, LastShareAt: &a.LastSeenAt, Reward: "pplns", Payout: "pool", FeeBPS: 100,
		Chains: []PoolChain{{
			Chain: "bitcoin", Role: "parent", Symbol: "BTC", Decimals: 8, Reward: "pplns", State: "ready", Mined: true, NetworkDifficulty: 1e14,
			Height: 900_001, Tip: Tip{900_000, &h, &fakeAt2}, BlockReward: "312500000", Round: &Round{0.1, 1, fakeAt, 5}, Luck: &Luck{1, 0.5, 2},
			BlocksFound: 1, LastBlock: &b, SecondsToBlock: &s,
		}},
	}, f.fails()
}

var fakeAt2 = fakeAt

func (f *fake) PoolChart(string, ChartQuery) (Chart, error) { return fakeChart(), nil }

func (f *fake) Account(_ context.Context, address string) (Account, error) {
	if address != fakeOwner {
		return Account{}, Problemf(ErrNotFound, "nobody has mined for %q here", address)
	}
	return Account{fakeOwner, []AccountPool{{Pool: "btc", Activity: fakeActivity(), Chains: []AccountChain{{
		Chain: "bitcoin", Role: "parent", Symbol: "BTC", Decimals: 8, Balance: Balance{"1", "2", "0", "-5", "6", "0", "7", "3", "-2"},
	}}}}}, nil
}

func (f *fake) AccountChart(context.Context, string, string, ChartQuery) (Chart, error) {
	c := fakeChart()
	c.Account = fakeOwner
	return c, nil
}

func (f *fake) Workers(_ context.Context, address, _ string, p WorkerPage) (Workers, error) {
	out := Workers{Pool: "btc", Account: fakeOwner}
	if address != fakeOwner {
		return out, Problemf(ErrNotFound, "nobody has mined for %q here", address)
	}
	for i, name := range []string{"", "_odd", "rig/1"} {
		if p.After != nil && name <= *p.After || len(out.Workers) == p.Limit {
			continue
		}
		w, _ := f.Worker(context.Background(), address, "", name)
		out.Workers = append(out.Workers, w)
		if len(out.Workers) == p.Limit && i < 2 {
			out.Next = &name
		}
	}
	return out, nil
}

func (f *fake) Worker(_ context.Context, address, _, name string) (Worker, error) {
	if address == "bc1qnobody" {
		return Worker{}, Problemf(ErrNotFound, "nobody has mined for %q here", address)
	}
	return Worker{ID: WorkerID(name), Name: name, Pool: "btc", Account: fakeOwner, Online: true, Activity: fakeActivity(), Sessions: 1,
		Devices: []Device{{Session: 7, Agent: "bitaxe/2", HashRate: 5e11, Difficulty: 1024, ConnectedAt: fakeAt, Accepted: 4, LastShareAt: &fakeAt2}}}, nil
}

func (f *fake) WorkerChart(_ context.Context, _, _, name string, _ ChartQuery) (Chart, error) {
	c := fakeChart()
	c.Account, c.Worker = fakeOwner, WorkerID(name)
	return c, nil
}

func (f *fake) AccountPayments(context.Context, string, string, string, Page) (AccountPayments, error) {
	return AccountPayments{"btc", fakeOwner, []Payment{fakePayment()}, 7}, nil
}

func (f *fake) Blocks(_ BlockFilter, p Page) (rows []Block, next uint64, err error) {
	n := uint64(5)
	if p.Before > 0 {
		n = p.Before - 1
	}
	for ; n > 0 && len(rows) < p.Limit; n-- {
		rows = append(rows, fakeBlock(n))
	}
	if n > 0 {
		next = n + 1
	}
	return rows, next, nil
}

func (f *fake) Block(string, string) (BlockDetail, error) {
	return BlockDetail{fakeBlock(1), fakeAt, []BlockChange{{fakeAt, "received", nil}}, &Split{"1", 2, "3", false}}, nil
}

func (f *fake) Payments(string, string, Page) ([]Payment, uint64, error) {
	return []Payment{fakePayment()}, 0, nil
}

func (f *fake) Chains() ([]Chain, error) {
	c, err := f.Chain("bitcoin")
	return []Chain{c}, err
}

func (f *fake) Chain(name string) (Chain, error) {
	h := fakeHash
	return Chain{
		Name: name, Symbol: "BTC", Title: "Bitcoin", Network: "main", Algorithm: "sha256d", Decimals: 8, Maturity: 100, BlockSeconds: 600,
		Pools: []ChainPool{{"btc", "parent"}}, State: "ready", Tip: Tip{1, &h, &fakeAt2}, Work: &Work{fakeAt, "zmq"},
		Nodes: []Node{{1, "ready", 1, 8, "v29", "zmq", true}}, NewsBy: map[string]uint64{"zmq": 3}, NewsSeconds: &NewsSeconds{1, 0.1, 0.1, 0.1},
	}, nil
}

func (f *fake) Connect() ([]Connect, error) {
	listen := func(host string, tls bool, reach string) Listener {
		return Listener{Host: host, Port: 3333, TLS: tls, Protocol: "stratum", Profile: "normal", Reach: reach}
	}
	return []Connect{{Pool: "btc", Algorithm: "sha256d", User: "ADDRESS.worker", Password: "x", Listeners: []Listener{
		listen("", false, "any"), listen("", true, "any"), listen("127.0.0.1", false, "local"),
	}}}, nil
}

func (f *fake) Live() (Live, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.live, f.err
}

func (f *fake) BlocksSince(Time, int) ([]LiveBlock, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.since, nil
}

func (f *fake) Agents(string) ([]Agent, error) { return []Agent{{"bitaxe/2", 3, 1e12, 77}}, nil }

func (f *fake) HighScores(_ string, limit int) ([]HighScore, error) {
	return []HighScore{{Best{9, fakeAt}, "bitaxe/2"}, {Best{7, fakeAt}, ""}}[:min(limit, 2)], nil
}

func (f *fake) OperatorIncidents(pool string) ([]OperatorIncident, error) {
	if pool == "ltc" {
		return nil, Problemf(ErrNotFound, "no pool is called %q", pool)
	}
	n := uint64(7)
	return []OperatorIncident{
		{Pool: "btc", At: fakeAt, What: "closed", Times: 1, Remote: "192.0.2.1:5", Workers: []string{"w"}, Reason: "closed-by-miner", Session: &n, DurationSeconds: 5, Accepted: 3},
		{Pool: "btc", At: fakeAt, What: "turned-away", Times: 9, Remote: "192.0.2.2", Workers: []string{}, Reason: "banned"},
	}, nil
}

func (f *fake) OperatorCoins() ([]OperatorCoin, error) {
	return []OperatorCoin{{Name: "bitcoin", State: "ready", Nodes: []OperatorNode{{Node: "http://10.0.0.1:8332", State: "ready"}}, Submissions: map[string]uint64{}}}, nil
}

func (f *fake) OperatorPlugins() ([]OperatorPlugin, error) {
	n := 77
	return []OperatorPlugin{{Coin: "bitcoin", State: "parked", Process: &n, Parked: &OperatorParked{Since: fakeAt, LastLines: []string{"panic"}, NextAttemptAt: fakeAt},
		Streams: []OperatorStream{{Stream: "templates"}}, LastLines: []OperatorLine{{At: fakeAt, Level: "warn", Text: "<b>"}}}}, nil
}

func (f *fake) OperatorSessions(_, order string, from, limit int) (out []OperatorSession, all int, closed []OperatorClosed, err error) {
	f.mu.Lock()
	f.order = order
	f.mu.Unlock()
	for i := from; i < min(from+limit, 5); i++ {
		rtt := float64(i)
		out = append(out, OperatorSession{
			Pool: "btc", Number: uint64(i), Remote: fmt.Sprint("192.0.2.", i), Workers: []string{}, ConnectedAt: fakeAt + Time(10-i), Refused: uint64(i),
			RefusedByReason: map[string]uint64{}, RTTSeconds: &rtt, Ladder: "ground",
		})
	}
	return out, 5, []OperatorClosed{{"btc", map[string]uint64{"left": 2}}}, nil
}

func (f *fake) OperatorBans() ([]OperatorBan, error) {
	return []OperatorBan{{"btc", "192.0.2.1", fakeAt}}, nil
}

func (f *fake) OperatorPayments(string, string, Page) ([]OperatorPayment, uint64, error) {
	return []OperatorPayment{{fakePayment(), "10", nil, []OperatorOutput{{fakeOwner, "5"}}}}, 0, nil
}
