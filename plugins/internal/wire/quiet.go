package wire

import (
	"io"
	"log"

	"github.com/hashicorp/go-hclog"
)

// quiet is a logger that says nothing and whose children are off, which keeps
// go-plugin from parsing a plugin's stderr: its parser panics at a line whose
// "@message" is not a string (log_entry.go of v1.8.0).
type quiet struct{ hclog.Logger }

// Quiet is the logger that go-plugin gets on both ends.
func Quiet() hclog.Logger {
	return quiet{hclog.New(&hclog.LoggerOptions{Output: io.Discard, Level: hclog.Off})}
}

// Named keeps the level off for every child.
func (q quiet) Named(string) hclog.Logger { return q }

// ResetNamed keeps the level off for every child.
func (q quiet) ResetNamed(string) hclog.Logger { return q }

// With keeps the level off for every child.
func (q quiet) With(...any) hclog.Logger { return q }

// SetLevel is not followed.
func (q quiet) SetLevel(hclog.Level) {}

// StandardLogger says nothing either.
func (q quiet) StandardLogger(*hclog.StandardLoggerOptions) *log.Logger {
	return log.New(io.Discard, "", 0)
}
