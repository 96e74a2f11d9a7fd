// Package backoff says how long to wait before the next attempt: exponential,
// with jitter, between a least and a longest delay, and short again after what
// is retried has been healthy for a while.
//
// It is pure: it reads no clock, never sleeps and starts no goroutine. The
// caller tells it how long the attempt that ended had been healthy, and does
// the waiting itself. It is not for limiting rates.
//
// It belongs to layer L0 and imports only the standard library.
package backoff
