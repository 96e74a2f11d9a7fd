package payout

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"time"

	"github.com/motherlode-pool/motherlode/engine/ledger"
)

// SocketName is the file in the data directory by which the operator's commands
// talk to a running pool about payments. Whoever may open it may have the due
// payments made now, and no others.
const SocketName = "payouts.sock"

// maxSocketPath is what a socket's address holds on every system, less one.
const maxSocketPath = 103

// shutdownTime is for requests that are under way at the end.
const shutdownTime = 2 * time.Second

// Outcome is what a round of one plan came to.
type Outcome struct {
	Pool, Chain string
	Error       string // empty: all that is due was paid
	Payments    []ledger.Payment
}

// Handler answers GET /payments?before=N (the newest 1000 below a number), GET
// /proposals and POST /rounds, the last two for all plans or those of ?pool=.
func (p *Payer) Handler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /payments", func(w http.ResponseWriter, r *http.Request) {
		before, _ := strconv.ParseUint(r.FormValue("before"), 10, 64)
		rows, err := p.ledger.Payments(ledger.PaymentFilter{Pool: r.FormValue("pool")}, before, page)
		answer(w, rows, err)
	})
	mux.HandleFunc("GET /proposals", func(w http.ResponseWriter, r *http.Request) {
		var all []Proposal
		for _, plan := range p.plansOf(r.FormValue("pool")) {
			out, err := p.Propose(r.Context(), plan)
			if err != nil {
				out.Pool, out.Chain, out.Problem = plan.Pool, plan.Chain, err.Error()
			}
			all = append(all, out)
		}
		answer(w, all, nil)
	})
	mux.HandleFunc("POST /rounds", func(w http.ResponseWriter, r *http.Request) {
		var all []Outcome
		for _, plan := range p.plansOf(r.FormValue("pool")) {
			all = append(all, p.outcome(r.Context(), plan))
		}
		answer(w, all, nil)
	})
	return mux
}

func (p *Payer) plansOf(pool string) (plans []Plan) {
	for _, plan := range p.plans {
		if pool == "" || plan.Pool == pool {
			plans = append(plans, plan)
		}
	}
	return plans
}

// outcome makes a round and lists the payments that it made.
func (p *Payer) outcome(ctx context.Context, plan Plan) Outcome {
	out := Outcome{Pool: plan.Pool, Chain: plan.Chain}
	filter := ledger.PaymentFilter{Pool: plan.Pool, Chain: plan.Chain}
	last := uint64(0)
	rows, err := p.ledger.Payments(filter, 0, 1)
	if len(rows) > 0 {
		last = rows[0].ID
	}
	if err == nil {
		err = p.Round(ctx, plan)
	}
	if err != nil {
		out.Error = err.Error()
	}
	rows, err = p.ledger.Payments(filter, 0, page)
	for _, row := range rows {
		if row.ID > last {
			out.Payments = append(out.Payments, row)
		}
	}
	if err != nil && out.Error == "" {
		out.Error = err.Error()
	}
	return out
}

func answer(w http.ResponseWriter, v any, err error) {
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(v) // the other side has gone, at worst
}

// Serve answers Handler's requests at the socket in dir until ctx ends. Where
// there can be no socket it says so and returns: pools pay without it.
func (p *Payer) Serve(ctx context.Context, dir string) {
	l, err := listen(filepath.Join(dir, SocketName))
	if err != nil {
		p.o.Logger.Warn("the payouts commands cannot reach this pool", "error", err)
		return
	}
	s := &http.Server{
		Handler: p.Handler(), ReadHeaderTimeout: shutdownTime, ErrorLog: slog.NewLogLogger(p.o.Logger.Handler(), slog.LevelDebug),
		BaseContext: func(net.Listener) context.Context { return ctx },
	}
	done := make(chan struct{})
	stop := context.AfterFunc(ctx, func() {
		defer close(done)
		end, cancel := context.WithTimeout(context.Background(), shutdownTime)
		defer cancel()
		if s.Shutdown(end) != nil {
			s.Close()
		}
	})
	if err := s.Serve(l); !errors.Is(err, http.ErrServerClosed) {
		p.o.Logger.Warn("the payouts commands can no longer reach this pool", "error", err)
	}
	if !stop() {
		<-done
	}
}

// listen opens a socket that only its owner may use. A socket that a crash left
// behind is removed: the share log's lock says that no other pool runs here.
func listen(path string) (net.Listener, error) {
	if len(path) > maxSocketPath {
		return nil, fmt.Errorf("%s has %d bytes, a socket's path has %d at most: use a shorter data_dir", path, len(path), maxSocketPath)
	}
	if err := os.Remove(path); err != nil && !errors.Is(err, os.ErrNotExist) {
		return nil, err
	}
	// The socket is made in a folder that nobody else can enter, then moved.
	private, err := os.MkdirTemp(filepath.Dir(path), ".p")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(private)
	l, err := net.Listen("unix", filepath.Join(private, "s"))
	if err != nil {
		return nil, err
	}
	l.(*net.UnixListener).SetUnlinkOnClose(false)
	err = errors.Join(os.Chmod(filepath.Join(private, "s"), 0o600), os.Rename(filepath.Join(private, "s"), path))
	if err != nil {
		return nil, errors.Join(err, l.Close())
	}
	return &socket{l, path}, nil
}

// socket removes its file when it is closed.
type socket struct {
	net.Listener
	path string
}

func (s *socket) Close() error {
	return errors.Join(s.Listener.Close(), os.Remove(s.path))
}

// Dial is a client for the pool that runs in dir, whatever the host in an
// address is.
func Dial(dir string) *http.Client {
	return &http.Client{Transport: &http.Transport{
		DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
			var d net.Dialer
			return d.DialContext(ctx, "unix", filepath.Join(dir, SocketName))
		},
	}}
}
