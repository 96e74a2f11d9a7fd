package rpc

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"strings"
	"sync/atomic"
	"time"
)

// Limits and defaults.
const (
	// DefaultMaxReply is far above the largest template, 4 MB of
	// transactions in hexadecimal with their ids.
	DefaultMaxReply = 64 << 20

	// DefaultTimeout is for a call on a busy node; validation of a large
	// block holds the chain lock for seconds.
	DefaultTimeout = 30 * time.Second

	// DefaultParallel leaves Core-like nodes, which have four RPC threads,
	// one for others.
	DefaultParallel = 3

	// dialTimeout is for nodes on the same machine or network.
	dialTimeout = 5 * time.Second

	// idleTimeout is below the 30 s after which Core closes an idle
	// connection.
	idleTimeout = 20 * time.Second

	// roomToSpare is the part of a reply's length that is left free behind it,
	// for the next one that is somewhat longer.
	roomToSpare = 8

	// maxCookie is far above "__cookie__:" and 64 hex digits.
	maxCookie = 4096
)

// Config says where a node is and who we are to it. Either User and Password,
// or Cookie, or neither (a URL without credentials is for nodes behind a
// proxy that adds them).
type Config struct {
	URL      string // http://host:port or https://host:port, without credentials
	User     string
	Password string
	Cookie   string        // path of the node's cookie file
	CA       string        // path of a PEM file with the certificate of an https node
	MaxReply int64         // 0 means DefaultMaxReply
	Timeout  time.Duration // of one call, unless its context ends sooner; 0 means DefaultTimeout
	Parallel int           // calls under way at once; 0 means DefaultParallel
	Version  string        // of JSON-RPC; empty means "1.0", which every node of the Bitcoin family answers
}

// Client calls one node. Its methods may be called concurrently.
type Client struct {
	cfg   Config
	node  string
	http  *http.Client
	tls   *tls.Config
	slots chan struct{}
	id    atomic.Uint64
}

