package settings

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/motherlode-pool/motherlode/engine/ledger"
	"github.com/motherlode-pool/motherlode/engine/sharelog"
)

// The operator sees and sets without a signature, by the words of owners, and what it
// sets is a record of its own in the log.
func TestTheOperatorSets(t *testing.T) {
	o := mustOffice(t)
	keeper := func() *Keeper { return o.keeper }
	h := OperatorHandler(keeper, func() []string { return []string{"p"} })
	ask := func(method, target, body string) (int, string) {
		w := httptest.NewRecorder()
		h.ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), method, target, strings.NewReader(body)))
		return w.Code, strings.TrimSpace(w.Body.String())
	}
	for _, c := range []struct{ name, body, want string }{
		{"nothing", `{"account":"l1"}`, "there is nothing to set"},
		{"who never mined", `{"account":"l9","donate":1}`, `"l9" has not mined in pool p yet`},
		{"another pool", `{"pool":"q","account":"l1","donate":1}`, `no such pool: "q"`},
		{"a chain that is not there", `{"account":"l1","pay":{"bitcoin":"b1"}}`, `does not mine "bitcoin"`},
		{"a wrong address", `{"account":"l1","pay":{"dogecoin":"x1"}}`, "no address of dogecoin"},
		{"the parent's address", `{"account":"l1","pay":{"litecoin":"l2"}}`, "the account's own address"},
		{"an address of the name", `{"account":"l1/dogecoin:d9","pay":{"dogecoin":"d1"}}`, "the account's name says already"},
		{"less than the pool's minimum", `{"account":"l1","minimum":{"dogecoin":"0.5"}}`, "can ask for more, not for less"},
		{"more than all", `{"account":"l1","donate":10001}`, "0 to 100 percent"},
		{"less than nothing", `{"account":"l1","donate":-1}`, "0 to 100 percent"},
		{"a word of another version", `{"account":"l1","donat":1}`, "unknown field"},
	} {
		if code, got := ask(http.MethodPost, "/settings", c.body); code != http.StatusConflict || !strings.Contains(got, c.want) {
			t.Errorf("%s: got %d %s, want %q", c.name, code, got, c.want)
		}
	}
	if code, got := ask(http.MethodGet, "/settings?account=l9", ""); code != http.StatusConflict || !strings.Contains(got, "has not mined") {
		t.Errorf("settings of nobody: got %d %s", code, got)
	}

	code, got := ask(http.MethodPost, "/settings", `{"account":"l1","pay":{"dogecoin":"D1"},"minimum":{"dogecoin":"2"},"donate":150}`)
	var v View
	if err := json.Unmarshal([]byte(got), &v); err != nil || code != http.StatusOK || v.DonationPercent != "1.5" || *v.Chains[1].Address != "d1" ||
		v.Chains[1].Minimum != "2.00" || v.Chains[1].Why != "set by the operator" {
		t.Errorf("set: got %d %s, %v", code, got, err)
	}
	var all []View
	if _, got := ask(http.MethodGet, "/settings?account=l1", ""); json.Unmarshal([]byte(got), &all) != nil || len(all) != 1 || *all[0].Chains[1].Address != "d1" {
		t.Errorf("seen: got %s", got)
	}
	records := o.records()
	if len(records) != 1 || records[0].By != ledger.ByOperator || records[0].Account != "l1" || len(records[0].Set) != 3 || records[0].Signature != "" {
		t.Errorf("in the log: got %+v", records)
	}
	if code, got := ask(http.MethodPost, "/settings", `{"account":"l1","pay":{"dogecoin":""},"minimum":{"dogecoin":""},"donate":0}`); code != http.StatusOK || strings.Contains(got, "d1") {
		t.Errorf("taken back: got %d %s", code, got)
	}

	// Where several pools know the account, one must be named.
	o.keeper.pool = func(string) (Pool, bool) { return Pool{Parent: "litecoin"}, true }
	h = OperatorHandler(keeper, func() []string { return []string{"p", "q", "r"} })
	var b sharelog.Batch
	b.Share(&sharelog.Share{Pool: "q", Account: "l1", Difficulty: 1})
	if err := o.log.Append(&b); err != nil {
		t.Fatal(err)
	}
	if err := o.ledger.Sync(t.Context(), o.log.End()); err != nil {
		t.Fatal(err)
	}
	if _, got := ask(http.MethodPost, "/settings", `{"account":"l1","donate":1}`); !strings.Contains(got, "more than one pool") {
		t.Errorf("of two pools: got %s", got)
	}
	if code, got := ask(http.MethodPost, "/settings", `{"pool":"q","account":"l1","donate":1}`); code != http.StatusOK || !strings.Contains(got, `"pool":"q"`) {
		t.Errorf("of two pools, one named: got %d %s", code, got)
	}
	if _, got := ask(http.MethodGet, "/settings?account=l9", ""); !strings.Contains(got, "no pool knows l9") {
		t.Errorf("of none of them: got %s", got)
	}

	h = OperatorHandler(func() *Keeper { return nil }, nil)
	if code, got := ask(http.MethodGet, "/settings?account=l1", ""); code != http.StatusConflict || got != ErrBusy.Error() {
		t.Errorf("of a pool that starts: got %d %s", code, got)
	}
}

// records are the settings in the log.
func (o *office) records() (all []sharelog.Settings) {
	o.t.Helper()
	r := o.log.Read(o.log.Start())
	defer r.Close()
	for {
		rec, _, err := r.Next()
		if err != nil {
			return all
		}
		if rec.Kind == sharelog.KindSettings {
			all = append(all, *rec.Settings)
		}
	}
}
