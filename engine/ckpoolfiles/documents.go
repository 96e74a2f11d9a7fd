package ckpoolfiles

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
	"time"
)

// Rates are hashes a second over the time before now.
type Rates struct{ Minute, FiveMinutes, Hour, Day, Week float64 }

// Pool is what a pool does. Difficulties are sums.
type Pool struct {
	Runtime      time.Duration // since the start of the program
	Users        int           // accounts that are connected
	Workers      int           // their connections
	Idle         int           // connections without a share for a minute
	Disconnected int           // that may come back as what they were

	Rates
	QuarterHour, SixHours float64 // hashes a second

	Effort    float64 // of the round: its work by the difficulty of the network
	Accepted  float64 // difficulty, in the round
	Rejected  float64 // the same, of refused shares
	BestShare float64 // in the round

	SharesPerSecond [4]float64 // over 1, 5, 15 and 60 minutes
}

// Account is what an account does. Times are Unix milliseconds.
type Account struct {
	Name string
	Rates
	LastShare  int64
	Sessions   int     // connections
	Shares     float64 // accepted difficulty
	BestShare  float64 // in the round
	BestEver   float64
	Authorised int64 // first seen
	Workers    []Worker

	// Gone are workers that have been idle for too long to be told.
	Gone []string
}

// Worker is what a worker does. Name is ADDRESS.NAME, or ADDRESS for the one without a
// name.
type Worker struct {
	Name string
	Rates
	LastShare int64
	Shares    float64
	BestShare float64
	BestEver  float64
}

type poolHead struct {
	Runtime      int64 `json:"runtime"`
	LastUpdate   int64 `json:"lastupdate"`
	Users        int   `json:"Users"`
	Workers      int   `json:"Workers"`
	Idle         int   `json:"Idle"`
	Disconnected int   `json:"Disconnected"`
}

type poolRates struct {
	Minute      rate `json:"hashrate1m"`
	FiveMinutes rate `json:"hashrate5m"`
	QuarterHour rate `json:"hashrate15m"`
	Hour        rate `json:"hashrate1hr"`
	SixHours    rate `json:"hashrate6hr"`
	Day         rate `json:"hashrate1d"`
	Week        rate `json:"hashrate7d"`
}

type poolShares struct {
	Diff      short `json:"diff"`
	Accepted  int64 `json:"accepted"`
	Rejected  int64 `json:"rejected"`
	BestShare int64 `json:"bestshare"`
	Minute    short `json:"SPS1m"`
	Five      short `json:"SPS5m"`
	Quarter   short `json:"SPS15m"`
	Hour      short `json:"SPS1h"`
}

type jsonRates struct {
	Minute      rate `json:"hashrate1m"`
	FiveMinutes rate `json:"hashrate5m"`
	Hour        rate `json:"hashrate1hr"`
	Day         rate `json:"hashrate1d"`
	Week        rate `json:"hashrate7d"`
}

type jsonUser struct {
	jsonRates
	LastShare  int64        `json:"lastshare"`
	Workers    int          `json:"workers"`
	Shares     int64        `json:"shares"`
	BestShare  real         `json:"bestshare"`
	BestEver   int64        `json:"bestever"`
	Authorised int64        `json:"authorised"`
	Worker     []jsonWorker `json:"worker"`
}

// jsonWorker is a worker within its account's file.
type jsonWorker struct {
	Name string `json:"workername"`
	jsonRates
	LastShare int64 `json:"lastshare"`
	Shares    int64 `json:"shares"`
	BestShare real  `json:"bestshare"`
	BestEver  int64 `json:"bestever"`
}

// jsonWorkerFile is a worker's own file: what it had in 2017, and what a worker has
// within users since.
type jsonWorkerFile struct {
	jsonRates
	LastUpdate int64  `json:"lastupdate"`
	Shares     int64  `json:"shares"`
	BestShare  real   `json:"bestshare"`
	Name       string `json:"workername"`
	LastShare  int64  `json:"lastshare"`
	BestEver   int64  `json:"bestever"`
}

func (r *Rates) json() jsonRates {
	return jsonRates{rate(r.Minute), rate(r.FiveMinutes), rate(r.Hour), rate(r.Day), rate(r.Week)}
}

// Status is pool.status as of now: three objects, a line each.
func (p *Pool) Status(now time.Time) ([]byte, error) {
	var out []byte
	for _, v := range []any{
		poolHead{int64(p.Runtime / time.Second), now.Unix(), p.Users, p.Workers, p.Idle, p.Disconnected},
		poolRates{rate(p.Minute), rate(p.FiveMinutes), rate(p.QuarterHour), rate(p.Hour), rate(p.SixHours), rate(p.Day), rate(p.Week)},
		poolShares{
			short(p.Effort * 100), whole(p.Accepted), whole(p.Rejected), whole(p.BestShare),
			short(p.SharesPerSecond[0]), short(p.SharesPerSecond[1]), short(p.SharesPerSecond[2]), short(p.SharesPerSecond[3]),
		},
	} {
		line, err := json.Marshal(v)
		if err != nil {
			return nil, fmt.Errorf("pool.status: %w", err)
		}
		out = append(append(out, spaced(line)...), '\n')
	}
	return out, nil
}

// spaced puts the spaces into a flat object that scripts which cut lines with text
// tools rely on: after each colon and comma. No text in it holds either.
func spaced(line []byte) string {
	return strings.NewReplacer(`":`, `": `, `,"`, `, "`).Replace(string(line))
}

// User is the account's file.
func (a *Account) User() ([]byte, error) {
	u := jsonUser{
		jsonRates: a.json(), LastShare: unix(a.LastShare), Workers: a.Sessions, Shares: whole(a.Shares), BestShare: real(a.BestShare),
		BestEver: whole(a.BestEver), Authorised: unix(a.Authorised), Worker: make([]jsonWorker, 0, len(a.Workers)),
	}
	for i := range a.Workers {
		w := &a.Workers[i]
		u.Worker = append(u.Worker, jsonWorker{w.Name, w.json(), unix(w.LastShare), whole(w.Shares), real(w.BestShare), whole(w.BestEver)})
	}
	return indented(u)
}

// File is the worker's own file as of a time.
func (w *Worker) File(at time.Time) ([]byte, error) {
	return indented(jsonWorkerFile{w.json(), at.Unix(), whole(w.Shares), real(w.BestShare), w.Name, unix(w.LastShare), whole(w.BestEver)})
}

func indented(v any) ([]byte, error) {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", " ")
	if err := enc.Encode(v); err != nil {
		return nil, fmt.Errorf("a file for ckpool's monitors: %w", err)
	}
	return b.Bytes(), nil
}
