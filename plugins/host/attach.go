package host

import (
	"context"
	"fmt"
	"net"
	"sync"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/connectivity"
	"google.golang.org/grpc/credentials/insecure"

	"github.com/motherlode-pool/motherlode/plugins/internal/client"
	"github.com/motherlode-pool/motherlode/plugins/internal/wire"
)

// AttachVar names the environment variable from which Attachments are made.
const AttachVar = wire.AttachVar

// Attachment is a plugin that runs already, as the SDK's Debug prints it.
type Attachment = wire.Attachment

// Attachments are running plugins by the name of the coin.
type Attachments = wire.Attachments

// ParseAttachments reads the value of AttachVar; the empty text is none. Whoever
// attaches should say so loudly: such a plugin is not checked in any way.
func ParseAttachments(text string) (Attachments, error) { return wire.ParseAttachments(text) }

const (
	// attachWait is how long an attached plugin is waited for, which its author
	// may be building again.
	attachWait = 10 * time.Second
	attachPoll = 100 * time.Millisecond

	// attachedCall bounds Describe; its author may have stopped in it.
	attachedCall = time.Hour
)

// attached is the connection to a plugin that somebody else runs. It ends with
// the connection. The process is not watched, for it may stand at a breakpoint,
// and never killed.
type attached struct {
	*grpc.ClientConn
	name string

	life context.Context
	end  context.CancelCauseFunc

	watched sync.WaitGroup
}

var _ client.Link = (*attached)(nil)

// attach connects to the plugin of cfg.Attach. It waits for it a while.
func attach(ctx context.Context, cfg Config, wait time.Duration) (*attached, error) {
	notThere := func(err error) error {
		if ctx.Err() != nil {
			return fmt.Errorf("plugin %s: attach: %w", cfg.Name, context.Cause(ctx))
		}
		return &Error{Kind: ErrNotAttached, Plugin: cfg.Name, Err: err,
			Detail: fmt.Sprintf("nothing serves at %s: start the plugin again, or the pool without %s", cfg.Attach.Socket, AttachVar)}
	}
	if err := waitForSocket(ctx, cfg.Attach.Socket, wait); err != nil {
		return nil, notThere(err)
	}
	opts := append(wire.DialOptions(), grpc.WithTransportCredentials(insecure.NewCredentials()), grpc.WithIdleTimeout(0))
	conn, err := grpc.NewClient("unix://"+cfg.Attach.Socket, opts...)
	if err != nil {
		return nil, notThere(err)
	}
	if err := ready(ctx, conn); err != nil {
		_ = conn.Close()
		return nil, notThere(err)
	}
	a := &attached{ClientConn: conn, name: cfg.Name}
	a.life, a.end = context.WithCancelCause(context.Background())
	a.watched.Go(a.watch)
	cfg.Logger.Warn("attached to a plugin that somebody else runs; for development only", "socket", cfg.Attach.Socket)
	return a, nil
}

// waitForSocket waits until somebody listens.
func waitForSocket(ctx context.Context, socket string, wait time.Duration) error {
	ctx, cancel := context.WithTimeout(ctx, wait)
	defer cancel()
	tick := time.NewTicker(attachPoll)
	defer tick.Stop()
	var dialer net.Dialer
	for {
		conn, err := dialer.DialContext(ctx, "unix", socket)
		if err == nil {
			return conn.Close()
		}
		select {
		case <-ctx.Done():
			return err
		case <-tick.C:
		}
	}
}

// ready waits for the first connection and gives up at its failure.
func ready(ctx context.Context, conn *grpc.ClientConn) error {
	conn.Connect()
	for {
		state := conn.GetState()
		switch state {
		case connectivity.Ready:
			return nil
		case connectivity.TransientFailure, connectivity.Shutdown:
			return fmt.Errorf("it listens, but not as a plugin does: the connection is in state %s", state)
		}
		if !conn.WaitForStateChange(ctx, state) {
			return ctx.Err()
		}
	}
}

// watch ends the link when the connection breaks: what comes after a restart is
// another plugin, whose coin is not open.
func (a *attached) watch() {
	for state := connectivity.Ready; state == connectivity.Ready; state = a.GetState() {
		if !a.WaitForStateChange(a.life, state) {
			return
		}
	}
	a.end(&Error{Kind: ErrNotAttached, Plugin: a.name, Detail: "the attached process ended or closed its socket"})
	_ = a.ClientConn.Close()
}

// Life ends with the connection.
func (a *attached) Life() context.Context { return a.life }

// PID is 0: the process is not ours.
func (a *attached) PID() int { return 0 }

// Close leaves the plugin. It goes on running.
func (a *attached) Close() error {
	a.end(&Error{Kind: ErrClosed, Plugin: a.name})
	_ = a.ClientConn.Close()
	a.watched.Wait()
	return nil
}
