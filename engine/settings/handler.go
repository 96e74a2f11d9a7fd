package settings

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/motherlode-pool/motherlode/engine/binding"
	"github.com/motherlode-pool/motherlode/engine/ledger"
	"github.com/motherlode-pool/motherlode/engine/payout"
)

// What is read of a request.
const (
	maxBody  = 16 << 10
	bodyTime = 10 * time.Second
)

// Path is where Handler answers, below the address of the HTTP server. A / in the
// name of an account is written %2F there.
const Path = "/api/v1/pools/{pool}/accounts/{account}/settings"

// Patterns are what Handler answers, as http.ServeMux writes them.
func Patterns() []string { return []string{"GET " + Path, "GET " + Path + "/message", "POST " + Path} }

// View is what an account has set, for its owner.
type View struct {
	Pool            string      `json:"pool"`
	Account         string      `json:"account"`
	ChangedAt       *time.Time  `json:"changed_at"`       // null: nothing was ever set
	DonationPercent json.Number `json:"donation_percent"` // of its part of each reward
	Chains          []ChainView `json:"chains"`           // the parent first
}

// ChainView is where a chain pays the account.
type ChainView struct {
	Chain   string  `json:"chain"`
	Address *string `json:"address"` // null: none is bound, rewards are kept
	Why     string  `json:"why"`     // why there, or what to do
	Minimum string  `json:"minimum"` // coins
}

// Handler answers GET and POST of Path, and GET of Path/message, from all clients;
// it bounds how often each may ask. Keeper returns nil while there is none yet.
//
//	GET  Path                 View
//	GET  Path/message?pay.CHAIN=ADDRESS&minimum.CHAIN=AMOUNT&donate=PERCENT
//	                          the message to sign, as plain text without a line feed at its end
//	POST Path                 {"message": ..., "signature": ...} -> View
//
// Errors are problems as RFC 9457 has them.
func Handler(keeper func() *Keeper) http.Handler {
	limit := newLimiter()
	mux := http.NewServeMux()
	with := func(answer func(*Keeper, *http.Request) (any, error)) http.HandlerFunc {
		return func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Cache-Control", "no-store")
			k := keeper()
			switch {
			case k == nil:
				fail(w, ErrBusy)
				return
			case !limit.allow(r.RemoteAddr, time.Now()):
				fail(w, ErrTooOften)
				return
			}
			r.Body = http.MaxBytesReader(w, r.Body, maxBody)
			_ = http.NewResponseController(w).SetReadDeadline(time.Now().Add(bodyTime)) // some writers have none
			v, err := answer(k, r)
			switch text, plain := v.(string); {
			case err != nil:
				k.fail(w, err)
			case plain:
				w.Header().Set("Content-Type", "text/plain; charset=utf-8")
				_, _ = io.WriteString(w, text) // the other side has gone, at worst
			default:
				w.Header().Set("Content-Type", "application/json")
				_ = json.NewEncoder(w).Encode(v)
			}
		}
	}
	mux.HandleFunc("GET "+Path, with(func(k *Keeper, r *http.Request) (any, error) {
		set, err := k.Get(r.PathValue("pool"), r.PathValue("account"))
		if err != nil {
			return nil, err
		}
		return k.view(r.Context(), r.PathValue("pool"), r.PathValue("account"), &set), nil
	}))
	mux.HandleFunc("GET "+Path+"/message", with(func(k *Keeper, r *http.Request) (any, error) {
		m, err := wanted(r)
		if err != nil {
			return nil, err
		}
		return k.Propose(r.Context(), m)
	}))
	mux.HandleFunc("POST "+Path, with(post))
	return mux
}

func post(k *Keeper, r *http.Request) (any, error) {
	var in struct {
		Message   string `json:"message"`
		Signature string `json:"signature"`
	}
	if err := json.NewDecoder(r.Body).Decode(&in); err != nil {
		return nil, wrap(binding.ErrMessage, `expected {"message": TEXT, "signature": TEXT} of at most 16 KiB`)
	}
	pool, account := r.PathValue("pool"), r.PathValue("account")
	set, err := k.Sign(r.Context(), pool, account, in.Message, in.Signature)
	if err != nil {
		return nil, err
	}
	return k.view(r.Context(), pool, account, &set), nil
}

