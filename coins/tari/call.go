package tari

import (
	"context"
	"crypto/tls"
	"encoding/base64"
	"errors"
	"fmt"
	"strings"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/backoff"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/keepalive"
	"google.golang.org/grpc/status"
)

// Limits of a connection.
const (
	maxMessage = 64 << 20 // bytes both ways; a full block is far below it

	// Reconnecting costs the node little, and the operator wants it back soon.
	reconnectFirst = 100 * time.Millisecond
	reconnectMax   = time.Second
	connectTimeout = 2 * time.Second

	// A connection whose other end vanished without a word is given up.
	pingInterval = 10 * time.Second // gRPC's own minimum
	pingTimeout  = 3 * time.Second
)

// dial makes the connection to a node. Nothing is sent before the first call.
func dial(n Node) (*grpc.ClientConn, error) {
	secure := insecure.NewCredentials()
	if n.tls {
		secure = credentials.NewTLS(&tls.Config{RootCAs: n.roots, MinVersion: tls.VersionTLS12})
	}
	opts := []grpc.DialOption{
		grpc.WithTransportCredentials(secure),
		grpc.WithNoProxy(),
		grpc.WithDisableServiceConfig(),
		grpc.WithConnectParams(grpc.ConnectParams{
			Backoff:           backoff.Config{BaseDelay: reconnectFirst, Multiplier: 1.6, Jitter: 0.2, MaxDelay: reconnectMax},
			MinConnectTimeout: connectTimeout,
		}),
		grpc.WithKeepaliveParams(keepalive.ClientParameters{Time: pingInterval, Timeout: pingTimeout}),
		grpc.WithDefaultCallOptions(grpc.MaxCallRecvMsgSize(maxMessage), grpc.MaxCallSendMsgSize(maxMessage)),
	}
	if n.User != "" {
		opts = append(opts, grpc.WithPerRPCCredentials(basicAuth(n.User+":"+n.Password)))
	}
	return grpc.NewClient("dns:///"+n.target, opts...)
}

// basicAuth is "user:password" for each call's header, as HTTP has it.
type basicAuth string

func (a basicAuth) GetRequestMetadata(context.Context, ...string) (map[string]string, error) {
	return map[string]string{"authorization": "Basic " + base64.StdEncoding.EncodeToString([]byte(a))}, nil
}

// RequireTransportSecurity allows plain connections, which base nodes have by
// default; the settings decide.
func (a basicAuth) RequireTransportSecurity() bool { return false }

// nodeError is a failed call.
type nodeError struct {
	node, method string
	code         codes.Code
	text         string // the node's own words, or the transport's
	kind         error  // nil, or what is known to be the matter
}

func (e *nodeError) Error() string {
	what := fmt.Sprintf("%s of %s: %s", e.method, e.node, e.text)
	switch {
	case errors.Is(e.kind, ErrAllowed):
		return fmt.Sprintf("%s: %v: enable mining in the node's configuration, or add %q to its grpc_server_allow_methods",
			what, ErrAllowed, snake(e.method))
	case e.kind != nil:
		return what + ": " + e.kind.Error()
	}
	return what
}

func (e *nodeError) Unwrap() error { return e.kind }

// called says which call to which node failed, and how.
func (m *member) called(method string, err error) error {
	if err == nil {
		return nil
	}
	s := status.Convert(err)
	e := &nodeError{node: m.name, method: method, code: s.Code(), text: s.Message()}
	switch e.code {
	case codes.PermissionDenied, codes.Unimplemented:
		e.kind = ErrAllowed
	case codes.Unauthenticated:
		e.kind = ErrLogin
	case codes.DeadlineExceeded:
		e.text = "no answer in time"
	}
	return e
}

// unanswered reports whether a call failed without the node having judged it.
func unanswered(err error) bool {
	var e *nodeError
	if !errors.As(err, &e) {
		return false
	}
	return e.code == codes.Unavailable || timedOut(err)
}

// timedOut reports whether a call was given up.
func timedOut(err error) bool {
	var e *nodeError
	if errors.As(err, &e) {
		return e.code == codes.DeadlineExceeded || e.code == codes.Canceled
	}
	return errors.Is(err, context.DeadlineExceeded) || errors.Is(err, context.Canceled)
}

// snake is the name of a method as the node's configuration spells it.
func snake(method string) string {
	var b strings.Builder
	for i, r := range method {
		if r >= 'A' && r <= 'Z' {
			if i > 0 {
				b.WriteByte('_')
			}
			r += 'a' - 'A'
		}
		b.WriteRune(r)
	}
	return b.String()
}
