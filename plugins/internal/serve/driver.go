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
	"github.com/motherlode-pool/motherlode/plugins/internal/schema"
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

// Describe fails when the schema is broken, so that the author hears of it before
// any operator does.
func (d driverService) Describe(_ context.Context, q *pb.DescribeRequest) (m *pb.DescribeResponse, err error) {
	defer d.s.recovered("Describe", &err)
	info := d.s.driver.Describe()
	info.Roles = convert.RolesFor(q.GetHostMinor(), info.Roles)
	if _, err := schema.Compile(info.Schema); err != nil {
		return nil, describedWrongly(err)
	}
	m, err = convert.InfoToProto(info)
	if err != nil {
		return nil, describedWrongly(err)
	}
	return m, nil
}

func describedWrongly(err error) error {
	return status.Errorf(codes.Internal, "the driver describes itself wrongly: %s", text(err))
}

// Open is once per process, unless the server was told to reopen. Wrong settings
// leave it open for another try.
func (d driverService) Open(ctx context.Context, m *pb.OpenRequest) (_ *pb.OpenResponse, err error) {
	s := d.s
	old, err := s.beginOpen()
	if err != nil {
		return nil, err
	}
	var coin coins.Coin
	defer func() { s.endOpen(coin) }()
	if old != nil {
		s.closeCoin(old)
	}

	opened, problems, err := s.open(ctx, convert.SettingsFromProto(m))
	if err != nil {
		return nil, err
	}
	if len(problems) > 0 {
		return &pb.OpenResponse{Problems: convert.ProblemsToProto(problems)}, nil
	}
	info, err := s.inform(opened)
	if err != nil {
		if opened != nil {
			s.closeCoin(opened)
		}
		return nil, err
	}
	coin = opened
	return &pb.OpenResponse{Coin: info}, nil
}

// open checks the settings and opens the coin.
func (s *Server) open(ctx context.Context, settings coins.Settings) (coin coins.Coin, problems coins.Problems, err error) {
	defer s.recovered("Open", &err)
	sch, err := schema.Compile(s.driver.Describe().Schema)
	if err != nil {
		return nil, nil, describedWrongly(err)
	}
	if broken := sch.Check(settings.JSON); len(broken) > 0 {
		return nil, schema.Merge(broken, s.alsoWrong(ctx, settings)), nil
	}
	coin, err = s.driver.Open(ctx, settings)
	if errors.As(err, &problems) && len(problems) > 0 {
		return nil, problems, nil
	}
	return coin, nil, failure(err)
}

// alsoWrong asks the driver what else is wrong with settings that break its
// schema, so that the operator hears everything at once. Nothing but a list of
// problems counts: a driver may rely on its schema, so it may fail in any way
// here, and a coin that it makes all the same is closed.
func (s *Server) alsoWrong(ctx context.Context, settings coins.Settings) (problems coins.Problems) {
	defer func() {
		if p := recover(); p != nil {
			s.log.Debug("the driver panicked at settings that break its schema", "panic", fmt.Sprint(p), "stack", stack())
			problems = nil
		}
	}()
	coin, err := s.driver.Open(ctx, settings)
	if err == nil && coin != nil {
		s.closeCoin(coin)
	}
	errors.As(err, &problems)
	return problems
}

// inform is what an opened coin says of itself, once it has the powers that its
// driver announces.
func (s *Server) inform(coin coins.Coin) (_ *pb.CoinInfo, err error) {
	defer s.recovered("Info", &err)
	if err := hasPowers(s.driver.Describe(), coin); err != nil {
		return nil, status.Error(codes.Internal, err.Error())
	}
	info, err := convert.CoinInfoToProto(coin.Info())
	if err != nil {
		return nil, status.Errorf(codes.Internal, "the coin describes itself wrongly: %s", text(err))
	}
	return info, nil
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
		case coins.RoleWallet:
			_, ok = coin.(coins.Wallet)
		case coins.RoleMessageVerifier:
			_, ok = coin.(coins.MessageVerifier)
		}
		if !ok {
			return fmt.Errorf("the driver announces the role %q but its coin does not have it", role)
		}
	}
	return nil
}
