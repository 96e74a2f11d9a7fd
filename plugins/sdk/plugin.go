package sdk

import (
	"context"
	"errors"

	"github.com/hashicorp/go-plugin"
	"google.golang.org/grpc"

	"github.com/motherlode-pool/motherlode/plugins/internal/serve"
)

// served is the plugin as go-plugin knows it.
type served struct {
	plugin.NetRPCUnsupportedPlugin
	server *serve.Server
}

var _ plugin.GRPCPlugin = (*served)(nil)

// GRPCServer registers the services.
func (p *served) GRPCServer(_ *plugin.GRPCBroker, s *grpc.Server) error {
	p.server.Register(s)
	return nil
}

// GRPCClient is for hosts.
func (p *served) GRPCClient(context.Context, *plugin.GRPCBroker, *grpc.ClientConn) (any, error) {
	return nil, errors.New("a plugin cannot dispense itself")
}
