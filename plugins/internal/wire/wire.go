package wire

import (
	"github.com/hashicorp/go-plugin"
	"google.golang.org/grpc"

	pb "github.com/motherlode-pool/motherlode/plugins/proto/coinv1"
)

// The limits of the connection.
const (
	// MaxMessage bounds one message, both ways: a block of a big chain with room
	// to spare. gRPC's own limits are 4 MiB on the plugin's side and, as go-plugin
	// sets it, 2 GiB on the host's.
	MaxMessage = 64 << 20

	// MaxAnswer bounds the answer to a call on the host's side, where many may be
	// under way, one for each miner that connects. It is gRPC's own limit. Only the
	// streams have more to say, and each of them holds one message at a time.
	MaxAnswer = 4 << 20

	// MaxHeaders bounds a call's headers and trailers, in which an error's text
	// travels. gRPC's own limit on the host's side is 16 MiB.
	MaxHeaders = 64 << 10
)

// The plugin's environment.
const (
	// HostPID names the variable that tells a plugin the pool's process id.
	HostPID = "MOTHERLODE_HOST_PID"

	cookieKey   = "MOTHERLODE_PLUGIN"
	cookieValue = "motherlode.coin"
)

// Name is what go-plugin calls the one plugin that a process serves.
const Name = "coin"

// Handshake is what tells a start by a pool from one by a person. It is no
// security.
func Handshake() plugin.HandshakeConfig {
	return plugin.HandshakeConfig{
		ProtocolVersion: pb.Major, MagicCookieKey: cookieKey, MagicCookieValue: cookieValue,
	}
}

// StartedByPool reports whether the environment, given as a lookup, is that of a
// plugin.
func StartedByPool(getenv func(string) string) bool { return getenv(cookieKey) == cookieValue }

// ServerOptions are the limits of the plugin's end.
func ServerOptions() []grpc.ServerOption {
	return []grpc.ServerOption{grpc.MaxRecvMsgSize(MaxMessage), grpc.MaxSendMsgSize(MaxMessage)}
}

// DialOptions are the limits of the host's end. They come after go-plugin's own
// and so win.
func DialOptions() []grpc.DialOption {
	return []grpc.DialOption{
		grpc.WithDefaultCallOptions(grpc.MaxCallRecvMsgSize(MaxMessage), grpc.MaxCallSendMsgSize(MaxMessage)),
		grpc.WithMaxHeaderListSize(MaxHeaders),
	}
}
