package stratum

import (
	"encoding/json"
	"strconv"
)

// Every reply carries id, result and error; an error is [code, text, null].
// Clients exist that fail on anything less.
const (
	replyHead     = `{"id":`
	acceptedTail  = `,"result":true,"error":null}` + "\n"
	resultMark    = `,"result":`
	noErrorTail   = `,"error":null}` + "\n"
	errorMark     = `,"result":null,"error":[`
	errorTail     = `,null]}` + "\n"
	codeOther     = 20
	codeNoWorker  = 24
	textUnknown   = "unknown-method"
	textInvalid   = "invalid-json"
	textTooLong   = "line-too-long"
	textLongName  = "user name is longer than 512 characters"
	fullLine      = `{"id":null,"result":null,"error":[20,"server-full",null]}` + "\n"
	reconnectLine = `{"id":null,"method":"client.reconnect","params":[]}` + "\n"
)

// rejectTails holds the end of the reply for each reason.
var rejectTails = func() (t [reasonCount]string) {
	for r := range reasonCount {
		t[r] = errorMark + strconv.Itoa(r.Code()) + `,"` + r.String() + `"` + errorTail
	}
	t[Accepted] = acceptedTail
	return t
}()

// appendID appends the id as the miner sent it.
func appendID(dst, id []byte) []byte {
	dst = append(dst, replyHead...)
	if id == nil {
		return append(dst, "null"...)
	}
	return append(dst, id...)
}

// appendResult appends a success; result is JSON.
func appendResult(dst, id []byte, result string) []byte {
	dst = append(appendID(dst, id), resultMark...)
	dst = append(dst, result...)
	return append(dst, noErrorTail...)
}

// appendError appends a failure with any text.
func appendError(dst, id []byte, code int, text string) []byte {
	quoted, _ := json.Marshal(text) // a string always encodes
	dst = append(appendID(dst, id), errorMark...)
	dst = strconv.AppendInt(dst, int64(code), 10)
	dst = append(append(dst, ','), quoted...)
	return append(dst, errorTail...)
}

// appendDifficulty appends a mining.set_difficulty line. From 1 on difficulties
// are whole, see clamp. The number has no exponent, which small parsers cannot
// read.
func appendDifficulty(dst []byte, difficulty float64) []byte {
	dst = append(dst, `{"id":null,"method":"mining.set_difficulty","params":[`...)
	if difficulty >= 1 && difficulty < 1<<63 {
		dst = strconv.AppendInt(dst, int64(difficulty), 10)
	} else {
		dst = strconv.AppendFloat(dst, difficulty, 'f', -1, 64)
	}
	return append(dst, "]}\n"...)
}

// appendMask appends a mining.set_version_mask line.
func appendMask(dst []byte, mask uint32) []byte {
	dst = append(dst, `{"id":null,"method":"mining.set_version_mask","params":["`...)
	dst = appendHex32(dst, mask)
	return append(dst, "\"]}\n"...)
}

// appendMessage appends a client.show_message line.
func appendMessage(dst []byte, text string) []byte {
	quoted, _ := json.Marshal(text)
	dst = append(dst, `{"id":null,"method":"client.show_message","params":[`...)
	dst = append(dst, quoted...)
	return append(dst, "]}\n"...)
}
