package main

import (
	"context"
	"errors"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/hashicorp/go-hclog"
	"github.com/hashicorp/go-plugin"
	"google.golang.org/grpc"

	pb "github.com/motherlode-pool/motherlode/plugins/compat/v1_0/coinv1"
)

// What version 1.0 says of the handshake and of the limits.
const (
	major      = 1
	minor      = 0
	maxMessage = 64 << 20
)

// served is the plugin as go-plugin knows it.
type served struct {
	plugin.NetRPCUnsupportedPlugin
	coin *coin
}

func (p served) GRPCServer(_ *plugin.GRPCBroker, s *grpc.Server) error {
	pb.RegisterDriverServer(s, driverService{coin: p.coin})
	pb.RegisterCoinServer(s, coinService{coin: p.coin})
	pb.RegisterAuxServer(s, auxService{coin: p.coin})
	pb.RegisterHasherServer(s, hasherService{})
	return nil
}

func (served) GRPCClient(context.Context, *plugin.GRPCBroker, *grpc.ClientConn) (any, error) {
	return nil, errors.New("a plugin is no client")
}

func main() {
	parent := os.Getppid()
	go func() {
		for range time.Tick(250 * time.Millisecond) {
			if os.Getppid() != parent {
				os.Exit(0)
			}
		}
	}()
	signal.Notify(make(chan os.Signal, 1), syscall.SIGTERM, syscall.SIGINT)

	plugin.Serve(&plugin.ServeConfig{
		HandshakeConfig: plugin.HandshakeConfig{
			ProtocolVersion: major, MagicCookieKey: "MOTHERLODE_PLUGIN", MagicCookieValue: "motherlode.coin",
		},
		VersionedPlugins: map[int]plugin.PluginSet{major: {"coin": served{coin: newCoin()}}},
		GRPCServer: func(opts []grpc.ServerOption) *grpc.Server {
			return grpc.NewServer(append(opts, grpc.MaxRecvMsgSize(maxMessage), grpc.MaxSendMsgSize(maxMessage))...)
		},
		Logger: hclog.NewNullLogger(),
	})
}
