package host

import (
	"encoding/hex"
	"fmt"
	"log/slog"
	"time"
)

// Config is what it takes to run one plugin.
type Config struct {
	// Name of the coin, for logs and errors.
	Name string

	// Command is the program and its arguments. A built-in coin is
	// {"/proc/self/exe", "plugin", "serve", DRIVER}: the path of a running
	// binary may meanwhile be that of its successor.
	Command []string

	// External says that the program is a third party's file: its SHA-256,
	// owner and mode are checked at every start.
	External bool

	// SHA256 of the program, 64 hex digits. Checked whenever it is set.
	SHA256 string

	// AllowUnverified lets an external program run without a SHA256.
	AllowUnverified bool

	// MTLS makes both ends prove themselves with one-time certificates. The SDK
	// can, most other languages' plugins cannot; for those the private socket
	// folder is the guard.
	MTLS bool

	// SocketDir is the private folder for sockets, from NewSocketDir.
	SocketDir string

	// Logger gets what the plugin logs. Nil discards it.
	Logger *slog.Logger

	// StartTimeout bounds a start up to the handshake; 0 means a minute. Every 10
	// seconds of it the log says that the plugin is waited for.
	StartTimeout time.Duration

	// Attach, when set, is a plugin that somebody else runs: no process is
	// started, and of the fields above only Name and Logger count. For
	// development, see Attachments.
	Attach *Attachment

	// Env is added to the plugin's environment, as KEY=value. Of the pool's own
	// it gets PATH alone. No secrets: those are settings.
	Env []string
}

// defaults of a Config and the tempo of the watch.
const (
	// startTimeout has room for an interpreter on a slow disk and for a machine
	// with ten times the load that it can carry. It holds up that one coin alone.
	startTimeout = time.Minute
	sayWaiting   = 10 * time.Second // how often a start says that it lasts

	callTimeout  = 30 * time.Second // for Describe and for Open, which ask nobody
	pingEvery    = 5 * time.Second
	pingPatience = 2 * time.Second
	pingStrikes  = 3
	killGrace    = 2 * time.Second // from being told to stop to SIGKILL
)

// check says what is wrong with a Config that starts a process, and gives the checksum as bytes.
func (c Config) check() (sum []byte, err error) {
	wrong := func(kind ErrorKind, format string, args ...any) error {
		return &Error{Kind: kind, Plugin: c.Name, Detail: fmt.Sprintf(format, args...)}
	}
	if len(c.Command) == 0 || c.Command[0] == "" {
		return nil, wrong(ErrConfig, "no command")
	}
	if c.SocketDir == "" {
		return nil, wrong(ErrConfig, "no socket folder")
	}
	if c.SHA256 != "" {
		if sum, err = hex.DecodeString(c.SHA256); err != nil || len(sum) != 32 {
			return nil, wrong(ErrConfig, "sha256 %q: want 64 hex digits", c.SHA256)
		}
	}
	if c.External && sum == nil && !c.AllowUnverified {
		return nil, wrong(ErrUnverified, "%s: set sha256 to that of the file, or allow_unverified = true", c.Command[0])
	}
	return sum, nil
}
