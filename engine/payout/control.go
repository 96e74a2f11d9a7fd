package payout

import (
	"context"
	"encoding/json"
	"net/http"
	"strconv"

	"github.com/motherlode-pool/motherlode/engine/ledger"
)

// Outcome is what a round of one plan came to.
type Outcome struct {
	Pool, Chain string
	Error       string // empty: all that is due was paid, but for who is skipped
	Payments    []ledger.Payment
	Skipped     []Skipped // whom the node refuses to pay
	Decimals    uint8
}

// maxOrder is of the body of a request: a transaction of a megabyte, as text.
const maxOrder = 2 << 20

// Handler answers GET /payments?before=N (the newest 1000 below a number), GET
// /proposals and POST /rounds, these two for all plans or those of ?pool=, POST
// /records: RecordOrder -> Recording, and POST /settlements: SettleOrder -> Settlement.
func (p *Payer) Handler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /payments", func(w http.ResponseWriter, r *http.Request) {
		before, _ := strconv.ParseUint(r.FormValue("before"), 10, 64)
		rows, err := p.ledger.Payments(ledger.PaymentFilter{Pool: r.FormValue("pool")}, before, page)
		answer(w, rows, err)
	})
	mux.HandleFunc("GET /proposals", func(w http.ResponseWriter, r *http.Request) {
		var all []Proposal
		for _, plan := range p.plansOf(r.FormValue("pool")) {
			out, err := p.Propose(r.Context(), plan)
			if err != nil {
				out.Pool, out.Chain, out.Problem = plan.Pool, plan.Chain, err.Error()
			}
			all = append(all, out)
		}
		answer(w, all, nil)
	})
	mux.HandleFunc("POST /rounds", func(w http.ResponseWriter, r *http.Request) {
		var all []Outcome
		for _, plan := range p.plansOf(r.FormValue("pool")) {
			all = append(all, p.outcome(r.Context(), plan))
		}
		answer(w, all, nil)
	})
	mux.HandleFunc("POST /records", func(w http.ResponseWriter, r *http.Request) {
		var o RecordOrder
		if !readOrder(w, r, &o) {
			return
		}
		out, err := p.Record(r.Context(), o)
		if err != nil {
			out.Problem = err.Error()
		}
		answer(w, out, nil)
	})
	mux.HandleFunc("POST /settlements", func(w http.ResponseWriter, r *http.Request) {
		var o SettleOrder
		if !readOrder(w, r, &o) {
			return
		}
		out, err := p.Settle(r.Context(), o)
		if err != nil {
			out.Problem = err.Error()
		}
		answer(w, out, nil)
	})
	p.evidence(mux)
	return mux
}

// readOrder reads the body of a request into o, or answers why it cannot.
func readOrder(w http.ResponseWriter, r *http.Request, o any) bool {
	dec := json.NewDecoder(http.MaxBytesReader(w, r.Body, maxOrder))
	dec.DisallowUnknownFields()
	if err := dec.Decode(o); err != nil {
		http.Error(w, "the request cannot be read: "+err.Error(), http.StatusBadRequest)
		return false
	}
	return true
}

func (p *Payer) plansOf(pool string) (plans []Plan) {
	for _, plan := range p.Plans() {
		if pool == "" || plan.Pool == pool {
			plans = append(plans, plan)
		}
	}
	return plans
}

// outcome makes a round and lists the payments that it made.
func (p *Payer) outcome(ctx context.Context, plan Plan) Outcome {
	out := Outcome{Pool: plan.Pool, Chain: plan.Chain}
	filter := ledger.PaymentFilter{Pool: plan.Pool, Chain: plan.Chain}
	last := uint64(0)
	rows, err := p.ledger.Payments(filter, 0, 1)
	if len(rows) > 0 {
		last = rows[0].ID
	}
	if err == nil {
		out.Skipped, err = p.roundNow(ctx, plan)
	}
	if _, info, unknown := p.walletOf(plan.Chain); unknown == nil {
		out.Decimals = info.Decimals
	}
	if err != nil {
		out.Error = err.Error()
	}
	rows, err = p.ledger.Payments(filter, 0, page)
	for _, row := range rows {
		if row.ID > last {
			out.Payments = append(out.Payments, row)
		}
	}
	if err != nil && out.Error == "" {
		out.Error = err.Error()
	}
	return out
}

func answer(w http.ResponseWriter, v any, err error) {
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(v) // the other side has gone, at worst
}
