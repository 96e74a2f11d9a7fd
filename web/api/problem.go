package api

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
)

// Kind is a kind of problem, for errors.Is; it ends the type of its RFC 9457 form.
type Kind string

// The kinds of problems.
const (
	ErrNotFound     Kind = "not-found"
	ErrBadParameter Kind = "bad-parameter"
	ErrBadMethod    Kind = "method-not-allowed"
	ErrTooLong      Kind = "too-long"
	ErrUnauthorized Kind = "unauthorized"
	ErrForbidden    Kind = "forbidden"
	ErrTooMany      Kind = "too-many-requests"
	ErrBusy         Kind = "busy"
	ErrStarting     Kind = "starting"
	ErrInternal     Kind = "internal"
)

// Error returns the text of the kind.
func (k Kind) Error() string { return string(k) }

// kinds are status and title by kind.
var kinds = map[Kind]struct {
	status int
	title  string
}{
	ErrNotFound:     {http.StatusNotFound, "Not found"},
	ErrBadParameter: {http.StatusBadRequest, "Parameter is wrong"},
	ErrBadMethod:    {http.StatusMethodNotAllowed, "Method is not served here"},
	ErrTooLong:      {http.StatusRequestURITooLong, "Request is too long"},
	ErrUnauthorized: {http.StatusUnauthorized, "Token is missing or wrong"},
	ErrForbidden:    {http.StatusForbidden, "Not served this way"},
	ErrTooMany:      {http.StatusTooManyRequests, "Too many requests"},
	ErrBusy:         {http.StatusServiceUnavailable, "Busy"},
	ErrStarting:     {http.StatusServiceUnavailable, "Not ready"},
	ErrInternal:     {http.StatusInternalServerError, "Fault of the pool"},
}

// Problem is an error that a visitor should read.
type Problem struct {
	Kind   Kind
	Detail string // what was wrong and what to do
}

// Problemf is a Problem.
func Problemf(kind Kind, format string, args ...any) *Problem {
	return &Problem{kind, fmt.Sprintf(format, args...)}
}

// Error is the kind and the detail.
func (p *Problem) Error() string { return string(p.Kind) + ": " + p.Detail }

// Unwrap is the kind.
func (p *Problem) Unwrap() error { return p.Kind }

// Status is the HTTP status of the problem.
func (p *Problem) Status() int {
	if k, ok := kinds[p.Kind]; ok {
		return k.status
	}
	return http.StatusInternalServerError
}

// MarshalJSON is the problem as RFC 9457 has it.
func (p *Problem) MarshalJSON() ([]byte, error) {
	return json.Marshal(struct {
		Type   string `json:"type"`
		Title  string `json:"title"`
		Status int    `json:"status"`
		Detail string `json:"detail"`
	}{"urn:motherlode:problem:" + string(p.Kind), kinds[p.Kind].title, p.Status(), p.Detail})
}

// problemOf is err as a Problem. What it was is nobody's but the operator's.
func problemOf(err error) *Problem {
	var p *Problem
	if errors.As(err, &p) {
		return p
	}
	return Problemf(ErrInternal, "the answer could not be made; the pool's log says why")
}

func isNotFound(err error) bool { return errors.Is(err, ErrNotFound) }
