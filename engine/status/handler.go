package status

import (
	"encoding/json"
	"io"
	"net/http"
	"slices"
	"strings"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"
)

// Handler serves what source says at the time of each request.
func Handler(source func() View) http.Handler { return HandlerWith(source, nil) }

// HandlerWith is Handler with series of each worker too, unless workers is nil.
func HandlerWith(source func() View, workers func() (all []Worker, leftOut int)) http.Handler {
	registry := prometheus.NewRegistry()
	registry.MustRegister(collector{source, workers}, collectors.NewGoCollector(),
		collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))

	mux := http.NewServeMux()
	mux.Handle("GET /metrics", promhttp.HandlerFor(registry, promhttp.HandlerOpts{}))
	mux.HandleFunc("GET /status", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		enc := json.NewEncoder(w)
		enc.SetIndent("", "  ")
		_ = enc.Encode(open(source())) // the client is gone: nobody to tell
	})
	mux.HandleFunc("GET /status.txt", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/plain; charset=utf-8")
		_, _ = w.Write(Text(source()))
	})
	mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/plain; charset=utf-8")
		text, ok := Health(source())
		if !ok {
			w.WriteHeader(http.StatusServiceUnavailable)
		}
		_, _ = io.WriteString(w, text)
	})
	return mux
}

// open is a view without what plugins have written, which may be anything, also a
// password: the page needs no token. Operators see it in the dashboard.
func open(v View) View {
	v.Coins = slices.Clone(v.Coins)
	for i, c := range v.Coins {
		if c.Parked != nil {
			parked := *c.Parked
			parked.Stderr = nil
			v.Coins[i].Parked = &parked
		}
	}
	return v
}

// Draining is the first line of /healthz where nothing is wrong but that miners are not
// to come here any more.
const Draining = "draining"

// drained reports whether every pool has closed its ports by command.
func drained(v View) bool {
	return len(v.Pools) > 0 && !slices.ContainsFunc(v.Pools, func(p Pool) bool { return !p.Drained })
}

// Health is the text of /healthz, and whether miners are to come here: they get fresh
// work, and the ports are open.
func Health(v View) (text string, ok bool) {
	lines := problems(v)
	ok = len(lines) == 0 && !drained(v)
	switch {
	case ok:
		lines = []string{"ok"}
	case len(lines) == 0:
		lines = []string{Draining}
	}
	return strings.Join(append(lines, notices(v)...), "\n") + "\n", ok
}

// problems says why miners of some pool have no fresh work.
func problems(v View) []string {
	var all []string
	for _, p := range v.Pools {
		if p.Problem != "" {
			all = append(all, "pool "+p.Name+": "+p.Problem)
		}
	}
	if v.LedgerProblem != "" {
		all = append(all, "ledger: "+v.LedgerProblem)
	}
	return all
}

// notices are what somebody should look at, though miners have fresh work.
func notices(v View) []string {
	var all []string
	for _, p := range v.Pools {
		if p.Drained {
			all = append(all, "pool "+p.Name+": its ports were closed by \"motherlode drain\", and its miners sent away; only a start of the process opens them again")
		}
	}
	for _, c := range v.Coins {
		if c.Problem != "" {
			all = append(all, "coin "+c.Name+": "+c.Problem)
		}
	}
	return all
}
