package serve

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"strings"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/motherlode-pool/motherlode/coins"
	"github.com/motherlode-pool/motherlode/plugins/internal/convert"
	pb "github.com/motherlode-pool/motherlode/plugins/proto/coinv1"
)

// errorText is the most bytes of an error's text that are sent: it travels in a
// header, which has its own limit.
const errorText = 4 << 10

func text(err error) string {
	s := strings.ToValidUTF8(err.Error(), "\uFFFD")
	if len(s) > errorText {
		s = strings.ToValidUTF8(s[:errorText], "") + " ..."
	}
	return s
}

func stack() string { return string(debug.Stack()) }

type driverService struct {
	pb.UnimplementedDriverServer
	s *Server
}

func (d driverService) Describe(context.Context, *pb.DescribeRequest) (m *pb.DescribeResponse, err error) {
	defer d.s.recovered("Describe", &err)
	m, err = convert.InfoToProto(d.s.driver.Describe())
	if err != nil {
		return nil, status.Errorf(codes.Internal, "the driver describes itself wrongly: %v", err)
	}
	return m, nil
}

// Open is once per process. Wrong settings leave it open for another try.
func (d driverService) Open(ctx context.Context, m *pb.OpenRequest) (_ *pb.OpenResponse, err error) {
	s := d.s
	s.mu.Lock()
	busy := s.opening || s.coin != nil
	if !busy {
		s.opening = true
	}
	s.mu.Unlock()
	if busy {
		return nil, status.Error(codes.FailedPrecondition, "a coin is open already: one process serves one coin")
	}

	var coin coins.Coin
	defer func() {
		s.mu.Lock()
		s.opening, s.coin = false, coin
		s.mu.Unlock()
	}()
	defer s.recovered("Open", &err)
	opened, err := s.driver.Open(ctx, convert.SettingsFromProto(m))
	var problems coins.Problems
	if errors.As(err, &problems) && len(problems) > 0 {
		return &pb.OpenResponse{Problems: convert.ProblemsToProto(problems)}, nil
	}
	if err != nil {
		return nil, failure(err)
	}
	if err := hasPowers(s.driver.Describe(), opened); err != nil {
		return nil, status.Error(codes.Internal, err.Error())
	}
	info, err := convert.CoinInfoToProto(opened.Info())
	if err != nil {
		return nil, status.Errorf(codes.Internal, "the coin describes itself wrongly: %v", err)
	}
	coin = opened
	return &pb.OpenResponse{Coin: info}, nil
}

// hasPowers holds a coin to the roles that its driver announces.
func hasPowers(info coins.Info, coin coins.Coin) error {
	if coin == nil {
		return errors.New("the driver opened no coin")
	}
	for _, role := range info.Roles {
		var ok bool
		switch role {
		case coins.RoleParent:
			_, ok = coin.(coins.Parent)
		case coins.RoleAux:
			_, ok = coin.(coins.Aux)
		case coins.RoleHasher:
			_, ok = coin.(coins.Hasher)
		}
		if !ok {
			return fmt.Errorf("the driver announces the role %q but its coin does not have it", role)
		}
	}
	return nil
}
