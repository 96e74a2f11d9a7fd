package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/spf13/cobra"

	"github.com/motherlode-pool/motherlode/engine/sharelog"
	"github.com/motherlode-pool/motherlode/internal/freeport"
	"github.com/motherlode-pool/motherlode/internal/loadgen"
	"github.com/motherlode-pool/motherlode/web"
)

// What the API is asked while miners are connected.
const (
	benchVisitors = 4                // that ask at one time
	benchAPIWait  = 2 * time.Minute  // for the pool to have read its past
	benchMinute   = 60 * time.Second // between the shares of the past
)

// benchAPIOptions are what bench api runs with.
type benchAPIOptions struct {
	connections int
	rate        float64 // shares a second
	requests    float64 // a second, of all endpoints together
	past        time.Duration
	blocks      int
}

func newBenchAPI(f *benchFlags) *cobra.Command {
	var o benchAPIOptions
	cmd := &cobra.Command{
		Use:   "api",
		Short: "The HTTP API, asked while miners are connected and shares flow",
		Long: `Api starts a pool of this program that knows as many accounts as there are to be
connections, each with a share in every minute of --past, connects a miner of each,
lets shares flow, and asks every endpoint of the API in turn, each time about
another account. It prints how long answers take, from sending a request to the
last byte. --addr is of no use here.`,
		Args: takes(cobra.NoArgs),
		RunE: func(cmd *cobra.Command, _ []string) error {
			if f.target.Addr != "" {
				return &useError{errors.New("bench api asks a pool that it has started itself; leave --addr out")}
			}
			r, err := benchAPI(cmd.Context(), f, &o)
			if err != nil {
				return err
			}
			if f.json {
				return printJSON(cmd.OutOrStdout(), r)
			}
			printBenchAPI(cmd.OutOrStdout(), r)
			return nil
		},
	}
	cmd.Flags().IntVar(&o.connections, "connections", 10_000, "miners, each of another account")
	cmd.Flags().Float64Var(&o.rate, "rate", 3000, "shares a second over all")
	cmd.Flags().Float64Var(&o.requests, "requests", 200, "requests a second over all endpoints")
	cmd.Flags().DurationVar(&o.past, "past", time.Hour, "how long all have mined before")
	cmd.Flags().IntVar(&o.blocks, "blocks", 500, "blocks that were found before")
	return cmd
}

// benchAPIReport is what came back.
type benchAPIReport struct {
	Shares    *loadgen.SharesReport `json:"shares"`
	All       loadgen.Latency       `json:"all"` // of all endpoints together
	Endpoints []benchEndpoint       `json:"endpoints"`
	Late      int                   `json:"late"` // requests that were due and not sent in time
}

// benchEndpoint is how long answers of one endpoint take.
type benchEndpoint struct {
	Path     string          `json:"path"`
	Statuses map[int]int     `json:"statuses"`
	Latency  loadgen.Latency `json:"latency"`
}

// benchAPI runs the pool, the miners and the visitors.
func benchAPI(ctx context.Context, f *benchFlags, o *benchAPIOptions) (r *benchAPIReport, err error) {
	addr, err := freeport.TCP()
	if err != nil {
		return nil, err
	}
	past := &benchPast{o: o}
	s, err := startBenchServer(ctx, benchServerOptions{difficulty: f.difficulty, sync: f.sync, http: addr, anyone: true, before: past.write})
	if err != nil {
		return nil, err
	}
	accepted := uint64(0)
	defer func() { err = errors.Join(err, s.finish(accepted)) }()
	t := s.target()
	for i := range o.connections {
		t.Users = append(t.Users, benchAccount(i)+".rig")
	}
	v := newVisitors("http://"+addr, o)
	if err := v.await(ctx); err != nil {
		return nil, err
	}
	asking, stop := context.WithCancel(ctx)
	var done sync.WaitGroup
	report, err := loadgen.Shares(ctx, t, loadgen.SharesOptions{
		Connections: o.connections, Rate: o.rate, Kind: loadgen.KindReal, Duration: f.duration, Say: f.say(),
		Began: func() { done.Go(func() { v.ask(asking) }) },
	})
	stop()
	done.Wait()
	if err != nil {
		return nil, limitIsUse(err)
	}
	accepted = report.Accepted
	return &benchAPIReport{Shares: report, All: v.every.Summary(), Endpoints: v.results(), Late: v.late}, v.err
}

