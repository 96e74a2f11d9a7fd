package simtari

import (
	"crypto/tls"
	"fmt"
	"net"
	"sync"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials"

	"github.com/motherlode-pool/motherlode/coins/tari/tarirpc"
	"github.com/motherlode-pool/motherlode/internal/freeport"
)

// NodeConfig describes a node.
type NodeConfig struct {
	Listen   string      // address; empty means a free port on loopback
	User     string      // with Password: calls need basic authentication
	Password string      // see User
	TLS      *tls.Config // nil for a plain connection
	Version  string      // empty means a name of its own
	Peers    uint64      // 0 means 8
	Old      bool        // does not have GetNetworkState, as before 2025
}

// Node serves a chain. Its methods may be called concurrently.
type Node struct {
	tarirpc.UnimplementedBaseNodeServer
	cfg  NodeConfig
	addr string

	mu     sync.Mutex
	chain  *Chain
	server *grpc.Server // nil while down
	served chan struct{}
	frozen *block // the node's tip while it hears nothing of new blocks
	faults Faults
	stuck  chan struct{} // closed when calls may go on; nil while nothing is stuck
	calls  map[string]int
	taken  int
}

// Faults are the ways in which a node misbehaves. The zero value is a good one.
type Faults struct {
	Syncing   bool          // initial sync is not achieved
	Forked    bool          // fails its checkpoints
	NoPeers   bool          // knows nobody
	Delay     time.Duration // before every answer
	Stall     []string      // methods that never answer; "*" for all
	Forbid    []string      // methods that are not allowed
	Refuse    error         // what SubmitBlock answers, whatever the block
	Lie       bool          // SubmitBlock says yes and forgets the block
	Obscure   bool          // hides the reasons of errors
	Lag       int           // so many templates fail because the mempool lags
	Moved     int           // so many templates fail because the tip moved
	NoVersion bool          // GetVersion fails
}

// Start makes a node that serves chain.
func Start(chain *Chain, cfg NodeConfig) (*Node, error) {
	if cfg.Listen == "" {
		var err error
		if cfg.Listen, err = freeport.TCP(); err != nil { // it may be down and up again
			return nil, fmt.Errorf("simulated base node: %w", err)
		}
	}
	if cfg.Version == "" {
		cfg.Version = "simtari-1.0.0"
	}
	if cfg.Peers == 0 {
		cfg.Peers = 8
	}
	n := &Node{cfg: cfg, chain: chain, addr: cfg.Listen, calls: map[string]int{}}
	return n, n.Up()
}

// Addr is the node's host and port. It stays the same while the node is down.
func (n *Node) Addr() string { return n.addr }

// Up makes a node listen that is down.
func (n *Node) Up() error {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.server != nil {
		return nil
	}
	l, err := net.Listen("tcp", n.addr)
	if err != nil {
		return fmt.Errorf("simulated base node: %w", err)
	}
	opts := []grpc.ServerOption{grpc.UnaryInterceptor(n.unary), grpc.StreamInterceptor(n.stream)}
	if n.cfg.TLS != nil {
		opts = append(opts, grpc.Creds(credentials.NewTLS(n.cfg.TLS)))
	}
	s, served := grpc.NewServer(opts...), make(chan struct{})
	tarirpc.RegisterBaseNodeServer(s, n)
	n.addr, n.server, n.served = l.Addr().String(), s, served
	go func() {
		defer close(served)
		_ = s.Serve(l) // ends with Down
	}()
	return nil
}

// Down closes all connections and stops listening.
func (n *Node) Down() {
	n.mu.Lock()
	s, served := n.server, n.served
	n.server = nil
	n.mu.Unlock()
	if s != nil {
		s.Stop()
		<-served
	}
}

// Set makes the node misbehave in one way, and well in all others. Calls that
// were stalled go on.
func (n *Node) Set(f Faults) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.faults = f
	if n.stuck != nil {
		close(n.stuck)
		n.stuck = nil
	}
	if len(f.Stall) > 0 {
		n.stuck = make(chan struct{})
	}
}

// Freeze keeps the node at its present tip. It says yes to blocks that stand on
// later ones, and puts them aside. Thaw ends that.
func (n *Node) Freeze() {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.chain.mu.Lock()
	defer n.chain.mu.Unlock()
	n.frozen = n.chain.tip
}

// Thaw lets a frozen node catch up.
func (n *Node) Thaw() {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.frozen = nil
}

// Follow moves the node to another chain.
func (n *Node) Follow(chain *Chain) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.chain, n.frozen = chain, nil
}

// Calls is how often a method was called.
func (n *Node) Calls(method string) int {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.calls[method]
}

// Taken is how many submissions the node said yes to.
func (n *Node) Taken() int {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.taken
}

// view is the chain and the tip that the node knows.
func (n *Node) view() (*Chain, *block) {
	n.mu.Lock()
	chain, tip := n.chain, n.frozen
	n.mu.Unlock()
	if tip == nil {
		chain.mu.Lock()
		tip = chain.tip
		chain.mu.Unlock()
	}
	return chain, tip
}

// now is how the node misbehaves at present.
func (n *Node) now() Faults {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.faults
}
