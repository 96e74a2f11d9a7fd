package control

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"path/filepath"
	"strings"
	"syscall"
)

// maxRefusal is how much of a pool's refusal is kept.
const maxRefusal = 64 << 10

// ErrNotRunning says that no pool answers.
var ErrNotRunning = errors.New("no pool runs")

// ErrForbidden says that the socket is another user's.
var ErrForbidden = errors.New("the pool belongs to another user: run this as that user, with \"sudo -u USER\" in front")

// Refusal is why a pool did not do what it was asked.
type Refusal struct{ Text string }

func (r *Refusal) Error() string { return r.Text }

// Client asks the pool that runs in a data directory.
type Client struct {
	path string
	http *http.Client
}

// NewClient is a client for the pool in dir. It does no I/O.
func NewClient(dir string) *Client {
	path := filepath.Join(dir, SocketName)
	return &Client{path, &http.Client{Transport: &http.Transport{
		DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
			var d net.Dialer
			return d.DialContext(ctx, "unix", path)
		},
	}}}
}

// Get asks for path and decodes the answer into out.
func (c *Client) Get(ctx context.Context, path string, query url.Values, out any) error {
	return c.Do(ctx, http.MethodGet, path, query, nil, out)
}

// Do makes a request whose body is in, unless nil, and decodes the answer into
// out. Errors are ErrNotRunning, ErrForbidden, a *Refusal, and those of the
// connection.
func (c *Client) Do(ctx context.Context, method, path string, query url.Values, in, out any) error {
	reply, err := c.send(ctx, method, path, query, in)
	if err != nil {
		return err
	}
	defer reply.Close()
	return json.NewDecoder(reply).Decode(out)
}

// Stream asks for path and copies the answer to out. Errors are those of Do, and of out.
func (c *Client) Stream(ctx context.Context, path string, out io.Writer) error {
	reply, err := c.send(ctx, http.MethodGet, path, nil, nil)
	if err != nil {
		return err
	}
	defer reply.Close()
	_, err = io.Copy(out, reply)
	return err
}

// send makes a request, and is the answer to one that was not refused.
func (c *Client) send(ctx context.Context, method, path string, query url.Values, in any) (io.ReadCloser, error) {
	var body io.Reader
	if in != nil {
		text, err := json.Marshal(in)
		if err != nil {
			return nil, err
		}
		body = bytes.NewReader(text)
	}
	req, err := http.NewRequestWithContext(ctx, method, "http://pool"+path+"?"+query.Encode(), body)
	if err != nil {
		return nil, err
	}
	reply, err := c.http.Do(req)
	switch {
	case errors.Is(err, syscall.ENOENT) || errors.Is(err, syscall.ECONNREFUSED):
		return nil, ErrNotRunning
	case errors.Is(err, syscall.EINVAL) && len(c.path) > maxSocketPath:
		return nil, fmt.Errorf("%w, or its path is too long for a socket: %s", ErrNotRunning, c.path)
	case errors.Is(err, syscall.EACCES) || errors.Is(err, syscall.EPERM):
		return nil, ErrForbidden
	case err != nil:
		return nil, fmt.Errorf("the pool does not answer: %w", err)
	}
	if reply.StatusCode != http.StatusOK {
		defer reply.Body.Close()
		text, _ := io.ReadAll(io.LimitReader(reply.Body, maxRefusal)) // what came is shown
		return nil, &Refusal{strings.TrimSpace(string(text))}
	}
	return reply.Body, nil
}
