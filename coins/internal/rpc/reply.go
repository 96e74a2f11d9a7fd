package rpc

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"

	"github.com/motherlode-pool/motherlode/coins/internal/jscan"
)

// envelope is a reply taken apart, without a look at the result.
type envelope struct {
	result json.RawMessage
	fault  json.RawMessage
	id     []byte
	seen   bool // at least one of result and error was there
}

func open(reply []byte) (envelope, error) {
	var e envelope
	s := jscan.New(reply)
	err := s.Object(func(key []byte) error {
		raw, err := s.Span() // whoever wants the result reads it closely
		if err != nil {
			return err
		}
		switch string(key) {
		case "result":
			e.result, e.seen = raw, true
		case "error":
			e.fault, e.seen = raw, true
		case "id":
			e.id = raw
		}
		return nil
	})
	if err != nil {
		return e, err
	}
	return e, s.End()
}

// parse reads a reply. The body decides, whatever the status is: Core answers
// errors with 500 and 404, btcd with 200.
func (c *Client) parse(method string, id uint64, status int, reply []byte) (json.RawMessage, error) {
	switch {
	case status == http.StatusUnauthorized, status == http.StatusForbidden:
		return nil, c.failed(method, ErrCredentials, fmt.Errorf("HTTP status %d", status))
	case status == http.StatusServiceUnavailable:
		return nil, c.failed(method, ErrBusy, nil)
	case status >= 300 && status < 400:
		return nil, c.failed(method, ErrReply, fmt.Errorf("HTTP status %d, a redirection", status))
	}
	if len(bytes.TrimSpace(reply)) == 0 {
		return nil, c.failed(method, ErrEmpty, fmt.Errorf("HTTP status %d", status))
	}
	e, err := open(reply)
	if err != nil {
		return nil, c.failed(method, ErrReply, fmt.Errorf("HTTP status %d: %w", status, err))
	}
	if !e.seen {
		return nil, c.failed(method, ErrReply, fmt.Errorf("HTTP status %d: neither result nor error in it", status))
	}
	if isNull(e.fault) {
		if want := strconv.FormatUint(id, 10); string(e.id) != want {
			return nil, c.failed(method, ErrReply, fmt.Errorf("reply to request %.20s, expected %s", e.id, want))
		}
		if e.result == nil {
			return json.RawMessage("null"), nil
		}
		return e.result, nil
	}

	var fault struct {
		Code    int    `json:"code"`
		Message string `json:"message"`
	}
	if err := json.Unmarshal(e.fault, &fault); err != nil {
		return nil, c.failed(method, ErrReply, fmt.Errorf("error member: %w", err))
	}
	answer := &NodeError{Node: c.node, Method: method, Code: fault.Code, Message: fault.Message}
	if fault.Code == CodeWarmup {
		return nil, c.failed(method, ErrWarmup, answer)
	}
	return nil, answer
}

func isNull(raw json.RawMessage) bool {
	return raw == nil || string(raw) == "null"
}
