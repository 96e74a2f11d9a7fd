package api

import (
	"encoding/base64"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Limits of a request.
const (
	maxURL     = 2048
	maxAddress = 512 // an account may name addresses of several chains
	maxCursor  = 512
	maxPage    = 200
	pageRows   = 50
)

// params are the parameters of a request, with the first that is wrong.
type params struct {
	values url.Values
	err    error
	known  []string
}

// newParams reads a query.
func newParams(query string) *params {
	p := &params{}
	var err error
	if p.values, err = url.ParseQuery(query); err != nil {
		p.err = Problemf(ErrBadParameter, "the parameters behind the ? cannot be read; expected name=value, with & between them and percent-encoded")
	}
	return p
}

func (p *params) wrong(name, format string, args ...any) {
	if p.err == nil {
		p.err = Problemf(ErrBadParameter, "parameter "+name+" "+format, args...)
	}
}

// text is a parameter, empty where it is not given.
func (p *params) text(name string) string {
	p.known = append(p.known, name)
	all := p.values[name]
	if len(all) > 1 {
		p.wrong(name, "is given %d times; give it once", len(all))
	}
	if len(all) == 0 {
		return ""
	}
	if len(all[0]) > maxCursor {
		p.wrong(name, "has %d characters, more than %d", len(all[0]), maxCursor)
		return ""
	}
	return all[0]
}

func (p *params) oneOf(name, fallback string, words ...string) string {
	v := p.text(name)
	if v == "" {
		return fallback
	}
	if !slices.Contains(words, v) {
		p.wrong(name, "is %q; expected %s", v, strings.Join(words, ", "))
	}
	return v
}

func (p *params) limit() int {
	v := p.text("limit")
	if v == "" {
		return pageRows
	}
	n, err := strconv.Atoi(v)
	if err != nil || n < 1 || n > maxPage {
		p.wrong("limit", "is %q; expected a number from 1 to %d", v, maxPage)
		return pageRows
	}
	return n
}

func (p *params) time(name string) time.Time {
	v := p.text(name)
	if v == "" {
		return time.Time{}
	}
	at, err := time.Parse(time.RFC3339, v)
	if err != nil || at.Year() < 2000 || at.Year() > 2200 {
		p.wrong(name, "is %q; expected a time like 2026-01-31T12:00:00Z", v)
		return time.Time{}
	}
	return at
}

// cursor is what encodeCursor was given, empty where there is none.
func (p *params) cursor(list string) string {
	v := p.text("cursor")
	if v == "" {
		return ""
	}
	raw, err := base64.RawURLEncoding.DecodeString(v)
	rest, ok := strings.CutPrefix(string(raw), list+":")
	if err != nil || !ok {
		p.wrong("cursor", "is none of this list; send what the page before had in next, or nothing for the first page")
		return ""
	}
	return rest
}

func encodeCursor(list, value string) *string {
	v := base64.RawURLEncoding.EncodeToString([]byte(list + ":" + value))
	return &v
}

// page is a page by falling number.
func (p *params) page(list string) Page {
	out := Page{Limit: p.limit()}
	if c := p.cursor(list); c != "" {
		n, err := strconv.ParseUint(c, 10, 64)
		if err != nil {
			p.wrong("cursor", "is none of this list")
		}
		out.Before = n
	}
	return out
}

func numberCursor(list string, n uint64) *string {
	if n == 0 {
		return nil
	}
	return encodeCursor(list, strconv.FormatUint(n, 10))
}

func (p *params) chart() ChartQuery {
	return ChartQuery{Resolution: p.oneOf("resolution", "minute", "minute", "hour", "day"), From: p.time("from"), To: p.time("to")}
}

// done is the first thing that is wrong, also a parameter that nobody asked for.
func (p *params) done() error {
	for name := range p.values {
		if p.err == nil && !slices.Contains(p.known, name) {
			slices.Sort(p.known)
			known := "none"
			if len(p.known) > 0 {
				known = strings.Join(p.known, ", ")
			}
			p.err = Problemf(ErrBadParameter, "parameter %q is not known here; known are: %s", name, known)
		}
	}
	return p.err
}

// addressOf is the account that a path names.
func addressOf(r *http.Request) (string, error) {
	a := r.PathValue("address")
	if len(a) > maxAddress || strings.TrimSpace(a) == "" {
		return "", Problemf(ErrNotFound, "an address has 1 to %d characters", maxAddress)
	}
	return strings.TrimSpace(a), nil
}
