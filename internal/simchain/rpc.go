package simchain

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
)

// Error codes of Core's RPC.
const (
	codeMisc         = -1
	codeType         = -3
	codeAddress      = -5 // also: block not found
	codeParameter    = -8
	codeNotConnected = -9
	codeWallet       = -12
	codeDecode       = -22
	codeVerify       = -25
	codeWarmUp       = -28
	codeRequest      = -32600
	codeMethod       = -32601
	codeParse        = -32700
)

// rpcError is an error as it stands in a reply.
type rpcError struct {
	Code    int    `json:"code"`
	Message string `json:"message"`
}

// Error implements error.
func (e *rpcError) Error() string { return fmt.Sprintf("error %d: %s", e.Code, e.Message) }

func rpcErrorf(code int, format string, args ...any) error {
	return &rpcError{code, fmt.Sprintf(format, args...)}
}

// streamError is what Core says when its deserialiser fails in an RPC call.
func streamError(stream string, err error) error {
	if errors.Is(err, ErrEndOfData) {
		return rpcErrorf(codeMisc, "%s::read(): end of data: iostream error", stream)
	}
	for inner := errors.Unwrap(err); inner != nil; inner = errors.Unwrap(err) {
		err = inner
	}
	return rpcErrorf(codeMisc, "%s: iostream error", err)
}

// request is one call.
type request struct {
	version string
	id      json.RawMessage // nil: a notification
	method  string
	params  json.RawMessage
	bad     *rpcError // it cannot be run
}

// call is the body of a POST: a request, or a batch of them.
type call struct {
	list  []request
	batch bool
	bad   *rpcError // the body is neither
}

// control reports whether all of the call belongs to the control set.
func (c *call) control() bool {
	for _, r := range c.list {
		if !isControl(r.method) {
			return false
		}
	}
	return len(c.list) > 0
}

func parseCall(body []byte) *call {
	body = bytes.TrimSpace(body)
	if !json.Valid(body) {
		return &call{bad: &rpcError{codeParse, "Parse error"}}
	}
	switch body[0] {
	case '{':
		return &call{list: []request{parseRequest(body)}}
	case '[':
		c := &call{batch: true}
		var parts []json.RawMessage
		if err := json.Unmarshal(body, &parts); err != nil {
			return &call{bad: &rpcError{codeParse, "Parse error"}}
		}
		for _, p := range parts {
			c.list = append(c.list, parseRequest(p))
		}
		return c
	}
	return &call{bad: &rpcError{codeParse, "Top-level object parse error"}}
}

func parseRequest(raw []byte) request {
	var fields map[string]json.RawMessage
	if json.Unmarshal(raw, &fields) != nil {
		return request{bad: &rpcError{codeRequest, "Invalid Request object"}}
	}
	r := request{id: fields["id"], params: fields["params"]}
	if v := fields["jsonrpc"]; v != nil {
		// A version that is no text counts as none.
		_ = json.Unmarshal(v, &r.version)
	}
	switch method := fields["method"]; {
	case method == nil || string(method) == "null":
		r.bad = &rpcError{codeRequest, "Missing method"}
	case json.Unmarshal(method, &r.method) != nil:
		r.bad = &rpcError{codeRequest, "Method must be a string"}
	}
	if p := bytes.TrimSpace(r.params); len(p) > 0 && p[0] != '[' && p[0] != '{' && string(p) != "null" {
		r.bad = &rpcError{codeRequest, "Params must be an array or object"}
	}
	return r
}

// answer runs a call and returns the HTTP status and body.
func (n *Node) answer(up context.Context, c *call) (int, []byte) {
	if c.bad != nil {
		return n.reply(request{}, nil, c.bad)
	}
	if !c.batch {
		return n.run(up, c.list[0])
	}
	var out [][]byte
	for _, r := range c.list {
		if _, one := n.run(up, r); len(one) > 0 {
			out = append(out, bytes.TrimSpace(one))
		}
	}
	if len(out) == 0 && len(c.list) > 0 {
		return http.StatusNoContent, nil
	}
	return http.StatusOK, append(append([]byte("["), bytes.Join(out, []byte(","))...), "]\n"...)
}

// modern reports whether a request is to be answered by the rules of version 2,
// which only the newer nodes know.
func (n *Node) modern(r request) bool { return r.version == "2.0" && n.cfg.modern() }

// run executes one request.
func (n *Node) run(up context.Context, r request) (int, []byte) {
	result, err := any(nil), error(nil)
	if r.bad != nil {
		err = r.bad
	} else {
		result, err = n.dispatch(up, r)
	}
	if n.modern(r) && r.id == nil && r.bad == nil {
		return http.StatusNoContent, nil
	}
	return n.reply(r, result, err)
}

// reply writes the outcome as the node's version of JSON-RPC has it.
func (n *Node) reply(r request, result any, err error) (int, []byte) {
	status, fault := http.StatusOK, (*rpcError)(nil)
	if err != nil && !errors.As(err, &fault) {
		fault = &rpcError{codeMisc, err.Error()}
	}
	id := r.id
	if id == nil {
		id = json.RawMessage("null")
	}
	var body any
	switch {
	case n.cfg.Dialect == Elastos:
		body = elastosReply(result, fault, id)
	case n.modern(r) && fault != nil:
		body = struct {
			Version string          `json:"jsonrpc"`
			Error   *rpcError       `json:"error"`
			ID      json.RawMessage `json:"id"`
		}{"2.0", fault, id}
	case n.modern(r):
		body = struct {
			Version string          `json:"jsonrpc"`
			Result  any             `json:"result"`
			ID      json.RawMessage `json:"id"`
		}{"2.0", result, id}
	default:
		if fault != nil {
			status, result = httpStatus(fault.Code), nil
		}
		body = struct {
			Result any             `json:"result"`
			Error  *rpcError       `json:"error"`
			ID     json.RawMessage `json:"id"`
		}{result, fault, id}
	}
	var out bytes.Buffer
	enc := json.NewEncoder(&out)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(body); err != nil {
		return http.StatusInternalServerError, nil
	}
	return status, out.Bytes()
}

// httpStatus is what Core makes of an error of version 1.
func httpStatus(code int) int {
	switch code {
	case codeRequest:
		return http.StatusBadRequest
	case codeMethod:
		return http.StatusNotFound
	}
	return http.StatusInternalServerError
}
