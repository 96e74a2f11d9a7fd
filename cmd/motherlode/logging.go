package main

import (
	"log/slog"
	"os"

	"github.com/motherlode-pool/motherlode/configs"
)

// newLogger writes to standard error, as text on a terminal and as JSON
// elsewhere unless the configuration says otherwise.
func newLogger(c configs.Log) *slog.Logger {
	var level slog.Level
	if err := level.UnmarshalText([]byte(c.Level)); err != nil {
		level = slog.LevelInfo
	}
	opts := &slog.HandlerOptions{Level: level}
	if c.Format == "json" || c.Format == "" && !isTerminal(os.Stderr) {
		return slog.New(slog.NewJSONHandler(os.Stderr, opts))
	}
	return slog.New(slog.NewTextHandler(os.Stderr, opts))
}

func isTerminal(f *os.File) bool {
	st, err := f.Stat()
	return err == nil && st.Mode()&os.ModeCharDevice != 0
}
