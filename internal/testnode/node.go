package testnode

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"sync"
	"time"

	"github.com/motherlode-pool/motherlode/internal/freeport"
)

// ErrorKind is the kind of an error; it works with errors.Is.
type ErrorKind string

// The kinds.
const (
	ErrNoToolchain  = ErrorKind("no Go toolchain at hand to build btcd with")
	ErrNoModule     = ErrorKind("btcd cannot be built outside Motherlode's own source")
	ErrNotInstalled = ErrorKind("litecoind is not installed")
	ErrStart        = ErrorKind("node does not start")
	ErrExited       = ErrorKind("node has ended")
)

// Error makes a kind an error.
func (k ErrorKind) Error() string { return string(k) }

// Options are how a node is started. The zero value works.
type Options struct {
	Binary   string                 // file to run; empty means to find or build it
	Args     []string               // further arguments
	Connect  string                 // host:port of a peer to connect to
	Progress func(format, a string) // told what is being done: a format with one %s, and its argument; may be nil
}

func (o Options) progress(format, a string) {
	if o.Progress != nil {
		o.Progress(format, a)
	}
}

// Times and credentials.
const (
	startTimeout = 30 * time.Second
	pollInterval = 20 * time.Millisecond
	startTries   = 3 // a free port may be taken before the node binds it

	user     = "motherlode"
	password = "regtest"
)

// Node is a running node.
type Node struct {
	URL      string // http://127.0.0.1:port
	User     string
	Password string
	P2P      string // host:port for peers
	Dir      string // its folder; removed by Stop

	binary string
	args   []string
	http   *http.Client

	mu   sync.Mutex
	proc *process
}

// spec is how a kind of node is started.
type spec struct {
	binary string
	args   func(n *Node, rpcPort string) []string
}

// launch starts a node and waits until it answers.
func launch(ctx context.Context, s spec, opt Options) (*Node, error) {
	var last error
	for range startTries {
		n, err := prepare(s, opt)
		if err != nil {
			return nil, err
		}
		if last = n.Start(ctx); last == nil {
			return n, nil
		}
		n.Stop()
		if ctx.Err() != nil {
			break
		}
	}
	return nil, last
}

func prepare(s spec, opt Options) (*Node, error) {
	rpc, err := freePort()
	if err != nil {
		return nil, err
	}
	p2p, err := freePort()
	if err != nil {
		return nil, err
	}
	dir, err := os.MkdirTemp("", "motherlode-node-")
	if err != nil {
		return nil, err
	}
	n := &Node{
		URL:      "http://127.0.0.1:" + rpc,
		User:     user,
		Password: password,
		P2P:      "127.0.0.1:" + p2p,
		Dir:      dir,
		binary:   s.binary,
		http:     &http.Client{Transport: &http.Transport{DisableKeepAlives: true}},
	}
	n.args = append(s.args(n, rpc), opt.Args...)
	return n, nil
}

func freePort() (string, error) {
	addr, err := freeport.TCP()
	if err != nil {
		return "", err
	}
	_, port, err := net.SplitHostPort(addr)
	return port, err
}

// Start runs the node's program, again after Kill, with the same folder and
// ports, and waits until it answers.
func (n *Node) Start(ctx context.Context) error {
	p, err := run(n.binary, n.args, n.Dir)
	if err != nil {
		return fmt.Errorf("%w: %w", ErrStart, err)
	}
	n.mu.Lock()
	n.proc = p
	n.mu.Unlock()

	ctx, cancel := context.WithTimeout(ctx, startTimeout)
	defer cancel()
	for {
		err := n.Call(ctx, nil, "getblockcount")
		if err == nil {
			return nil
		}
		select {
		case <-p.done:
			return fmt.Errorf("%w: %s", ErrStart, p.output())
		case <-ctx.Done():
			return fmt.Errorf("%w: %w (last answer: %v)", ErrStart, ctx.Err(), err)
		case <-time.After(pollInterval):
		}
	}
}

// Kill ends the node at once and waits for its end. Its folder stays.
func (n *Node) Kill() {
	n.mu.Lock()
	p := n.proc
	n.proc = nil
	n.mu.Unlock()
	if p != nil {
		p.kill()
	}
}

// Pause freezes the node: it accepts connections and says nothing.
func (n *Node) Pause() error { return n.signal(pauseSignal) }

// Resume ends a Pause.
func (n *Node) Resume() error { return n.signal(resumeSignal) }

func (n *Node) signal(s os.Signal) error {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.proc == nil {
		return ErrExited
	}
	return n.proc.cmd.Process.Signal(s)
}

// PID is the process id, 0 when the node is not running.
func (n *Node) PID() int {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.proc == nil {
		return 0
	}
	return n.proc.cmd.Process.Pid
}

// Stop ends the node and removes its folder.
func (n *Node) Stop() error {
	n.Kill()
	return os.RemoveAll(n.Dir)
}

// Fault is a node's own error.
type Fault struct {
	Method  string
	Code    int    `json:"code"`
	Message string `json:"message"`
}

// Error is the node's words with its code.
func (f *Fault) Error() string { return fmt.Sprintf("%s: %s (code %d)", f.Method, f.Message, f.Code) }

// Call asks the node and decodes its result into out, which may be nil. The
// node's own error is a *Fault.
func (n *Node) Call(ctx context.Context, out any, method string, params ...any) error {
	return n.call(ctx, n.URL, out, method, params...)
}

// CallWallet is Call for a method of one of the node's wallets.
func (n *Node) CallWallet(ctx context.Context, wallet string, out any, method string, params ...any) error {
	return n.call(ctx, n.URL+"/wallet/"+wallet, out, method, params...)
}

func (n *Node) call(ctx context.Context, url string, out any, method string, params ...any) error {
	if params == nil {
		params = []any{}
	}
	body, err := json.Marshal(map[string]any{"jsonrpc": "1.0", "id": 1, "method": method, "params": params})
	if err != nil {
		return err
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, url, bytes.NewReader(body))
	if err != nil {
		return err
	}
	req.Header.Set("Content-Type", "application/json")
	req.SetBasicAuth(n.User, n.Password)
	resp, err := n.http.Do(req)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	reply, err := io.ReadAll(resp.Body)
	if err != nil {
		return err
	}
	var envelope struct {
		Result json.RawMessage
		Error  *Fault
	}
	if err := json.Unmarshal(reply, &envelope); err != nil {
		return fmt.Errorf("%s: status %d, %.200q: %w", method, resp.StatusCode, reply, err)
	}
	if envelope.Error != nil {
		envelope.Error.Method = method
		return envelope.Error
	}
	if out == nil {
		return nil
	}
	return json.Unmarshal(envelope.Result, out)
}

// Height asks for the height of the best chain.
func (n *Node) Height(ctx context.Context) (uint64, error) {
	var h uint64
	err := n.Call(ctx, &h, "getblockcount")
	return h, err
}

// Wait asks until ready says yes, or ctx ends.
func Wait(ctx context.Context, ready func() (bool, error)) error {
	for {
		ok, err := ready()
		if ok && err == nil {
			return nil
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("%w (last: %v)", ctx.Err(), err)
		case <-time.After(pollInterval):
		}
	}
}
