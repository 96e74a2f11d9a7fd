package settings

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"

	"github.com/motherlode-pool/motherlode/engine/binding"
	"github.com/motherlode-pool/motherlode/engine/ledger"
)

// Order is what the operator sets for an account. The words are those of
// binding.Message.
type Order struct {
	Pool    string            `json:"pool"` // empty: the only one that knows the account
	Account string            `json:"account"`
	Pay     map[string]string `json:"pay,omitempty"`     // address by chain; empty: nobody any more
	Minimum map[string]string `json:"minimum,omitempty"` // coins by chain, as text; empty: none any more
	Donate  *int              `json:"donate,omitempty"`  // hundredths of a percent
}

// OperatorHandler answers the operator, who needs no signature: it must not be
// reached by anybody else. Keeper returns nil while there is none yet, pools are the
// names of all.
//
//	GET  /settings?account=&pool=   []View, one for each pool that knows the account
//	POST /settings                  Order -> View, as it is then
//
// Errors are one line of plain text. An account that never mined is refused: its
// name was misspelled.
func OperatorHandler(keeper func() *Keeper, pools func() []string) http.Handler {
	mux := http.NewServeMux()
	handle := func(pattern string, do func(*Keeper, *http.Request) (any, error)) {
		mux.HandleFunc(pattern, func(w http.ResponseWriter, r *http.Request) {
			var v any
			err := error(ErrBusy)
			if k := keeper(); k != nil {
				v, err = do(k, r)
			}
			if err != nil {
				http.Error(w, err.Error(), http.StatusConflict)
				return
			}
			w.Header().Set("Content-Type", "application/json")
			_ = json.NewEncoder(w).Encode(v) // the other side has gone, at worst
		})
	}
	handle("GET /settings", func(k *Keeper, r *http.Request) (any, error) {
		return k.views(r.Context(), pools(), r.FormValue("pool"), r.FormValue("account"))
	})
	handle("POST /settings", func(k *Keeper, r *http.Request) (any, error) {
		dec := json.NewDecoder(http.MaxBytesReader(nil, r.Body, maxBody))
		dec.DisallowUnknownFields()
		var o Order
		if err := dec.Decode(&o); err != nil {
			return nil, wrap(binding.ErrMessage, err.Error())
		}
		return k.obey(r.Context(), pools(), &o)
	})
	return mux
}

// views are the settings of an account in the pool that is named, or in all that know
// it.
func (k *Keeper) views(ctx context.Context, pools []string, pool, account string) ([]View, error) {
	if pool != "" {
		pools = []string{pool}
	}
	var all []View
	var unknown error
	for _, name := range pools {
		set, err := k.Get(name, account)
		switch {
		case errors.Is(err, ErrNoAccount):
			unknown = err
		case err != nil:
			return nil, err
		default:
			all = append(all, k.view(ctx, name, account, &set))
		}
	}
	if len(all) > 0 {
		return all, nil
	}
	if len(pools) != 1 {
		unknown = wrap(ErrNoAccount, "no pool knows "+account+"; the name must be spelled as the pool shows it")
	}
	return nil, unknown
}

// obey sets what the operator wants.
func (k *Keeper) obey(ctx context.Context, pools []string, o *Order) (View, error) {
	known, err := k.views(ctx, pools, o.Pool, o.Account)
	if err != nil {
		return View{}, err
	}
	if len(known) > 1 {
		return View{}, wrap(ErrRefused, "more than one pool knows this account: say which")
	}
	pool := known[0].Pool
	var set ledger.Settings
	if set, err = k.Set(ctx, binding.Message{Pool: pool, Account: o.Account, Pay: o.Pay, Minimum: o.Minimum, Donate: o.Donate}); err != nil {
		return View{}, err
	}
	return k.view(ctx, pool, o.Account, &set), nil
}
