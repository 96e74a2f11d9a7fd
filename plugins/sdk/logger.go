package sdk

import (
	"log/slog"
	"os"
	"sync"

	"github.com/motherlode-pool/motherlode/coins"
)

// logger is the plugin's one logger: JSON lines on the true standard error,
// which the pool reads. It must be made before go-plugin replaces os.Stderr.
// The pool filters by level.
var logger = sync.OnceValue(func() *slog.Logger {
	log := slog.New(slog.NewJSONHandler(os.Stderr, &slog.HandlerOptions{Level: slog.LevelDebug}))
	slog.SetDefault(log)
	return log
})

// Logger is the logger whose lines reach the pool's log under the coin's name.
func Logger() *slog.Logger { return logger() }

// offerLogger hands the logger to a driver that wants one.
func offerLogger(driver coins.Driver, log *slog.Logger) {
	if d, ok := driver.(interface{ SetLogger(*slog.Logger) }); ok {
		d.SetLogger(log)
	}
}
