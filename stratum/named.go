package stratum

import "encoding/json"

// scanNamed reads a flat object of parameters, or null, at i and returns the
// index behind it, or -1. Names that are not asked for are skipped.
func (r *request) scanNamed(b []byte, i int) int {
	r.forget()
	if i >= len(b) {
		return -1
	}
	if b[i] != '{' {
		if v, end := scanValue(b, i); end >= 0 && v.kind == kindNull {
			return end
		}
		return -1
	}
	i = skipSpace(b, i+1)
	if i < len(b) && b[i] == '}' {
		return i + 1
	}
	for {
		key, at := scanText(b, i)
		if at < 0 {
			return -1
		}
		at = skipSpace(b, at)
		if at >= len(b) || b[at] != ':' {
			return -1
		}
		v, end := scanValue(b, skipSpace(b, at+1))
		if end < 0 {
			return -1
		}
		r.setNamed(key, v)
		i = skipSpace(b, end)
		if i >= len(b) {
			return -1
		}
		if b[i] == '}' {
			return i + 1
		}
		if b[i] != ',' {
			return -1
		}
		i = skipSpace(b, i+1)
	}
}

func (r *request) setNamed(key []byte, v value) {
	for i, name := range r.names {
		if string(key) == name {
			r.params[i] = v
			return
		}
	}
}

// decodeNamed is scanNamed for any JSON; what is no object holds nothing.
func (r *request) decodeNamed(raw json.RawMessage) {
	var members map[string]json.RawMessage
	if len(raw) == 0 || json.Unmarshal(raw, &members) != nil {
		return
	}
	for i, name := range r.names {
		if m, ok := members[name]; ok {
			r.params[i] = decodeValue(m)
		}
	}
}
