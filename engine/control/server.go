package control

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"sync"
	"time"

	"github.com/motherlode-pool/motherlode/engine/status"
	"github.com/motherlode-pool/motherlode/stratum"
	"github.com/motherlode-pool/motherlode/stratum/admission"
)

const (
	shutdownTime = 2 * time.Second // for requests that are under way at the end
	maxBody      = 64 << 10        // of a request
)

// Front is what can be seen and done of one pool's miners; stratum.Server is one.
type Front interface {
	Sessions() []stratum.SessionInfo
	Live() int
	Reconnect(stratum.Who, stratum.Redirect) (int, error)
	Message(who stratum.Who, text string) (int, error)
	Ping(stratum.Who) (int, error)
	AskVersion(stratum.Who) (int, error)
	Drop(stratum.Who) int
	Drain(ctx context.Context, over time.Duration, to stratum.Redirect) error
	Bans() []admission.Ban
	Ban(netip.Addr, time.Duration) bool
	Unban(netip.Addr) bool
	Closed(stratum.CloseReason) uint64
}

// Pools is the running engine. All methods may be called from any goroutine.
type Pools interface {
	// Names are the pools of the configuration, in order.
	Names() []string

	// Front is a pool's, or the reason why it takes no miners now.
	Front(pool string) (Front, error)

	// Hashes is how many hashes a share of difficulty 1 stands for; 0 while that
	// is not known.
	Hashes(pool string) float64

	Status() status.View

	// Rounds are the present rounds of every pool's chains, Rates the hash rates
	// that the ledger knows.
	Rounds() []Round
	Rates() map[string]Rates

	// Units are the units of every chain that is or was open, by name.
	Units() map[string]Unit

	Blocks(f BlockFilter) ([]Block, error)

	// Accounts is what every pool, or the one that is named, has of an account.
	Accounts(pool, name string) ([]Account, error)

	// Reload reads the configuration again and takes over what it can. With
	// restart, the pools are restarted where that is needed for the rest. An error
	// says why nothing was changed.
	Reload(ctx context.Context, restart bool) (Reloaded, error)
}

// Options are the optional parts of a Server.
type Options struct {
	Logger *slog.Logger
	More   map[string]http.Handler // by pattern: further requests
}

// Server answers the operator's requests.
type Server struct {
	dir   string
	pools Pools
	o     Options
	drain drainer
}

// New makes a server of the socket in dir. It does no I/O.
func New(dir string, pools Pools, o Options) *Server {
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	return &Server{dir: dir, pools: pools, o: o}
}

// Handler is what Run serves. A drain that it begins ends with ctx; Wait returns
// when it has.
func (s *Server) Handler(ctx context.Context) http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /status", s.getStatus)
	mux.HandleFunc("GET /sessions", s.getSessions)
	mux.HandleFunc("POST /sessions/{action}", s.postSessions)
	mux.HandleFunc("GET /bans", s.getBans)
	mux.HandleFunc("POST /bans", s.postBans)
	mux.HandleFunc("DELETE /bans", s.deleteBans)
	mux.HandleFunc("GET /drain", s.getDrain)
	mux.HandleFunc("POST /drain", func(w http.ResponseWriter, r *http.Request) { s.postDrain(ctx, w, r) })
	mux.HandleFunc("POST /reload", s.postReload)
	mux.HandleFunc("GET /blocks", s.getBlocks)
	mux.HandleFunc("GET /account", s.getAccount)
	for pattern, h := range s.o.More {
		mux.Handle(pattern, h)
	}
	return mux
}

// Wait returns when no drain is under way.
func (s *Server) Wait() { s.drain.group.Wait() }

// Run answers requests until ctx ends. Where there can be no socket it says so
// and returns: pools run without it.
func (s *Server) Run(ctx context.Context) error {
	l, err := Listen(s.dir)
	if err != nil {
		s.o.Logger.Warn("the commands status, sessions, reload and so on cannot reach this pool", "error", err)
		return nil
	}
	defer s.Wait()
	server := &http.Server{
		Handler: s.Handler(ctx), ReadHeaderTimeout: shutdownTime, ErrorLog: slog.NewLogLogger(s.o.Logger.Handler(), slog.LevelDebug),
		BaseContext: func(net.Listener) context.Context { return ctx },
	}
	var group, requests sync.WaitGroup
	defer requests.Wait() // they use what is closed behind us
	inner := server.Handler
	server.Handler = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		requests.Add(1)
		defer requests.Done()
		inner.ServeHTTP(w, r)
	})
	ended := make(chan struct{})
	group.Go(func() {
		select {
		case <-ctx.Done():
		case <-ended:
		}
		end, cancel := context.WithTimeout(context.WithoutCancel(ctx), shutdownTime)
		defer cancel()
		if server.Shutdown(end) != nil {
			server.Close()
		}
	})
	if err := server.Serve(l); !errors.Is(err, http.ErrServerClosed) {
		s.o.Logger.Warn("the commands status, sessions, reload and so on can no longer reach this pool", "error", err)
	}
	close(ended)
	group.Wait()
	return nil
}

// answer writes v, or the error in words.
func answer(w http.ResponseWriter, v any, err error) {
	if err != nil {
		refuse(w, http.StatusConflict, err.Error())
		return
	}
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(v) // the other side has gone, at worst
}

func refuse(w http.ResponseWriter, code int, text string) { http.Error(w, text, code) }

// order decodes a request's body; false means that it was refused.
func order(w http.ResponseWriter, r *http.Request, into any) bool {
	dec := json.NewDecoder(http.MaxBytesReader(w, r.Body, maxBody))
	dec.DisallowUnknownFields()
	if err := dec.Decode(into); err != nil {
		refuse(w, http.StatusBadRequest, "the request cannot be read: "+err.Error())
		return false
	}
	return true
}
