package host

import (
	"fmt"
	"strings"
)

// ErrorKind is a kind of failure. Compare with errors.Is.
type ErrorKind string

// Error makes an ErrorKind an error.
func (k ErrorKind) Error() string { return string(k) }

// The kinds of failure.
const (
	// ErrPluginStart says that the process could not be started, or did not
	// shake hands as a plugin within the time limit.
	ErrPluginStart ErrorKind = "plugin does not start"

	// ErrPluginDied says that the process is gone though nobody closed it.
	ErrPluginDied ErrorKind = "plugin died"

	// ErrPluginHung says that the process was killed because it did not answer.
	ErrPluginHung ErrorKind = "plugin does not answer"

	// ErrClosed says that the coin was closed.
	ErrClosed ErrorKind = "plugin is closed"

	// ErrUnverified says that an external file has no SHA-256 configured, and
	// that running it unverified was not allowed.
	ErrUnverified ErrorKind = "plugin file has no sha256"

	// ErrChecksum says that a file is not the one that was configured.
	ErrChecksum ErrorKind = "plugin file has another sha256"

	// ErrUnsafeFile says that others than its owner could change a file.
	ErrUnsafeFile ErrorKind = "plugin file is not safe"

	// ErrProtocol says that the plugin speaks another major version of the
	// protocol than this pool.
	ErrProtocol ErrorKind = "plugin speaks another version of the protocol"

	// ErrNotAttached says that nothing serves where a plugin was to be attached.
	ErrNotAttached ErrorKind = "plugin to attach to is not there"

	// ErrConfig says that the Config cannot be used.
	ErrConfig ErrorKind = "plugin configuration"
)

// Error is a failure of one plugin.
type Error struct {
	Kind   ErrorKind
	Plugin string   // Config.Name
	Detail string   // what happened, for people
	Stderr []string // its last lines on standard error, oldest first
	Err    error    // the cause, may be nil

	settled bool // see Settled; for kinds that may be either
}

// Error names plugin, kind and detail, and quotes what the plugin said last.
func (e *Error) Error() string {
	var b strings.Builder
	fmt.Fprintf(&b, "plugin %s: %s", e.Plugin, e.Kind)
	if e.Detail != "" {
		b.WriteString(": " + e.Detail)
	}
	if e.Err != nil {
		b.WriteString(": " + e.Err.Error())
	}
	if len(e.Stderr) > 0 {
		b.WriteString("; its last words: " + strings.Join(e.Stderr, " / "))
	}
	return b.String()
}

// Unwrap gives the kind and the cause.
func (e *Error) Unwrap() []error {
	if e.Err == nil {
		return []error{e.Kind}
	}
	return []error{e.Kind, e.Err}
}
