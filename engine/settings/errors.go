package settings

import (
	"errors"
	"net/http"

	"github.com/motherlode-pool/motherlode/coins"
	"github.com/motherlode-pool/motherlode/engine/binding"
)

// Error is a kind of error, for errors.Is.
type Error string

// Error returns the text of the kind.
func (e Error) Error() string { return string(e) }

// The kinds of errors. What they are wrapped in says more, for the person who
// asked.
const (
	ErrNoPool    Error = "no such pool"
	ErrNoAccount Error = "no such account"
	ErrRefused   Error = "settings are refused"
	ErrTime      Error = "time of the message is refused"
	ErrSignature Error = "signature is refused"
	ErrTooOften  Error = "too many changes"
	ErrBusy      Error = "settings cannot be taken now, try again"
)

// problems are the words of web/api for the kinds: status, word, title.
var problems = []struct {
	kind   error
	status int
	word   string
	title  string
}{
	{ErrNoPool, http.StatusNotFound, "not-found", "Not found"},
	{ErrNoAccount, http.StatusNotFound, "not-found", "Not found"},
	{binding.ErrMessage, http.StatusBadRequest, "bad-parameter", "Message cannot be read"},
	{ErrRefused, http.StatusUnprocessableEntity, "settings-refused", "Settings are refused"},
	{ErrTime, http.StatusConflict, "message-time", "Time of the message is refused"},
	{ErrSignature, http.StatusForbidden, "signature-refused", "Signature is refused"},
	{ErrTooOften, http.StatusTooManyRequests, "too-many-requests", "Too many changes"},
	{ErrBusy, http.StatusServiceUnavailable, "busy", "Busy"},
}

// unverified sorts what a verifier says: a MessageError is an answer, anything else
// means that nobody knows.
func unverified(err error) Error {
	var kind coins.MessageError
	if errors.As(err, &kind) {
		return ErrSignature
	}
	return ErrBusy
}
