package simchain

import (
	"context"
	"crypto/rand"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"net"
	"net/http"
	"os"
	"sync"
	"time"

	"github.com/motherlode-pool/motherlode/internal/freeport"
)

// idleLimit is after what silence Core closes a connection.
const idleLimit = 30 * time.Second

// Node is a simulated chain and the RPC server in front of it. All methods are
// safe for concurrent use.
type Node struct {
	cfg    Config
	cfgErr error
	cookie string

	// ready closes once addr is set.
	ready chan struct{}
	addr  string
	power power

	mu      sync.Mutex
	chain   *chain
	pool    *mempool
	aux     auxState
	tmpl    templateState
	extra   uint64        // makes each coinbase of ours another
	fakes   uint64        // made-up transactions so far
	changed chan struct{} // closes at the next change of tip or mempool
	faults  faults
	log     []Submission
	calls   map[string]int // requests by method
	peers   []*Node
}

// New makes a node with only the genesis block. What is wrong with cfg is
// returned by Run.
func New(cfg Config) *Node {
	cfg = cfg.withDefaults()
	n := &Node{cfg: cfg, ready: make(chan struct{}), pool: &mempool{known: map[Hash]*memTx{}, sorted: cfg.Fork.Sorted}, changed: make(chan struct{}), calls: map[string]int{}}
	n.cfgErr = n.cfg.check()
	n.power.init()
	n.chain = newChain(&n.cfg, n.pool)
	n.aux.forget()
	// Two nodes of one chain must not make the same coinbase.
	var seed [12]byte
	rand.Read(seed[:])
	n.extra = uint64(binary.LittleEndian.Uint32(seed[8:])) << 32
	n.cookie = hex.EncodeToString(seed[:])
	if cfg.Listener != nil {
		n.addr = cfg.Listener.Addr().String()
		close(n.ready)
	}
	return n
}

// Ready is closed once Addr and URL are known. It stays open if Run failed
// before that.
func (n *Node) Ready() <-chan struct{} { return n.ready }

// Addr is the host and port that Run serves on, or "" before Ready.
func (n *Node) Addr() string {
	select {
	case <-n.ready:
		return n.addr
	default:
		return ""
	}
}

// URL is the RPC address without user and password, or "" before Ready.
func (n *Node) URL() string {
	if addr := n.Addr(); addr != "" {
		return "http://" + addr
	}
	return ""
}

// Run serves until ctx ends, and may be called once. It returns ctx's error, or
// why it could not serve.
func (n *Node) Run(ctx context.Context) error {
	if n.cfgErr != nil {
		return fmt.Errorf("simchain %s: %w", n.cfg.Name, n.cfgErr)
	}
	if !n.power.start(n.cfg.Listener != nil) {
		return fmt.Errorf("simchain %s: already run", n.cfg.Name)
	}
	defer n.power.end()
	if n.cfg.CookieFile != "" {
		if err := os.WriteFile(n.cfg.CookieFile, []byte(cookieUser+":"+n.cookie), 0o600); err != nil {
			return fmt.Errorf("simchain %s: %w", n.cfg.Name, err)
		}
		defer os.Remove(n.cfg.CookieFile)
	}
	listener := n.cfg.Listener
	if listener == nil {
		var err error
		if n.cfg.Listen == "" {
			listener, err = freeport.Listen()
		} else {
			listener, err = net.Listen("tcp", n.cfg.Listen)
		}
		if err != nil {
			return fmt.Errorf("simchain %s: %w", n.cfg.Name, err)
		}
		n.power.report(false)
		n.addr = listener.Addr().String()
		close(n.ready)
	}
	for {
		if err := n.serve(ctx, listener); err != nil {
			return err
		}
		var err error
		if listener, err = n.stayDown(ctx); err != nil {
			return err
		}
	}
}

// serve answers until the node is told to go down (nil) or ctx ends.
func (n *Node) serve(ctx context.Context, listener net.Listener) error {
	up, cancel := context.WithCancel(ctx)
	defer cancel()
	f := newFront(up, n)
	srv := &http.Server{Handler: f, ReadHeaderTimeout: idleLimit, IdleTimeout: idleLimit}
	done := make(chan error, 1)
	go func() { done <- srv.Serve(listener) }()
	n.cfg.Logger.Info("serving", "chain", n.cfg.Name, "address", n.addr)

	var failed error
	for running := true; running; {
		down, changed := n.power.wanted()
		if down {
			break
		}
		select {
		case <-changed:
		case <-ctx.Done():
			running = false
		case failed = <-done:
			running = false
			done <- failed
		case out := <-n.power.outages:
			// The call that asked for it is to be answered first.
			grace, stop := context.WithTimeout(ctx, outageGrace)
			_ = srv.Shutdown(grace)
			stop()
			n.begin(out)
			running = false
		}
	}
	cancel()
	_ = srv.Close()
	<-done
	f.wait()
	n.power.report(true)
	switch {
	case ctx.Err() != nil:
		return ctx.Err()
	case failed != nil:
		return fmt.Errorf("simchain %s: %w", n.cfg.Name, failed)
	}
	return nil
}

// stayDown waits until the node is to be up, and listens again.
func (n *Node) stayDown(ctx context.Context) (net.Listener, error) {
	for {
		down, changed := n.power.wanted()
		if !down {
			break
		}
		select {
		case <-changed:
		case <-n.power.recovery():
			n.power.want(false)
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
	n.catchUpAll()
	// Somebody may have taken the port for a moment.
	var err error
	for range relistenTries {
		var listener net.Listener
		if listener, err = net.Listen("tcp", n.addr); err == nil {
			n.power.report(false)
			return listener, nil
		}
		select {
		case <-time.After(relistenPause):
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
	return nil, fmt.Errorf("simchain %s: %w", n.cfg.Name, err)
}
