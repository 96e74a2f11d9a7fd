package payout

import (
	"encoding/hex"
	"errors"
	"net/http"

	"github.com/motherlode-pool/motherlode/engine/ledger"
)

// evidence adds what an audit compares the share log with: GET /holdings?chain=,
// and GET /splits?chain=&hash= with a hash in internal byte order, of which an
// unknown one is null.
func (p *Payer) evidence(mux *http.ServeMux) {
	mux.HandleFunc("GET /holdings", func(w http.ResponseWriter, r *http.Request) {
		rows, err := p.ledger.Holdings(r.FormValue("chain"))
		answer(w, rows, err)
	})
	mux.HandleFunc("GET /splits", func(w http.ResponseWriter, r *http.Request) {
		var hash [32]byte
		if n, err := hex.Decode(hash[:], []byte(r.FormValue("hash"))); err != nil || n != len(hash) || len(r.FormValue("hash")) != 2*len(hash) {
			http.Error(w, "hash: 64 hex digits are needed", http.StatusBadRequest)
			return
		}
		row, err := p.ledger.BlockSplit(r.FormValue("chain"), hash)
		if errors.Is(err, ledger.ErrNotFound) {
			answer(w, nil, nil)
			return
		}
		answer(w, row, err)
	})
}
