package stratum

import (
	"encoding/json"
	"math"
	"strconv"
)

// parse reads one line, the quick way when it can. It returns false when the
// line is no JSON object, or its method is no string.
func (r *request) parse(line []byte) bool {
	return r.scan(line) || r.decode(line)
}

// decode is scan for any JSON, at the price of allocations. A repeated key
// counts as it was last given. Parameters by name, where they should have places,
// are taken as none, and the other way round.
func (r *request) decode(line []byte) bool {
	r.reset()
	var members map[string]json.RawMessage
	if json.Unmarshal(line, &members) != nil || members == nil {
		return false
	}
	if id, ok := members["id"]; ok {
		r.id = id
	}
	if method, ok := members["method"]; ok {
		v := decodeValue(method)
		if v.kind != kindText {
			return false
		}
		r.method = v.raw
	}
	_, result := members["result"]
	_, fault := members["error"]
	r.response = result || fault

	if r.names != nil {
		r.decodeNamed(members["params"])
		return true
	}
	var params []json.RawMessage
	if p, ok := members["params"]; ok && json.Unmarshal(p, &params) != nil {
		params = nil
	}
	r.count = len(params)
	for i, p := range params {
		if i < maxParams {
			r.params[i] = decodeValue(p)
		}
	}
	return true
}

// decodeValue classifies a valid JSON value; raw has no space around it.
func decodeValue(raw json.RawMessage) value {
	if len(raw) == 0 {
		return value{}
	}
	switch raw[0] {
	case '"':
		var s string
		if json.Unmarshal(raw, &s) != nil {
			return value{kindNested, raw}
		}
		return value{kindText, []byte(s)}
	case '{', '[':
		return value{kindNested, raw}
	case 't', 'f':
		return value{kindBool, raw}
	case 'n':
		return value{kindNull, raw}
	}
	return value{kindNumber, raw}
}

// float reads a positive finite number, given as a number or in a string.
func (v value) float() (float64, bool) {
	if v.kind != kindNumber && v.kind != kindText {
		return 0, false
	}
	return positive(string(v.raw))
}

// positive parses a positive finite decimal number.
func positive(s string) (float64, bool) {
	f, err := strconv.ParseFloat(s, 64)
	if err != nil || !(f > 0) || math.IsInf(f, 0) {
		return 0, false
	}
	return f, true
}

// word32 reads four bytes: eight hexadecimal digits, or a JSON integer as some
// firmwares send.
func (v value) word32() (uint32, bool) {
	switch v.kind {
	case kindText:
		if len(v.raw) != 8 {
			return 0, false
		}
		var w uint32
		for _, c := range v.raw {
			d := hexDigit[c]
			if d > 15 {
				return 0, false
			}
			w = w<<4 | uint32(d)
		}
		return w, true
	case kindNumber:
		var w uint64
		for _, c := range v.raw {
			if c < '0' || c > '9' {
				return 0, false
			}
			if w = w*10 + uint64(c-'0'); w > math.MaxUint32 {
				return 0, false
			}
		}
		return uint32(w), true
	}
	return 0, false
}

// hexDigit is the value of a hexadecimal digit of either case, 255 for others.
var hexDigit = func() (t [256]uint8) {
	for c := range t {
		t[c] = 255
	}
	for c := range 10 {
		t['0'+c] = uint8(c)
	}
	for c := range 6 {
		t['a'+c] = uint8(10 + c)
		t['A'+c] = uint8(10 + c)
	}
	return t
}()

// unhex decodes src into dst and reports whether src was exactly that many
// bytes of hexadecimal digits.
func unhex(dst, src []byte) bool {
	if len(src) != 2*len(dst) {
		return false
	}
	for i := range dst {
		hi, lo := hexDigit[src[2*i]], hexDigit[src[2*i+1]]
		if hi > 15 || lo > 15 {
			return false
		}
		dst[i] = hi<<4 | lo
	}
	return true
}
