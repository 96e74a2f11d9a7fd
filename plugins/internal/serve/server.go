package serve

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/motherlode-pool/motherlode/coins"
	"github.com/motherlode-pool/motherlode/plugins/internal/convert"
	pb "github.com/motherlode-pool/motherlode/plugins/proto/coinv1"
)

// Server serves one driver and the one coin that it opens.
type Server struct {
	driver coins.Driver
	log    *slog.Logger
	reopen bool

	mu      sync.Mutex
	opening bool
	coin    coins.Coin // nil until Open has succeeded
}

// New makes a server of a driver. Log gets the stacks of panics.
func New(driver coins.Driver, log *slog.Logger) *Server {
	return &Server{driver: driver, log: log}
}

// NewReopening is New for a process that outlives the pools it serves: a second
// Open closes the coin of the first and opens another.
func NewReopening(driver coins.Driver, log *slog.Logger) *Server {
	return &Server{driver: driver, log: log, reopen: true}
}

// beginOpen claims the one place for a coin, and gives the coin that was in it.
func (s *Server) beginOpen() (old coins.Coin, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case s.opening:
		return nil, status.Error(codes.FailedPrecondition, "a coin is being opened already")
	case s.coin != nil && !s.reopen:
		return nil, status.Error(codes.FailedPrecondition, "a coin is open already: one process serves one coin")
	}
	old, s.coin, s.opening = s.coin, nil, true
	return old, nil
}

// endOpen fills the place, with nil when there is no coin.
func (s *Server) endOpen(coin coins.Coin) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.opening, s.coin = false, coin
}

// Register adds the services to a gRPC server.
func (s *Server) Register(r grpc.ServiceRegistrar) {
	pb.RegisterDriverServer(r, driverService{s: s})
	pb.RegisterCoinServer(r, coinService{s: s})
	pb.RegisterAuxServer(r, auxService{s: s})
	pb.RegisterHasherServer(r, hasherService{s: s})
	pb.RegisterWalletServer(r, walletService{s: s})
	pb.RegisterMessageVerifierServer(r, verifierService{s: s})
}

// Close closes the open coin, if there is one.
func (s *Server) Close() (err error) {
	s.mu.Lock()
	coin := s.coin
	s.coin = nil
	s.mu.Unlock()
	if coin == nil {
		return nil
	}
	defer s.recovered("Close", &err)
	return coin.Close()
}

// closeCoin closes a coin that nobody waits for.
func (s *Server) closeCoin(coin coins.Coin) {
	var err error
	defer func() {
		if err != nil {
			s.log.Warn("the coin did not close well", "error", text(err))
		}
	}()
	defer s.recovered("Close", &err)
	err = coin.Close()
}

// recovered turns a panic of the driver into an error of the call.
func (s *Server) recovered(call string, err *error) {
	if p := recover(); p != nil {
		s.log.Error("panic in the coin", "call", call, "panic", fmt.Sprint(p), "stack", stack())
		*err = status.Errorf(codes.Internal, "panic in the coin: %v", p)
	}
}

// power is the open coin as a T: Coin or one of the roles.
func power[T coins.Coin](s *Server, role string) (T, error) {
	s.mu.Lock()
	coin := s.coin
	s.mu.Unlock()
	if coin == nil {
		var none T
		return none, status.Error(codes.FailedPrecondition, "no coin is open")
	}
	t, ok := coin.(T)
	if !ok {
		return t, status.Errorf(codes.Unimplemented, "this coin is no %s", role)
	}
	return t, nil
}

// failure is an error of the driver as a status.
func failure(err error) error {
	var st interface{ GRPCStatus() *status.Status }
	switch {
	case err == nil:
		return nil
	case errors.As(err, &st):
		return err
	case errors.Is(err, context.Canceled):
		return status.Error(codes.Canceled, text(err))
	case errors.Is(err, context.DeadlineExceeded):
		return status.Error(codes.DeadlineExceeded, text(err))
	case errors.Is(err, convert.ErrMalformed):
		return status.Error(codes.InvalidArgument, text(err))
	}
	return status.Error(codes.Unknown, text(err))
}
