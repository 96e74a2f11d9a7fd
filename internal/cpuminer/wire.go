package cpuminer

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
)

// message is a line from the server: a reply when it has no method.
type message struct {
	ID     json.RawMessage   `json:"id"`
	Method string            `json:"method"`
	Params json.RawMessage   `json:"params"`
	Result json.RawMessage   `json:"result"`
	Error  json.RawMessage   `json:"error"`
	Reject string            `json:"reject-reason"` // ckpool's way of saying why
	params []json.RawMessage // Params taken apart
}

func parseMessage(line []byte) (message, error) {
	var m message
	if err := json.Unmarshal(line, &m); err != nil {
		return message{}, fmt.Errorf("%w: no JSON object: %w", ErrProtocol, err)
	}
	if len(m.Params) > 0 {
		_ = json.Unmarshal(m.Params, &m.params) // another shape counts as no parameters
	}
	return m, nil
}

// id is the number of the request that a reply answers, 0 for none of ours.
func (m *message) id() uint64 {
	text := strings.Trim(string(m.ID), `"`)
	n, err := strconv.ParseUint(text, 10, 64)
	if err != nil {
		return 0
	}
	return n
}

// refusal is the reason of a reply that says no, and empty for one that says yes.
func (m *message) refusal() string {
	if isNull(m.Error) {
		if isNull(m.Result) || string(m.Result) == "false" {
			return firstOf(m.Reject, "refused without a reason")
		}
		return ""
	}
	return errorText(m.Error)
}

func isNull(raw json.RawMessage) bool {
	return len(raw) == 0 || bytes.Equal(raw, []byte("null"))
}

func firstOf(texts ...string) string {
	for _, t := range texts {
		if t != "" {
			return t
		}
	}
	return ""
}

// errorText reads the forms of an error that servers use: [code, "text", ...],
// {"code":..., "message":"text"} and a bare text.
func errorText(raw json.RawMessage) string {
	var list []json.RawMessage
	if json.Unmarshal(raw, &list) == nil && len(list) > 1 {
		raw = list[1]
	}
	var object struct {
		Message string `json:"message"`
	}
	if json.Unmarshal(raw, &object) == nil && object.Message != "" {
		return object.Message
	}
	var text string
	if json.Unmarshal(raw, &text) == nil && text != "" {
		return text
	}
	return string(raw)
}

// text is parameter i as a string, empty when it is none.
func (m *message) text(i int) string {
	var s string
	if i < len(m.params) {
		_ = json.Unmarshal(m.params[i], &s)
	}
	return s
}

// number is parameter i, a number or one within a string; ok is false otherwise.
func (m *message) number(i int) (value float64, ok bool) {
	if i >= len(m.params) {
		return 0, false
	}
	v, err := strconv.ParseFloat(strings.Trim(string(m.params[i]), `"`), 64)
	return v, err == nil
}

// request is a line to the server.
func request(id uint64, method string, params ...any) []byte {
	if params == nil {
		params = []any{}
	}
	return line(struct {
		ID     uint64 `json:"id"`
		Method string `json:"method"`
		Params []any  `json:"params"`
	}{id, method, params})
}

// answer is a reply to a request of the server.
func answer(id json.RawMessage, result, failure any) []byte {
	return line(struct {
		ID     json.RawMessage `json:"id"`
		Result any             `json:"result"`
		Error  any             `json:"error"`
	}{id, result, failure})
}

// line is a value of plain types as JSON with its line end.
func line(v any) []byte {
	text, err := json.Marshal(v)
	if err != nil {
		panic("cpuminer: plain types cannot fail: " + err.Error())
	}
	return append(text, '\n')
}

// word reads 8 hexadecimal digits, the most significant first.
func word(text string) (uint32, error) {
	if len(text) != 8 {
		return 0, fmt.Errorf("%w: %q is not 8 hexadecimal digits", ErrProtocol, text)
	}
	v, err := strconv.ParseUint(text, 16, 32)
	if err != nil {
		return 0, fmt.Errorf("%w: %q is not 8 hexadecimal digits", ErrProtocol, text)
	}
	return uint32(v), nil
}

// hash32 reads 64 hexadecimal digits, in the order in which they stand.
func hash32(text string) (h [32]byte, err error) {
	if len(text) != 64 {
		return h, fmt.Errorf("%w: a hash of %d characters, expected 64", ErrProtocol, len(text))
	}
	if _, err := hex.Decode(h[:], []byte(text)); err != nil {
		return h, fmt.Errorf("%w: a hash: %w", ErrProtocol, err)
	}
	return h, nil
}
