package api

import (
	"context"
	"encoding/hex"
	"net/http"
	"time"
)

// How long answers are kept.
const (
	keepLive  = time.Second      // what moves
	keepRows  = 2 * time.Second  // lists
	keepChart = 10 * time.Second // sums of whole minutes
	keepFixed = time.Minute      // what changes with the configuration
)

var blockStates = []string{"pending", "received", "accepted", "mature", "orphaned", "refused", "lost"}

type maker = func(context.Context) (any, error)

func (s *Server) publicRoutes() {
	src := s.o.Source
	s.get("/api/v1/about", keepLive, func(*question) maker {
		return func(context.Context) (any, error) {
			a := src.About()
			a.Operator, a.PublicPool = s.o.Token != "", Maybe(s.o.PublicPool)
			return a, nil
		}
	})
	s.get("/api/v1/pools", keepLive, func(*question) maker {
		return func(context.Context) (any, error) {
			all, err := src.Pools()
			return map[string]any{"pools": list(all)}, err
		}
	})
	s.get("/api/v1/pools/{pool}", keepLive, func(q *question) maker {
		name := q.path("pool")
		return func(context.Context) (any, error) { return src.Pool(name) }
	})
	s.get("/api/v1/pools/{pool}/chart", keepChart, func(q *question) maker {
		name, c := q.path("pool"), q.chart()
		return func(context.Context) (any, error) { return src.PoolChart(name, c) }
	})
	s.get("/api/v1/chains", keepLive, func(*question) maker {
		return func(context.Context) (any, error) {
			all, err := src.Chains()
			return map[string]any{"chains": list(all)}, err
		}
	})
	s.get("/api/v1/chains/{chain}", keepLive, func(q *question) maker {
		name := q.path("chain")
		return func(context.Context) (any, error) { return src.Chain(name) }
	})
	s.get("/api/v1/blocks", keepRows, func(q *question) maker {
		f := BlockFilter{q.text("pool"), q.text("chain"), q.oneOf("state", "", blockStates...)}
		p := q.page("blocks")
		return func(context.Context) (any, error) {
			rows, next, err := src.Blocks(f, p)
			return map[string]any{"blocks": list(rows), "next": numberCursor("blocks", next)}, err
		}
	})
	s.get("/api/v1/blocks/{chain}/{hash}", keepRows, func(q *question) maker {
		chain, hash := q.path("chain"), q.path("hash")
		return func(context.Context) (any, error) {
			if raw, err := hex.DecodeString(hash); err != nil || len(raw) != 32 {
				return nil, Problemf(ErrNotFound, "%q is no hash of a block; expected 64 hexadecimal digits", hash)
			}
			return src.Block(chain, hash)
		}
	})
	s.get("/api/v1/payments", keepRows, func(q *question) maker {
		pool, chain, p := q.text("pool"), q.text("chain"), q.page("payments")
		return func(context.Context) (any, error) {
			rows, next, err := src.Payments(pool, chain, p)
			return map[string]any{"payments": list(rows), "next": numberCursor("payments", next)}, err
		}
	})
	s.accountRoutes()
	s.route("/api/v1/connect", s.connect)
	s.document("/api/v1/openapi.yaml", "application/yaml", s.o.OpenAPI)
	s.document("/api/v1/openapi.json", jsonType, s.o.OpenAPIJSON)
	s.route("/api/v1/events", s.hub.serve)
}

func (s *Server) accountRoutes() {
	src := s.o.Source
	const at = "/api/v1/accounts/{address}"
	s.get(at, keepRows, func(q *question) maker {
		return q.account(func(ctx context.Context, address string) (any, error) { return src.Account(ctx, address) })
	})
	s.get(at+"/chart", keepChart, func(q *question) maker {
		pool, c := q.text("pool"), q.chart()
		return q.account(func(ctx context.Context, address string) (any, error) { return src.AccountChart(ctx, address, pool, c) })
	})
	s.get(at+"/workers", keepRows, func(q *question) maker {
		pool, p := q.text("pool"), WorkerPage{Limit: q.limit(), Online: q.oneOf("online", "false", "true", "false") == "true"}
		if c := q.cursor("workers"); c != "" {
			name := workerName(c)
			p.After = &name
		}
		return q.account(func(ctx context.Context, address string) (any, error) {
			w, err := src.Workers(ctx, address, pool, p)
			var next *string
			if w.Next != nil {
				next = encodeCursor("workers", WorkerID(*w.Next))
			}
			return map[string]any{"pool": w.Pool, "account": w.Account, "workers": list(w.Workers), "next": next}, err
		})
	})
	s.get(at+"/workers/{worker}", keepRows, func(q *question) maker {
		pool, name := q.text("pool"), workerName(q.path("worker"))
		return q.account(func(ctx context.Context, address string) (any, error) { return src.Worker(ctx, address, pool, name) })
	})
	s.get(at+"/workers/{worker}/chart", keepChart, func(q *question) maker {
		pool, name, c := q.text("pool"), workerName(q.path("worker")), q.chart()
		return q.account(func(ctx context.Context, address string) (any, error) {
			return src.WorkerChart(ctx, address, pool, name, c)
		})
	})
	s.get(at+"/payments", keepRows, func(q *question) maker {
		pool, chain, p := q.text("pool"), q.text("chain"), q.page("payments")
		return q.account(func(ctx context.Context, address string) (any, error) {
			got, err := src.AccountPayments(ctx, address, pool, chain, p)
			return map[string]any{
				"pool": got.Pool, "account": got.Account, "payments": list(got.Payments), "next": numberCursor("payments", got.Next),
			}, err
		})
	})
}

// account makes an answer about the account that the path names.
func (q *question) account(makeIt func(context.Context, string) (any, error)) maker {
	address, err := addressOf(q.r)
	return func(ctx context.Context) (any, error) {
		if err != nil {
			return nil, err
		}
		return makeIt(ctx, address)
	}
}

// document serves bytes that never change.
func (s *Server) document(path, kind string, body []byte) {
	a := newAnswer(http.StatusOK, kind, body)
	s.route(path, func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Cache-Control", "public, max-age=60")
		a.send(w, r)
	})
}

// list is a JSON array also where there is nothing.
func list[T any](all []T) []T {
	if all == nil {
		return []T{}
	}
	return all
}
