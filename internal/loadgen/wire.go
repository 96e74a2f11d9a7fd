package loadgen

import (
	"bytes"
	"encoding/json"
	"strconv"
)

// Ids of requests. A submission's is firstSubmit and its slot.
const (
	idSubscribe = 1
	idAuthorize = 2
	firstSubmit = 16
)

// line is what the generator needs of a server's line.
type line struct {
	method []byte // of a notification or request; nil: an answer
	id     int    // -1: none, or no number
	ok     bool   // result is true
	code   int    // of the error, 0: none or not to be read
}

var (
	keyMethod = []byte(`"method"`)
	keyID     = []byte(`"id"`)
	keyResult = []byte(`"result"`)
	keyError  = []byte(`"error"`)
	wordTrue  = []byte("true")
)

// scan reads a line without decoding it. Key order and spaces do not matter; an
// answer whose text holds one of the keys in quotes has them escaped, as JSON.
func scan(b []byte) line {
	l := line{id: -1}
	if v := after(b, keyMethod); v != nil {
		if len(v) > 1 && v[0] == '"' {
			if end := bytes.IndexByte(v[1:], '"'); end >= 0 {
				l.method = v[1 : 1+end]
			}
		}
		if l.method == nil {
			l.method = []byte{}
		}
		return l
	}
	if v := after(b, keyID); v != nil {
		if n, ok := number(v); ok {
			l.id = n
		}
	}
	l.ok = bytes.HasPrefix(after(b, keyResult), wordTrue)
	if v := after(b, keyError); len(v) > 0 && v[0] == '[' {
		l.code, _ = number(bytes.TrimLeft(v[1:], " "))
	}
	return l
}

// after is what follows a key and its colon, nil where the key is not there.
func after(b, key []byte) []byte {
	i := bytes.Index(b, key)
	if i < 0 {
		return nil
	}
	v := bytes.TrimLeft(b[i+len(key):], " ")
	if len(v) == 0 || v[0] != ':' {
		return nil
	}
	return bytes.TrimLeft(v[1:], " ")
}

// number reads decimal digits, with a sign or without.
func number(b []byte) (n int, ok bool) {
	sign := 1
	if len(b) > 0 && b[0] == '-' {
		sign, b = -1, b[1:]
	}
	i := 0
	for ; i < len(b) && i < 9 && b[i] >= '0' && b[i] <= '9'; i++ {
		n = 10*n + int(b[i]-'0')
	}
	return sign * n, i > 0
}

// params decodes the parameters of a notification.
func params(b []byte, out any) error {
	var m struct {
		Params json.RawMessage `json:"params"`
	}
	if err := json.Unmarshal(b, &m); err != nil {
		return err
	}
	return json.Unmarshal(m.Params, out)
}

// appendRequest adds a request with text parameters.
func appendRequest(b []byte, id int, method string, params ...string) []byte {
	b = append(b, `{"id":`...)
	b = strconv.AppendInt(b, int64(id), 10)
	b = append(b, `,"method":"`...)
	b = append(b, method...)
	b = append(b, `","params":[`...)
	for i, p := range params {
		if i > 0 {
			b = append(b, ',')
		}
		quoted, _ := json.Marshal(p) // a string always encodes
		b = append(b, quoted...)
	}
	return append(b, "]}\n"...)
}
