package convert

import (
	"bytes"
	"fmt"
	"sort"
	"strings"
)

// Error is a kind of error of this package.
type Error string

func (e Error) Error() string { return string(e) }

// The kinds of errors.
const (
	ErrFormat  = Error("the file is in no form that is known")
	ErrNothing = Error("there is nothing to carry over")
	ErrValue   = Error("a value is none that is known")
)

// Format is a form of configuration.
type Format string

// The forms.
const (
	CKPool     Format = "ckpool"
	Miningcore Format = "miningcore"
	PublicPool Format = "public-pool"
)

// Formats are all forms.
func Formats() []Format { return []Format{CKPool, Miningcore, PublicPool} }

// Options are what a source does not say of itself.
type Options struct {
	Format Format // empty: found by the content
	Solo   bool   // ckpool was run with -B: each block pays its finder
	Node   string // network of the nodes: "main", "test", "signet", "regtest"; empty: the source's, or main
}

// Note is something to know about one key of the source.
type Note struct {
	Key  string // such as btcd[0].pass; empty for the whole
	Text string
}

func (n Note) String() string {
	if n.Key == "" {
		return n.Text
	}
	return n.Key + ": " + n.Text
}

// Result is what became of a source.
type Result struct {
	Format  Format
	TOML    string
	Carried []Note // what is in the TOML but wants a look
	Left    []Note // what is not in it, and why
}

// Convert converts data; name is the file's, for the comment on top. Errors:
// ErrFormat, ErrNothing, ErrValue.
func Convert(name string, data []byte, o Options) (*Result, error) {
	data = bytes.TrimPrefix(data, []byte("\ufeff"))
	src, err := read(data)
	if err != nil {
		return nil, err
	}
	format := o.Format
	if format == "" {
		if format = src.format(); format == "" {
			return nil, fmt.Errorf("%w: expected ckpool's JSON (with \"btcd\"), miningcore's (with \"pools\") or public-pool's .env (with BITCOIN_RPC_URL)", ErrFormat)
		}
	}
	w := &writer{}
	w.line("# Made from %s of %s. Read it before you use it: what follows", oneLine(name), format)
	w.line("# after \"look\" is a guess or has changed its meaning, and what could not be")
	w.line("# carried over stands at the end. Then: motherlode check --nodes FILE")
	w.line("")
	switch format {
	case CKPool:
		err = fromCKPool(src, w, o)
	case Miningcore:
		err = fromMiningcore(src, w, o)
	case PublicPool:
		err = fromPublicPool(src, w, o)
	default:
		err = fmt.Errorf("%w: %q; expected one of %v", ErrFormat, format, Formats())
	}
	if err != nil {
		return nil, err
	}
	src.leaveRest()
	sort.SliceStable(src.left, func(i, j int) bool { return src.left[i].Key < src.left[j].Key })
	if len(src.left) > 0 {
		w.line("")
		w.line("# ---- not carried over --------------------------------------------------------")
		for _, n := range src.left {
			w.line("# %s", oneLine(n.String()))
		}
	}
	return &Result{Format: format, TOML: w.text.String(), Carried: src.carried, Left: src.left}, nil
}

// oneLine keeps what comes from the source from ending a comment.
func oneLine(s string) string {
	return strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f || r == 0xfffd {
			return ' '
		}
		return r
	}, s)
}
