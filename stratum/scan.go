package stratum

// kind tells what a JSON value is.
type kind uint8

const (
	kindAbsent kind = iota
	kindNull
	kindBool
	kindNumber
	kindText
	kindNested // array or object
)

// value is one parameter. For text, raw is the content without quotes and
// escapes; for the rest it is the token as it was sent.
type value struct {
	kind kind
	raw  []byte
}

// maxParams is how many parameters are kept; no method takes more.
const maxParams = 8

// request is one line of a miner. Its slices point into the line, or into fresh
// memory when the line had to be decoded the slow way.
type request struct {
	id       []byte // the token as sent, nil when there is none
	method   []byte // nil when there is none
	params   [maxParams]value
	count    int  // parameters present, possibly more than are kept
	response bool // has result or error: the answer to something we sent

	// names are those of the parameters, in the order of params; nil where
	// parameters have places. Others are skipped.
	names []string
}

// reset forgets the last line.
func (r *request) reset() {
	r.id, r.method, r.count, r.response = nil, nil, 0, false
	if r.names != nil {
		r.forget()
	}
}

// forget takes the parameters away.
func (r *request) forget() {
	r.count = len(r.names)
	clear(r.params[:r.count])
}

// param is parameter i, of kindAbsent beyond the end.
func (r *request) param(i int) value {
	if i >= r.count || i >= maxParams {
		return value{}
	}
	return r.params[i]
}

// scan reads the usual request in one pass without allocating: an object of
// plain strings, numbers and literals, with a flat array of parameters. A
// repeated key counts as it was last given. It returns false for everything else, right or wrong: the caller then asks
// encoding/json, which decides.
func (r *request) scan(b []byte) bool {
	r.reset()
	i := skipSpace(b, 0)
	if i >= len(b) || b[i] != '{' {
		return false
	}
	i++
	for {
		var key []byte
		i = skipSpace(b, i)
		if key, i = scanText(b, i); i < 0 {
			return false
		}
		i = skipSpace(b, i)
		if i >= len(b) || b[i] != ':' {
			return false
		}
		i = skipSpace(b, i+1)
		switch {
		case string(key) != "params":
			i = r.scanMember(b, i, key)
		case r.names != nil:
			i = r.scanNamed(b, i)
		default:
			i = r.scanParams(b, i)
		}
		if i < 0 {
			return false
		}
		i = skipSpace(b, i)
		if i >= len(b) {
			return false
		}
		if b[i] == '}' {
			return skipSpace(b, i+1) == len(b)
		}
		if b[i] != ',' {
			return false
		}
		i++
	}
}

// scanMember reads the value of key at i and returns the index behind it, or -1.
func (r *request) scanMember(b []byte, i int, key []byte) int {
	v, end := scanValue(b, i)
	if end < 0 {
		return -1
	}
	switch string(key) {
	case "id":
		r.id = b[i:end]
	case "method":
		if v.kind != kindText {
			return -1
		}
		r.method = v.raw
	case "result", "error":
		r.response = true
	}
	return end
}

// scanParams reads a flat array, or null, at i and returns the index behind it,
// or -1.
func (r *request) scanParams(b []byte, i int) int {
	r.count = 0
	if i >= len(b) {
		return -1
	}
	if b[i] != '[' {
		if v, end := scanValue(b, i); end >= 0 && v.kind == kindNull {
			return end
		}
		return -1
	}
	i = skipSpace(b, i+1)
	if i < len(b) && b[i] == ']' {
		return i + 1
	}
	for {
		v, end := scanValue(b, i)
		if end < 0 || r.count == maxParams {
			return -1
		}
		r.params[r.count] = v
		r.count++
		i = skipSpace(b, end)
		if i >= len(b) {
			return -1
		}
		if b[i] == ']' {
			return i + 1
		}
		if b[i] != ',' {
			return -1
		}
		i = skipSpace(b, i+1)
	}
}

// skipSpace is the index of the first byte at or after i that is no JSON space.
func skipSpace(b []byte, i int) int {
	for i < len(b) && (b[i] == ' ' || b[i] == '\t' || b[i] == '\r' || b[i] == '\n') {
		i++
	}
	return i
}

// plainText marks the bytes that stand for themselves in a string: printable
// ASCII but quote and backslash.
var plainText = func() (t [256]bool) {
	for c := 0x20; c < 0x7f; c++ {
		t[c] = c != '"' && c != '\\'
	}
	return t
}()

// scanText reads a plain string at i and returns its content and the index
// behind the closing quote, or -1.
func scanText(b []byte, i int) ([]byte, int) {
	if i >= len(b) || b[i] != '"' {
		return nil, -1
	}
	i++
	start := i
	for i < len(b) && plainText[b[i]] {
		i++
	}
	if i >= len(b) || b[i] != '"' {
		return nil, -1
	}
	return b[start:i:i], i + 1
}

// scanValue reads a scalar at i and returns it and the index behind it, or -1.
func scanValue(b []byte, i int) (value, int) {
	if i >= len(b) {
		return value{}, -1
	}
	switch c := b[i]; {
	case c == '"':
		text, end := scanText(b, i)
		return value{kindText, text}, end
	case c == '-' || c >= '0' && c <= '9':
		end := scanNumber(b, i)
		if end < 0 {
			return value{}, -1
		}
		return value{kindNumber, b[i:end:end]}, end
	case c == 't':
		return scanLiteral(b, i, "true", kindBool)
	case c == 'f':
		return scanLiteral(b, i, "false", kindBool)
	case c == 'n':
		return scanLiteral(b, i, "null", kindNull)
	}
	return value{}, -1
}

func scanLiteral(b []byte, i int, word string, k kind) (value, int) {
	end := i + len(word)
	if end > len(b) || string(b[i:end]) != word {
		return value{}, -1
	}
	return value{k, b[i:end:end]}, end
}

// scanNumber returns the index behind the JSON number at i, or -1.
func scanNumber(b []byte, i int) int {
	if b[i] == '-' {
		i++
	}
	lead := i
	i = skipDigits(b, i)
	if i == lead || b[lead] == '0' && i > lead+1 {
		return -1
	}
	if i < len(b) && b[i] == '.' {
		from := i + 1
		if i = skipDigits(b, from); i == from {
			return -1
		}
	}
	if i < len(b) && (b[i] == 'e' || b[i] == 'E') {
		i++
		if i < len(b) && (b[i] == '+' || b[i] == '-') {
			i++
		}
		from := i
		if i = skipDigits(b, from); i == from {
			return -1
		}
	}
	return i
}

func skipDigits(b []byte, i int) int {
	for i < len(b) && b[i] >= '0' && b[i] <= '9' {
		i++
	}
	return i
}
