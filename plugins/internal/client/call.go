package client

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/motherlode-pool/motherlode/coins"
	"github.com/motherlode-pool/motherlode/plugins/internal/convert"
	"github.com/motherlode-pool/motherlode/plugins/internal/wire"
)

// Error is a kind of failure. Compare with errors.Is.
type Error string

// Error makes an Error an error.
func (e Error) Error() string { return string(e) }

// The kinds of failure.
const (
	// ErrCoin says that the coin failed at what it was asked; the outcome is
	// unknown. The message is the coin's own.
	ErrCoin Error = "coin failed"

	// ErrEnded says that a stream ended though nobody had cancelled it.
	ErrEnded Error = "stream ended"

	// ErrUnsupported says that the plugin does not serve a method.
	ErrUnsupported Error = "not supported by the plugin"

	// ErrTooLarge says that a message was above the limit, wire.MaxMessage or, as the
	// answer to a call, wire.MaxAnswer.
	ErrTooLarge Error = "message above the limit of 64 MiB, or answer to a call above 4 MiB"
)

// errorText is the most bytes of a plugin's error that are passed on: it goes to
// the log and the status page.
const errorText = 4 << 10

// Fault says of which kinds the plugin's program is to blame.
func (e Error) Fault() coins.Fault {
	switch e {
	case ErrUnsupported, ErrTooLarge:
		return coins.BadWork
	}
	return coins.NoFault
}

// broken is an ErrCoin of a plugin whose own code broke: in the SDK a panic, in
// gRPC bytes that are no message. Trouble with nodes has other codes.
type broken struct{ text string }

func (b *broken) Error() string      { return string(ErrCoin) + ": " + b.text }
func (b *broken) Unwrap() error      { return ErrCoin }
func (b *broken) Fault() coins.Fault { return coins.Crash }

// deathNotice is how long a broken connection waits to learn that its process
// has died, which is the better explanation.
const deathNotice = 500 * time.Millisecond

// Link is the connection to one plugin.
type Link interface {
	grpc.ClientConnInterface

	// Life ends when the plugin is gone or was closed; its cause says why.
	Life() context.Context

	// Close ends the plugin. It returns when it is gone and can be called again.
	Close() error

	// PID is the plugin's process, 0 when it has none of its own.
	PID() int
}

// bound makes ctx end with the link, so that no call outlives the plugin.
func bound(ctx context.Context, l Link) (context.Context, context.CancelFunc) {
	ctx, cancel := context.WithCancel(ctx)
	stop := context.AfterFunc(l.Life(), cancel)
	return ctx, func() { stop(); cancel() }
}

// explain is the error of a call or stream as the caller should see it; ctx is the
// caller's own. It does not name the stream: whoever reads it does.
func explain(ctx context.Context, l Link, err error) error {
	switch {
	case err == nil:
		return nil
	case ctx.Err() != nil:
		return context.Cause(ctx)
	}
	st, isStatus := status.FromError(err)
	if isStatus && st.Code() == codes.Unavailable || errors.Is(err, io.EOF) {
		wait := time.NewTimer(deathNotice)
		defer wait.Stop()
		select {
		case <-l.Life().Done():
		case <-ctx.Done():
			return context.Cause(ctx)
		case <-wait.C:
		}
	}
	switch {
	case l.Life().Err() != nil:
		return context.Cause(l.Life())
	case errors.Is(err, io.EOF):
		return ErrEnded
	case !isStatus:
		return err
	}
	return fromStatus(st)
}

// fromStatus gives the codes that mean something to a caller their kind.
func fromStatus(st *status.Status) error {
	text := st.Message()
	if len(text) > errorText {
		text = strings.ToValidUTF8(text[:errorText], "") + " ..."
	}
	switch st.Code() {
	case codes.Canceled:
		return fmt.Errorf("%w: %s", context.Canceled, text)
	case codes.DeadlineExceeded:
		return fmt.Errorf("%w: %s", context.DeadlineExceeded, text)
	case codes.InvalidArgument:
		return fmt.Errorf("%w: %s", convert.ErrMalformed, text)
	case codes.Unimplemented:
		return fmt.Errorf("%w: %s", ErrUnsupported, text)
	case codes.ResourceExhausted:
		return fmt.Errorf("%w: %s", ErrTooLarge, text)
	case codes.Internal:
		return &broken{text}
	}
	return fmt.Errorf("%w: %s", ErrCoin, text)
}

// unary makes one call that ends with the link.
func unary[Q, A any](ctx context.Context, l Link, name string, f func(context.Context, *Q, ...grpc.CallOption) (*A, error), q *Q) (*A, error) {
	bounded, cancel := bound(ctx, l)
	defer cancel()
	a, err := f(bounded, q, grpc.MaxCallRecvMsgSize(wire.MaxAnswer))
	if err != nil {
		if err = explain(ctx, l, err); ctx.Err() != nil {
			return nil, err
		}
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	return a, nil
}

// receive hands on what a stream yields until it breaks or ctx ends.
func receive[M, T any](ctx context.Context, l Link, next func() (*M, error), fromProto func(*M) (T, error), out chan<- T) error {
	for {
		m, err := next()
		if err != nil {
			return explain(ctx, l, err)
		}
		v, err := fromProto(m)
		if err != nil {
			return err
		}
		select {
		case out <- v:
		case <-ctx.Done():
			return context.Cause(ctx)
		case <-l.Life().Done():
			return context.Cause(l.Life())
		}
	}
}
