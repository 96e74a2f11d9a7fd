package api

import (
	"context"
	"time"
)

// Source is what the API asks. All methods may be called from any goroutine at any
// time, also before mining has begun and after it has ended; what they return
// belongs to the caller. Errors that a visitor should read are Problems.
type Source interface {
	Public
	Operator
}

// Public is what everybody may know. An address is one in any spelling; the pool
// of an account may be empty, which is the one where it was seen last.
type Public interface {
	About() About
	Pools() ([]Pool, error)
	Pool(name string) (Pool, error)
	PoolChart(pool string, q ChartQuery) (Chart, error)

	Account(ctx context.Context, address string) (Account, error)
	AccountChart(ctx context.Context, address, pool string, q ChartQuery) (Chart, error)
	Workers(ctx context.Context, address, pool string, p WorkerPage) (Workers, error)
	Worker(ctx context.Context, address, pool, name string) (Worker, error)
	WorkerChart(ctx context.Context, address, pool, name string, q ChartQuery) (Chart, error)
	AccountPayments(ctx context.Context, address, pool, chain string, p Page) (AccountPayments, error)

	Blocks(f BlockFilter, p Page) (rows []Block, next uint64, err error)
	Block(chain string, hash string) (BlockDetail, error)
	Payments(pool, chain string, p Page) (rows []Payment, next uint64, err error)
	Chains() ([]Chain, error)
	Chain(name string) (Chain, error)
	Connect() ([]Connect, error)

	Live() (Live, error)
	// BlocksSince are the newest blocks that have changed after a time, oldest
	// change first, at most limit.
	BlocksSince(at Time, limit int) ([]LiveBlock, error)

	// Agents are what the connected devices of a pool say they are.
	Agents(pool string) ([]Agent, error)
	// HighScores are the best shares of accounts of a pool, of each its best, largest
	// first, at most limit. They may be some minutes old.
	HighScores(pool string, limit int) ([]HighScore, error)
}

// Operator is what the operator may know.
type Operator interface {
	OperatorCoins() ([]OperatorCoin, error)
	OperatorPlugins() ([]OperatorPlugin, error)
	// OperatorSessions are part of the sessions of a pool, or of all where it is empty:
	// those from a place on, in an order, at most limit; and how many there are.
	OperatorSessions(pool, order string, from, limit int) (rows []OperatorSession, all int, closed []OperatorClosed, err error)
	OperatorBans() ([]OperatorBan, error)
	// OperatorIncidents are the last connections of a pool, or of all where it is empty,
	// that have ended, and those that were not let in, newest first.
	OperatorIncidents(pool string) ([]OperatorIncident, error)
	OperatorPayments(pool, chain string, p Page) (rows []OperatorPayment, next uint64, err error)
}

// ChartQuery says which part of a chart is wanted.
type ChartQuery struct {
	Resolution string    // minute, hour, day
	From, To   time.Time // zero: the source's own choice
}

// Page is a part of a list by falling number: those below Before, of which 0 is
// the newest. The number to go on with is 0 on the last page.
type Page struct {
	Before uint64
	Limit  int
}

// WorkerPage is a part of a list by name: those after After, from the first where
// it is nil. Online are those that are connected, also without a share so far. Devices
// bounds the connections of each that are shown; 0 is the source's own choice.
type WorkerPage struct {
	After   *string
	Limit   int
	Online  bool
	Devices int
}

// Workers is a page of workers; Next is what to go on after, nil on the last page.
// Sessions and Best are of the account in the pool.
type Workers struct {
	Pool, Account string
	Sessions      int
	Best          *Best
	Workers       []Worker
	Next          *string
}

// HighScore is the best share of an account. Agent is what its devices say they are
// now, empty where there are none or several kinds.
type HighScore struct {
	Best  Best
	Agent string
}

// AccountPayments is a page of what an account was paid; see Page for Next.
type AccountPayments struct {
	Pool, Account string
	Payments      []Payment
	Next          uint64
}

// BlockFilter chooses blocks; empty fields choose all.
type BlockFilter struct{ Pool, Chain, State string }

// Agent is a kind of device. Best is the largest difficulty ever of the workers
// that use it now.
type Agent struct {
	Agent    string
	Count    int
	HashRate float64
	Best     float64
}

// Abbreviate shortens the name of an account so that who knows it recognises it and
// nobody else learns it.
func Abbreviate(account string) string {
	r := []rune(account)
	switch n := len(r); {
	case n == 0:
		return ""
	case n <= 4:
		return string(r[:1]) + "…"
	case n < 20:
		return string(r[:2]) + "…"
	default:
		return string(r[:6]) + "…" + string(r[n-4:])
	}
}

// WorkerID is a worker's name as it stands in paths: never empty.
func WorkerID(name string) string {
	if name == "" || name[0] == '_' || name == "." || name == ".." { // browsers take dots for folders, encoded too
		return "_" + name
	}
	return name
}

// workerName is the name that an id stands for.
func workerName(id string) string {
	if id != "" && id[0] == '_' {
		return id[1:]
	}
	return id
}