func benchAccount(i int) string { return fmt.Sprintf("miner%08d", i) }

// benchHash is the hash of block number i, in internal byte order.
func benchHash(i int) [32]byte { return [32]byte{1, byte(i), byte(i >> 8), byte(i >> 16)} }

// benchLast has the last share of the past and no other: the pool has read all of it
// when it knows this account.
const benchLast = "last-of-the-past"

// benchPast is what the pool has seen before it starts.
type benchPast struct{ o *benchAPIOptions }

// write puts the past into the share log of a pool that does not run yet.
func (p *benchPast) write(folder string) (err error) {
	if err := os.MkdirAll(folder, 0o700); err != nil {
		return err
	}
	log, err := sharelog.Open(filepath.Join(folder, "shares"), sharelog.Options{})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, log.Close()) }()
	var b sharelog.Batch
	add := func() error {
		if b.Len() < 1000 {
			return nil
		}
		defer b.Reset()
		return log.Append(&b)
	}
	now := time.Now()
	for at := now.Add(-p.o.past); at.Before(now); at = at.Add(benchMinute) {
		for i := range p.o.connections {
			b.Share(benchPastShare(at, benchAccount(i)))
			if err := add(); err != nil {
				return err
			}
		}
	}
	for i := range p.o.blocks {
		for _, state := range []string{"accepted", "mature"} {
			b.Block(&sharelog.Block{
				Time: now.UnixMilli(), Pool: "bench", Chain: "bitcoin", Hash: benchHash(i), Height: uint64(i + 1), State: state,
				Account: benchAccount(i % p.o.connections), Worker: "rig", Reward: 50e8, Difficulty: 1, Confirmations: 100,
			})
			if err := add(); err != nil {
				return err
			}
		}
	}
	b.Share(benchPastShare(now, benchLast))
	return log.Append(&b)
}

func benchPastShare(at time.Time, account string) *sharelog.Share {
	return &sharelog.Share{Time: at.UnixMilli(), Pool: "bench", Account: account, Worker: "rig", Difficulty: 1e-9, Achieved: 2e-9}
}

// visitors ask the API.
type visitors struct {
	base   string
	o      *benchAPIOptions
	client *http.Client
	paths  []string // as described

	mu     sync.Mutex
	every  loadgen.Histogram
	all    map[string]*loadgen.Histogram
	status map[string]map[int]int
	late   int
	err    error
}

// newVisitors reads what there is to ask from the description.
func newVisitors(base string, o *benchAPIOptions) *visitors {
	v := &visitors{
		base: base, o: o, all: map[string]*loadgen.Histogram{}, status: map[string]map[int]int{},
		client: &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: benchVisitors}, Timeout: 30 * time.Second},
	}
	var doc struct {
		Paths map[string]map[string]json.RawMessage `json:"paths"`
	}
	if v.err = json.Unmarshal(web.OpenAPIJSON, &doc); v.err != nil {
		return v
	}
	for path, methods := range doc.Paths {
		known := !strings.Contains(path, "{session}") // of which an account's list tells
		if methods["get"] != nil && known && !strings.HasSuffix(path, "/events") {
			v.paths = append(v.paths, path)
			v.all[path], v.status[path] = &loadgen.Histogram{}, map[int]int{}
		}
	}
	slices.Sort(v.paths)
	return v
}

// await returns when the pool has read its past.
func (v *visitors) await(ctx context.Context) error {
	limit := time.After(benchAPIWait)
	for {
		resp, err := v.get(ctx, v.base+"/api/v1/accounts/"+benchLast)
		if err == nil && resp == http.StatusOK {
			return nil
		}
		select {
		case <-limit:
			return fmt.Errorf("the pool has not read its past after %v: %d, %w", benchAPIWait, resp, err)
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(time.Second):
		}
	}
}

