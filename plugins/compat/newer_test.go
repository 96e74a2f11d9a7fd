package compat

import (
	"context"
	"log/slog"

	"github.com/hashicorp/go-hclog"
	"github.com/hashicorp/go-plugin"
	"google.golang.org/grpc"
	"google.golang.org/protobuf/encoding/protowire"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"

	"github.com/motherlode-pool/motherlode/coins"
	"github.com/motherlode-pool/motherlode/plugins/internal/fakecoin"
	"github.com/motherlode-pool/motherlode/plugins/internal/serve"
)

// newerDriver says that it was built with a later minor version.
type newerDriver struct{ fakecoin.Driver }

func (d *newerDriver) Describe() coins.Info {
	info := d.Driver.Describe()
	info.APIMinor = 99
	return info
}

// serving is a plugin as go-plugin knows it.
type serving struct {
	plugin.NetRPCUnsupportedPlugin
	register func(*grpc.Server)
}

func (p serving) GRPCServer(_ *plugin.GRPCBroker, s *grpc.Server) error {
	p.register(s)
	return nil
}

func (serving) GRPCClient(context.Context, *plugin.GRPCBroker, *grpc.ClientConn) (any, error) {
	return nil, nil
}

func servePlugin(major int, register func(*grpc.Server), opts ...grpc.ServerOption) {
	plugin.Serve(&plugin.ServeConfig{
		HandshakeConfig:  plugin.HandshakeConfig{ProtocolVersion: uint(major), MagicCookieKey: "MOTHERLODE_PLUGIN", MagicCookieValue: "motherlode.coin"},
		VersionedPlugins: map[int]plugin.PluginSet{major: {"coin": serving{register: register}}},
		GRPCServer:       func(more []grpc.ServerOption) *grpc.Server { return grpc.NewServer(append(opts, more...)...) },
		Logger:           hclog.NewNullLogger(),
	})
}

// serveNewer is a plugin of minor version 99: every message that it sends has
// fields that this pool has never heard of, in the parts of messages too.
func serveNewer() {
	server := serve.New(&newerDriver{}, slog.Default())
	servePlugin(1, func(s *grpc.Server) { server.Register(s) },
		grpc.ChainUnaryInterceptor(func(ctx context.Context, q any, _ *grpc.UnaryServerInfo, next grpc.UnaryHandler) (any, error) {
			a, err := next(ctx, q)
			addUnknown(a)
			return a, err
		}),
		grpc.ChainStreamInterceptor(func(s any, stream grpc.ServerStream, _ *grpc.StreamServerInfo, next grpc.StreamHandler) error {
			return next(s, newerStream{stream})
		}))
}

type newerStream struct{ grpc.ServerStream }

func (s newerStream) SendMsg(m any) error {
	addUnknown(m)
	return s.ServerStream.SendMsg(m)
}

// addUnknown adds unknown fields of every wire type to a message and its parts.
func addUnknown(m any) {
	if p, ok := m.(proto.Message); ok {
		addTo(p.ProtoReflect())
	}
}

func addTo(m protoreflect.Message) {
	if !m.IsValid() {
		return
	}
	raw := protowire.AppendVarint(protowire.AppendTag(nil, 900, protowire.VarintType), 7)
	raw = protowire.AppendBytes(protowire.AppendTag(raw, 901, protowire.BytesType), []byte("of a later time"))
	raw = protowire.AppendFixed64(protowire.AppendTag(raw, 902, protowire.Fixed64Type), 7)
	raw = protowire.AppendFixed32(protowire.AppendTag(raw, 903, protowire.Fixed32Type), 7)
	m.SetUnknown(raw)
	m.Range(func(f protoreflect.FieldDescriptor, v protoreflect.Value) bool {
		switch {
		case f.Message() == nil:
		case f.IsList():
			for i := range v.List().Len() {
				addTo(v.List().Get(i).Message())
			}
		default:
			addTo(v.Message())
		}
		return true
	})
}

// serveOtherMajor is a plugin that speaks version 2 alone.
func serveOtherMajor() { servePlugin(2, func(*grpc.Server) {}) }
