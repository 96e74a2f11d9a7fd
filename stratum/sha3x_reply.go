package stratum

import (
	"encoding/json"
	"strconv"
)

// Replies of the SHA3x dialect. Each says jsonrpc, result and error: some miners
// fail on less.
const (
	sha3xMark  = `,"jsonrpc":"2.0",`
	resultHead = sha3xMark + `"result":`
	okTail     = resultHead + `{"status":"OK"}` + noErrorTail
	keptTail   = resultHead + `{"status":"KEEPALIVED"}` + noErrorTail
	faultHead  = sha3xMark + `"error":{"code":`
	faultTail  = `},"result":null}` + "\n"
	textNoWork = "the pool has no work now, try again"

	jobHead = `{"jsonrpc":"2.0","method":"job","params":`
	jobTail = "}\n"
)

var sha3xForms = forms{
	tails: func() (t [reasonCount]string) {
		for r := range reasonCount {
			t[r] = string(appendFault(nil, r.Code(), r.String()))
		}
		t[Accepted] = okTail
		return t
	}(),
	full:  string(sha3xFault(nil, nil, codeOther, "server-full")),
	fault: sha3xFault,
}

// sha3xFault appends a failure with any text.
func sha3xFault(dst, id []byte, code int, text string) []byte {
	return appendFault(appendID(dst, id), code, text)
}

// appendFault appends what stands behind the id of a failure.
func appendFault(dst []byte, code int, text string) []byte {
	quoted, _ := json.Marshal(text) // a string always encodes
	dst = append(dst, faultHead...)
	dst = strconv.AppendInt(dst, int64(code), 10)
	dst = append(dst, `,"message":`...)
	dst = append(dst, quoted...)
	return append(dst, faultTail...)
}
