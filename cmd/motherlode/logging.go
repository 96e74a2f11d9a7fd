package main

import (
	"log/slog"
	"os"

	"github.com/motherlode-pool/motherlode/configs"
)

// newLogger writes to standard error, as text on a terminal and as JSON
// elsewhere unless the configuration says otherwise.
func newLogger(c configs.Log) *slog.Logger { return newLoggerAt(c, &slog.LevelVar{}) }

// newLoggerAt is newLogger with a level that can change.
func newLoggerAt(c configs.Log, level *slog.LevelVar) *slog.Logger {
	setLevel(level, c.Level)
	opts := &slog.HandlerOptions{Level: level}
	if c.Format == "json" || c.Format == "" && !isTerminal(os.Stderr) {
		return slog.New(slog.NewJSONHandler(os.Stderr, opts))
	}
	return slog.New(slog.NewTextHandler(os.Stderr, opts))
}

// setLevel sets a level by its name in the configuration.
func setLevel(level *slog.LevelVar, name string) {
	var l slog.Level
	if err := l.UnmarshalText([]byte(name)); err != nil {
		l = slog.LevelInfo
	}
	level.Set(l)
}

// samePlace reports whether standard output and the log go to the same terminal,
// pipe or file.
func samePlace() bool {
	out, err := os.Stdout.Stat()
	if err != nil {
		return false
	}
	logged, err := os.Stderr.Stat()
	return err == nil && os.SameFile(out, logged)
}

func isTerminal(f *os.File) bool {
	st, err := f.Stat()
	return err == nil && st.Mode()&os.ModeCharDevice != 0
}
