package simtari

import (
	"context"
	"encoding/base64"
	"fmt"
	"path"
	"slices"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"
)

func (n *Node) unary(ctx context.Context, req any, info *grpc.UnaryServerInfo, handle grpc.UnaryHandler) (any, error) {
	if err := n.gate(ctx, path.Base(info.FullMethod)); err != nil {
		return nil, err
	}
	out, err := handle(ctx, req)
	return out, n.obscure(err)
}

func (n *Node) stream(srv any, s grpc.ServerStream, info *grpc.StreamServerInfo, handle grpc.StreamHandler) error {
	if err := n.gate(s.Context(), path.Base(info.FullMethod)); err != nil {
		return err
	}
	return n.obscure(handle(srv, s))
}

// gate is what a call has to pass before it is answered.
func (n *Node) gate(ctx context.Context, method string) error {
	n.mu.Lock()
	n.calls[method]++
	f, stuck := n.faults, n.stuck
	n.mu.Unlock()
	if !n.known(ctx) {
		return status.Error(codes.Unauthenticated, "Auth failed")
	}
	if slices.Contains(f.Forbid, method) {
		return status.Error(codes.PermissionDenied, fmt.Sprintf("`%s` method not made available", method))
	}
	if slices.Contains(f.Stall, method) || slices.Contains(f.Stall, "*") {
		select {
		case <-stuck:
		case <-ctx.Done():
		}
		if err := ctx.Err(); err != nil {
			return err // also where both have happened
		}
	}
	select {
	case <-time.After(f.Delay):
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// known reports whether the caller has the password.
func (n *Node) known(ctx context.Context) bool {
	if n.cfg.User == "" {
		return true
	}
	want := "Basic " + base64.StdEncoding.EncodeToString([]byte(n.cfg.User+":"+n.cfg.Password))
	md, _ := metadata.FromIncomingContext(ctx)
	return slices.Contains(md.Get("authorization"), want)
}

// obscure hides the reason of an error where the node is set so.
func (n *Node) obscure(err error) error {
	if err == nil || !n.now().Obscure {
		return err
	}
	return status.Error(status.Code(err), "Error has occurred. Details are obscured.")
}