// New makes a client. It reads the CA file, if any, and touches no network.
func New(cfg Config) (*Client, error) {
	u, err := url.Parse(cfg.URL)
	if err != nil || u.Host == "" || (u.Scheme != "http" && u.Scheme != "https") {
		return nil, errors.New("node address must look like http://host:port")
	}
	if u.User != nil {
		return nil, errors.New("credentials do not belong in the node's address")
	}
	if cfg.MaxReply == 0 {
		cfg.MaxReply = DefaultMaxReply
	}
	if cfg.Timeout == 0 {
		cfg.Timeout = DefaultTimeout
	}
	if cfg.Parallel == 0 {
		cfg.Parallel = DefaultParallel
	}
	if cfg.Version == "" {
		cfg.Version = "1.0"
	}
	c := &Client{cfg: cfg, node: u.Host, slots: make(chan struct{}, cfg.Parallel)}
	if u.Scheme == "https" {
		if c.tls, err = tlsConfig(cfg.CA); err != nil {
			return nil, err
		}
	}
	c.http = &http.Client{
		Transport: &http.Transport{
			DialContext:         (&net.Dialer{Timeout: dialTimeout}).DialContext,
			TLSClientConfig:     c.tls,
			TLSHandshakeTimeout: dialTimeout,
			MaxIdleConnsPerHost: cfg.Parallel,
			IdleConnTimeout:     idleTimeout,
		},
		// A node does not redirect; following would carry the password away.
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	return c, nil
}

func tlsConfig(ca string) (*tls.Config, error) {
	conf := &tls.Config{MinVersion: tls.VersionTLS12}
	if ca == "" {
		return conf, nil
	}
	pem, err := os.ReadFile(ca)
	if err != nil {
		return nil, fmt.Errorf("certificate file: %w", err)
	}
	conf.RootCAs = x509.NewCertPool()
	if !conf.RootCAs.AppendCertsFromPEM(pem) {
		return nil, fmt.Errorf("certificate file %s holds no PEM certificate", ca)
	}
	return conf, nil
}

// Node is the node's name for people: host and port.
func (c *Client) Node() string { return c.node }

// URL is the node's address, without credentials.
func (c *Client) URL() string { return c.cfg.URL }

// TLS is the TLS configuration of an https node, nil for http.
func (c *Client) TLS() *tls.Config { return c.tls }

// Close drops idle connections.
func (c *Client) Close() { c.http.CloseIdleConnections() }

// Credentials returns user and password, from the cookie file when there is
// one. An error is of kind ErrCredentials.
func (c *Client) Credentials() (user, password string, err error) {
	if user, password, err = c.credentials(); err != nil {
		err = fmt.Errorf("%w: %w", ErrCredentials, err)
	}
	return user, password, err
}

// credentials is Credentials; the error has no kind.
func (c *Client) credentials() (user, password string, err error) {
	if c.cfg.Cookie == "" {
		return c.cfg.User, c.cfg.Password, nil
	}
	f, err := os.Open(c.cfg.Cookie)
	if err != nil {
		return "", "", err
	}
	defer f.Close()
	b, err := io.ReadAll(io.LimitReader(f, maxCookie))
	if err != nil {
		return "", "", err
	}
	user, password, ok := strings.Cut(strings.TrimSpace(string(b)), ":")
	if !ok {
		return "", "", fmt.Errorf("cookie file %s is not user:password", c.cfg.Cookie)
	}
	return user, password, nil
}

type request struct {
	Version string `json:"jsonrpc"`
	ID      uint64 `json:"id"`
	Method  string `json:"method"`
	Params  any    `json:"params"`
}

// Named are the parameters of a call by their names. It stands alone: a call
// whose only parameter it is has an object instead of a list.
type Named map[string]any

// paramsOf is what a request has for a call's parameters.
func paramsOf(params []any) any {
	if len(params) == 1 {
		if named, ok := params[0].(Named); ok {
			return named
		}
	}
	if params == nil {
		return []any{}
	}
	return params
}

// Call asks the node and decodes its result into out with encoding/json; out
// may be nil. Parameters are in order, or one Named. The error is a *NodeError when the node answered with one, an
// *Error when it did not answer.
func (c *Client) Call(ctx context.Context, out any, method string, params ...any) error {
	result, err := c.CallRaw(ctx, method, params...)
	if err != nil || out == nil {
		return err
	}
	if err := json.Unmarshal(result, out); err != nil {
		return c.failed(method, ErrReply, err)
	}
	return nil
}

// CallRaw asks the node and returns the text of its result, which is "null"
// where there is none.
func (c *Client) CallRaw(ctx context.Context, method string, params ...any) (json.RawMessage, error) {
	return c.CallInto(ctx, nil, method, params...)
}

// CallInto is CallRaw for replies of megabytes that come again and again: the
// reply is put into room, from its beginning, which is made larger when need be.
// The result lies in it, and is good until the next call with the same room.
func (c *Client) CallInto(ctx context.Context, room *[]byte, method string, params ...any) (json.RawMessage, error) {
	id := c.id.Add(1)
	body, err := json.Marshal(request{Version: c.cfg.Version, ID: id, Method: method, Params: paramsOf(params)})
	if err != nil {
		return nil, fmt.Errorf("%s: encode parameters: %w", method, err)
	}
	ctx, cancel := context.WithTimeout(ctx, c.cfg.Timeout)
	defer cancel()

	select {
	case c.slots <- struct{}{}:
		defer func() { <-c.slots }()
	case <-ctx.Done():
		return nil, c.failed(method, kindOf(ctx.Err()), ctx.Err())
	}

	user, password, err := c.credentials()
	if err != nil {
		return nil, c.failed(method, ErrCredentials, err)
	}
	status, reply, err := c.post(ctx, room, method, body, user, password)
	if err == nil && status == http.StatusUnauthorized && c.cfg.Cookie != "" {
		// The node may have written a new cookie since we read it.
		u, p, cookieErr := c.credentials()
		if cookieErr == nil && (u != user || p != password) {
			status, reply, err = c.post(ctx, room, method, body, u, p)
		}
	}
	if err != nil {
		return nil, err
	}
	return c.parse(method, id, status, reply)
}

// post makes one HTTP exchange and returns whatever came back, in room unless
// that is nil.
func (c *Client) post(ctx context.Context, room *[]byte, method string, body []byte, user, password string) (int, []byte, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, c.cfg.URL, bytes.NewReader(body))
	if err != nil {
		return 0, nil, c.failed(method, ErrUnreachable, err)
	}
	req.Header.Set("Content-Type", "application/json")
	if user != "" || password != "" {
		req.SetBasicAuth(user, password)
	}
	resp, err := c.http.Do(req)
	if err != nil {
		return 0, nil, c.failed(method, kindOf(err), bare(err))
	}
	defer resp.Body.Close()
	reply, err := readAll(resp, c.cfg.MaxReply, room)
	if err != nil {
		return 0, nil, c.failed(method, kindOf(err), bare(err))
	}
	return resp.StatusCode, reply, nil
}

// readAll reads a body of at most limit bytes, in one piece where the length
// is announced, into room unless that is nil.
func readAll(resp *http.Response, limit int64, room *[]byte) ([]byte, error) {
	if resp.ContentLength > limit {
		return nil, fmt.Errorf("%w: %d bytes, at most %d", ErrTooLarge, resp.ContentLength, limit)
	}
	if room == nil {
		room = new([]byte)
	}
	if need := int(resp.ContentLength) + bytes.MinRead; resp.ContentLength > 0 && need > cap(*room) {
		*room = make([]byte, 0, need+need/roomToSpare)
	}
	buf := bytes.NewBuffer((*room)[:0])
	defer func() { *room = buf.Bytes() }()
	n, err := buf.ReadFrom(io.LimitReader(resp.Body, limit+1))
	if err != nil {
		return nil, err
	}
	if n > limit {
		return nil, fmt.Errorf("%w: more than %d bytes", ErrTooLarge, limit)
	}
	return buf.Bytes(), nil
}

func (c *Client) failed(method string, kind ErrorKind, cause error) error {
	if k, ok := cause.(ErrorKind); ok && k == kind {
		cause = nil
	}
	return &Error{Node: c.node, Method: method, Kind: kind, Cause: cause}
}

// bare takes off the wrapper that net/http puts around an error and that
// repeats the address.
func bare(err error) error {
	var u *url.Error
	if errors.As(err, &u) {
		return u.Err
	}
	return err
}

func kindOf(err error) ErrorKind {
	var k ErrorKind
	var n net.Error
	switch {
	case errors.As(err, &k):
		return k
	case errors.Is(err, context.DeadlineExceeded), errors.As(err, &n) && n.Timeout():
		return ErrTimeout
	}
	return ErrUnreachable
}
