package pair

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"sync"

	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/test/bufconn"

	"github.com/motherlode-pool/motherlode/coins"
	"github.com/motherlode-pool/motherlode/plugins/internal/client"
	"github.com/motherlode-pool/motherlode/plugins/internal/serve"
	"github.com/motherlode-pool/motherlode/plugins/internal/wire"
)

// ErrClosed is the end of a pair.
var ErrClosed = errors.New("pair is closed")

// Driver presents inner over the wire.
type Driver struct{ inner coins.Driver }

// New makes a driver whose coins are inner's over a gRPC pair each.
func New(inner coins.Driver) *Driver { return &Driver{inner: inner} }

// Describe asks over the wire.
func (d *Driver) Describe() coins.Info {
	l, err := dial(d.inner)
	if err != nil {
		return coins.Info{}
	}
	defer func() { _ = l.Close() }()
	info, _ := client.Describe(context.Background(), l)
	return info
}

// Open opens a coin at the other end of a new pair.
func (d *Driver) Open(ctx context.Context, s coins.Settings) (coins.Coin, error) {
	l, err := dial(d.inner)
	if err != nil {
		return nil, err
	}
	info, err := client.Describe(ctx, l)
	if err == nil {
		var coin coins.Coin
		if coin, err = client.Open(ctx, l, info, s); err == nil {
			return coin, nil
		}
	}
	_ = l.Close()
	return nil, err
}

type link struct {
	*grpc.ClientConn
	grpc   *grpc.Server
	server *serve.Server
	life   context.Context
	end    context.CancelCauseFunc
	once   sync.Once
	served sync.WaitGroup
}

func dial(inner coins.Driver) (*link, error) {
	lis := bufconn.Listen(1 << 20)
	l := &link{grpc: grpc.NewServer(wire.ServerOptions()...), server: serve.New(inner, slog.New(slog.DiscardHandler))}
	l.life, l.end = context.WithCancelCause(context.Background())
	l.server.Register(l.grpc)
	l.served.Go(func() { _ = l.grpc.Serve(lis) })
	opts := append(wire.DialOptions(),
		grpc.WithTransportCredentials(insecure.NewCredentials()),
		grpc.WithContextDialer(func(ctx context.Context, _ string) (net.Conn, error) { return lis.DialContext(ctx) }))
	conn, err := grpc.NewClient("passthrough:pair", opts...)
	if err != nil {
		l.grpc.Stop()
		return nil, err
	}
	l.ClientConn = conn
	return l, nil
}

func (l *link) Life() context.Context { return l.life }
func (l *link) PID() int              { return 0 }

func (l *link) Close() (err error) {
	l.once.Do(func() {
		l.end(ErrClosed)
		err = errors.Join(l.server.Close(), l.ClientConn.Close())
		l.grpc.Stop()
		l.served.Wait()
	})
	return err
}
