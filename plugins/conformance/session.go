package conformance

import (
	"context"
	"fmt"
	"time"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/types/known/emptypb"

	"github.com/motherlode-pool/motherlode/coins"
	"github.com/motherlode-pool/motherlode/plugins/internal/client"
)

// shutdownMethod is go-plugin's way to tell a plugin to stop. Its messages are
// empty ones.
const shutdownMethod = "/plugin.GRPCController/Shutdown"

// session is the whole life of one process, from start to stop, with all that it
// wrote. Several rules look at it.
type session struct {
	infos     []coins.Info // before, at once again, and after Open
	handshake string
	stdout    []byte // after the handshake
	stderr    []byte
	told      error // what telling it to stop came to
	stopped   error // why it had to be killed
	took      time.Duration
}

func (s *suite) theSession(ctx context.Context) (*session, error) {
	return s.session.get(func() (*session, error) { return s.runSession(ctx) })
}

func (s *suite) runSession(ctx context.Context) (*session, error) {
	p, err := s.startRaw(ctx, false)
	if err != nil {
		return nil, err
	}
	defer func() { _ = p.Close() }()
	got := &session{handshake: p.handshake}
	describe := func() error {
		info, err := call(ctx, s, func(ctx context.Context) (coins.Info, error) { return client.Describe(ctx, p) })
		got.infos = append(got.infos, info)
		return err
	}
	for range 2 {
		if err := describe(); err != nil {
			return nil, fmt.Errorf("%w%s", err, p.lastWords())
		}
	}
	s.live(ctx, p, got.infos[0])
	if err := describe(); err != nil {
		return nil, fmt.Errorf("%w%s", err, p.lastWords())
	}
	s.stop(ctx, p, got)
	_ = p.Close()
	got.stdout, got.stderr = p.stdout.bytes(), p.stderr.bytes()
	return got, nil
}

// live lets the plugin do a little of everything, so that it says what it has to
// say. Other rules ask whether it does so well.
func (s *suite) live(ctx context.Context, p *rawPlugin, info coins.Info) {
	coin, err := call(ctx, s, func(ctx context.Context) (coins.Coin, error) {
		return client.Open(ctx, p, info, s.cfg.Settings)
	})
	if err != nil {
		return
	}
	streams, _ := s.allStreams(ctx, coin)
	list := s.callsOf(coin, coins.Hash{1})
	for _, f := range list {
		_, _ = call(ctx, s, func(ctx context.Context) (struct{}, error) { return struct{}{}, f(ctx) })
	}
	for _, e := range streams {
		e.stop()
	}
}

// stop tells the plugin to stop as a pool does.
func (s *suite) stop(ctx context.Context, p *rawPlugin, got *session) {
	bounded, cancel := context.WithTimeout(ctx, s.limits.Stop)
	defer cancel()
	got.told = p.Invoke(bounded, shutdownMethod, &emptypb.Empty{}, &emptypb.Empty{})
	if status.Code(got.told) == codes.Unimplemented {
		return
	}
	got.took, got.stopped = goneWithin(ctx, p.pid, s.limits.Stop)
}