// get asks and reads all of the answer.
func (v *visitors) get(ctx context.Context, to string) (status int, err error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, to, nil)
	if err != nil {
		return 0, err
	}
	r.Header.Set("Authorization", "Bearer "+benchToken)
	r.Header.Set("Accept-Encoding", "gzip") // as browsers; and it is not unpacked here
	resp, err := v.client.Do(r)
	if err != nil {
		return 0, err
	}
	defer resp.Body.Close()
	_, err = io.Copy(io.Discard, resp.Body)
	return resp.StatusCode, err
}

// ask asks for every path in turn at the wanted rate until ctx ends.
func (v *visitors) ask(ctx context.Context) {
	turn := make(chan string)
	var done sync.WaitGroup
	for range benchVisitors {
		done.Go(func() {
			for path := range turn {
				v.visit(ctx, path)
			}
		})
	}
	tick := time.NewTicker(time.Duration(float64(time.Second) / v.o.requests))
	defer tick.Stop()
	for n := 0; ctx.Err() == nil; n++ {
		select {
		case <-ctx.Done():
		case <-tick.C:
			select {
			case turn <- v.paths[n%len(v.paths)]:
			default:
				n-- // all visitors wait for answers
				v.late++
			}
		}
	}
	close(turn)
	done.Wait()
	v.client.CloseIdleConnections()
}

// visit asks for one path, about any account.
func (v *visitors) visit(ctx context.Context, path string) {
	account := benchAccount(rand.IntN(v.o.connections))
	hash := benchHash(rand.IntN(max(v.o.blocks, 1)))
	slices.Reverse(hash[:]) // as it is shown
	to := v.base + strings.NewReplacer(
		"{pool}", "bench", "{chain}", "bitcoin", "{address}", account, "{account}", account, "{worker}", "rig", "{hash}", fmt.Sprintf("%x", hash),
	).Replace(path)
	if strings.HasSuffix(path, "/message") {
		to += "?" + url.Values{"donate": {"1"}}.Encode()
	}
	start := time.Now()
	status, err := v.get(ctx, to)
	took := time.Since(start)
	v.mu.Lock()
	defer v.mu.Unlock()
	switch {
	case ctx.Err() != nil: // it was cut off
	case err != nil:
		v.err = errors.Join(v.err, err)
	default:
		v.every.Add(took)
		v.all[path].Add(took)
		v.status[path][status]++
	}
}

// results are the endpoints, slowest first.
func (v *visitors) results() (all []benchEndpoint) {
	for _, path := range v.paths {
		all = append(all, benchEndpoint{path, v.status[path], v.all[path].Summary()})
	}
	slices.SortStableFunc(all, func(a, b benchEndpoint) int { return int((b.Latency.P99 - a.Latency.P99) * 1000) })
	return all
}

func printBenchAPI(out io.Writer, r *benchAPIReport) {
	printShares(out, r.Shares)
	fmt.Fprintf(out, "%-58s %8s %8s %8s %8s\n", "endpoint", "p50 ms", "p99 ms", "worst", "answers")
	fmt.Fprintf(out, "%-58s %8.2f %8.2f %8.2f %8d\n", "all", r.All.P50, r.All.P99, r.All.Max, r.All.Count)
	for _, e := range r.Endpoints {
		fmt.Fprintf(out, "%-58s %8.2f %8.2f %8.2f %8d %v\n", e.Path, e.Latency.P50, e.Latency.P99, e.Latency.Max, e.Latency.Count, e.Statuses)
	}
	fmt.Fprintf(out, "requests that were due while all visitors waited: %d\n", r.Late)
	fmt.Fprintf(out, "shares of a miner: %.3g a minute\n", r.Shares.Rate*60/float64(r.Shares.Connections))
}
