package main

import (
	"context"
	"log/slog"
	"net/http"
	"path/filepath"
	"slices"
	"sync/atomic"

	"golang.org/x/sync/errgroup"

	"github.com/motherlode-pool/motherlode/configs"
	"github.com/motherlode-pool/motherlode/engine"
	"github.com/motherlode-pool/motherlode/web"
	"github.com/motherlode-pool/motherlode/web/api"
)

// httpAPI is the HTTP API of one run: it listens to the engine's events before the
// engine is there.
type httpAPI struct {
	server atomic.Pointer[api.Server]
}

// events passes on what happens, and tells who listens to the API of blocks.
func (a *httpAPI) events(next func(engine.Event)) func(engine.Event) {
	return func(ev engine.Event) {
		if s := a.server.Load(); s != nil {
			if b, ok := engine.APIBlock(ev); ok {
				s.Block(b)
			}
		}
		if next != nil {
			next(ev)
		}
	}
}

// with is the API beside next; its events run until ctx ends.
func (a *httpAPI) with(ctx context.Context, group *errgroup.Group, cfg *configs.Config, e *engine.Engine, log *slog.Logger, next http.Handler) (*site, error) {
	token, err := cfg.OperatorToken()
	if err != nil {
		return nil, &useError{err}
	}
	s := api.New(api.Options{
		Source: e.API(), Logger: log, OpenAPI: web.OpenAPI, OpenAPIJSON: web.OpenAPIJSON,
		StratumHost: cfg.HTTP.StratumHost, PublicPool: cfg.WidgetPool(), Token: token, Plain: cfg.HTTP.OperatorPlain,
		Config: func() api.OperatorConfig {
			return api.OperatorConfig{File: filepath.Base(cfg.File()), Warnings: slices.Clone(cfg.Warnings())}
		},
		Extra: settingsRoutes(e),
	})
	a.server.Store(s)
	group.Go(func() error { return s.Run(ctx) })
	return &site{api: s, rest: withCKPool(cfg, e, s, next)}, nil
}