// wanted is what a query wants to be set.
func wanted(r *http.Request) (m binding.Message, err error) {
	m = binding.Message{Pool: r.PathValue("pool"), Account: r.PathValue("account"), Pay: map[string]string{}, Minimum: map[string]string{}}
	for name, values := range r.URL.Query() {
		value := strings.TrimSpace(values[0])
		if chain, ok := strings.CutPrefix(name, "pay."); ok {
			m.Pay[chain] = value
		} else if chain, ok := strings.CutPrefix(name, "minimum."); ok {
			m.Minimum[chain] = value
		} else if name == "donate" {
			bps, err := binding.ParsePercent(value)
			if err != nil {
				return m, wrap(binding.ErrMessage, "donate: "+err.Error())
			}
			m.Donate = &bps
		} else {
			return m, wrap(binding.ErrMessage, strconv.Quote(name)+" is unknown; expected pay.CHAIN, minimum.CHAIN and donate")
		}
	}
	return m, nil
}

func wrap(kind error, text string) error { return &worded{kind, text} }

type worded struct {
	kind error
	text string
}

func (e *worded) Error() string { return e.kind.Error() + ": " + e.text }
func (e *worded) Unwrap() error { return e.kind }

// fail answers with an error. What is nobody's but the operator's is logged.
func (k *Keeper) fail(w http.ResponseWriter, err error) {
	if !fail(w, err) {
		k.o.Logger.Error("settings of an account could not be looked up or changed", "error", err)
	}
}

// fail answers with a problem, and reports whether its text may be read by the
// person who asked.
func fail(w http.ResponseWriter, err error) bool {
	p := struct {
		Type   string `json:"type"`
		Title  string `json:"title"`
		Status int    `json:"status"`
		Detail string `json:"detail"`
	}{"urn:motherlode:problem:internal", "Fault of the pool", http.StatusInternalServerError, "the operator's log says more"}
	known := false
	for _, one := range problems {
		if errors.Is(err, one.kind) {
			p.Type, p.Title, p.Status, p.Detail, known = "urn:motherlode:problem:"+one.word, one.title, one.status, err.Error(), true
			break
		}
	}
	if p.Status == http.StatusTooManyRequests || p.Status == http.StatusServiceUnavailable {
		w.Header().Set("Retry-After", "60")
	}
	w.Header().Set("Content-Type", "application/problem+json")
	w.WriteHeader(p.Status)
	_ = json.NewEncoder(w).Encode(p) // the other side has gone, at worst
	return known
}

// view is settings for their owner.
func (k *Keeper) view(ctx context.Context, pool, account string, set *ledger.Settings) View {
	v := View{Pool: pool, Account: account, DonationPercent: json.Number(binding.Percent(int(set.Donation)))}
	if set.Changed > 0 {
		at := time.UnixMilli(set.Changed).UTC()
		v.ChangedAt = &at
	}
	p, _ := k.pool(pool)
	for _, chain := range append([]string{p.Parent}, p.Aux...) {
		v.Chains = append(v.Chains, k.chainView(ctx, &p, account, chain, set))
	}
	return v
}

func (k *Keeper) chainView(ctx context.Context, p *Pool, account, chain string, set *ledger.Settings) ChainView {
	address, why := payout.AddressOf(account, chain, set)
	v := ChainView{Chain: chain, Address: &address, Why: why, Minimum: string(p.Minimum[chain])}
	coin, ok := k.coin(chain)
	if !ok {
		return v
	}
	if info, ok := coin.Info(); ok {
		least, err := p.Minimum[chain].Units(info.Decimals)
		if err == nil {
			v.Minimum = payout.Text(max(least, set.Minimum[chain]), info.Decimals)
		}
	}
	if why == payout.Itself && chain != p.Parent {
		if got, err := coin.ValidateAddress(ctx, address); err == nil && !got.Valid {
			v.Address, v.Why = nil, "no address is bound: what is earned is kept until one is"
		}
	}
	return v
}
