package simchain

import (
	"strings"
	"testing"
	"time"
)

// elastosAddress is one of the real chain's documentation.
const elastosAddress = "Ef4UcaHwvFrFzzsyVf5YH4JBWgYgUqfTAB"

func TestElastosHasCallsOfItsOwn(t *testing.T) {
	clock := newTestClock()
	n := start(t, Config{ChainID: 1224, Dialect: Elastos, Clock: clock.now})
	n.Jump(3)
	tip := wireText(n.Tip())
	if got := want[string](t, n, "getbestblockhash"); got != tip || got == n.Tip().String() {
		t.Errorf("tip: got %s, want %s", got, tip)
	}
	if got := want[int](t, n, "getblockcount"); got != 4 {
		t.Errorf("count: got %d, want 4", got)
	}
	if got := want[string](t, n, "getblockhash", 3); got != tip {
		t.Errorf("hash at 3: got %s, want %s", got, tip)
	}
	for _, method := range []string{"getblocktemplate", "submitblock", "getblockheader", "getblockchaininfo", "getnetworkinfo", "getauxblock"} {
		wantFault(t, n, codeMethod, method)
	}

	w := want[auxWork](t, n, "createauxblock", elastosAddress)
	if w.ChainID != 1224 || w.Height != 3 || w.Previous != n.Tip().String() || w.Bits != "207fffff" || w.TargetUnder+w.TargetBare != "" {
		t.Errorf("work: got %+v", w)
	}
	// By name, and for whichever address, for five seconds.
	_, raw, err := post(t, t.Context(), n, "", "", `{"method":"createauxblock","params":{"paytoaddress":"8VYXVxKKSAxkmRrfmGpQR2Kc66XhG6m3ta"},"id":"x"}`)
	if err != nil || !strings.Contains(string(raw), w.Hash) || !strings.Contains(string(raw), `"jsonrpc":"2.0"`) {
		t.Errorf("by name: got %s, %v", raw, err)
	}
	clock.step(6 * time.Second)
	later := want[auxWork](t, n, "createauxblock", elastosAddress)
	if later.Hash == w.Hash || later.Previous != w.Previous {
		t.Errorf("six seconds later: got %+v after %+v", later, w)
	}

	// The older block is still taken, once.
	good := proofFor(t, n, mustHash(t, w.Hash), easiestBits)
	wantFault(t, n, elastosInternal, "submitauxblock", w.Hash, good[:40])
	wantFault(t, n, elastosInternal, "submitauxblock", wireText(mustHash(t, w.Hash)), good)
	wantFault(t, n, elastosParams, "submitauxblock", w.Hash)
	wantFault(t, n, elastosParams, "createauxblock")
	wantFault(t, n, elastosInternal, "createauxblock", testAddress)
	if !want[bool](t, n, "submitauxblock", w.Hash, good) || n.Height() != 4 {
		t.Fatalf("good proof: got %+v", last(t, n))
	}
	wantFault(t, n, elastosInternal, "submitauxblock", w.Hash, good)

	block := want[map[string]any](t, n, "getblock", wireText(mustHash(t, w.Hash)), 1)
	if block["height"] != 4.0 || block["confirmations"] != 1.0 || block["previousblockhash"] != tip {
		t.Errorf("block: got %v", block)
	}
	wantFault(t, n, elastosUnknown, "getblock", w.Hash, 1)
	n.Behind(100)
	state := want[struct {
		Height    int
		Neighbors []struct{ LastBlock int }
	}](t, n, "getnodestate")
	if state.Height != 4 || len(state.Neighbors) != peersReported || state.Neighbors[0].LastBlock != 104 {
		t.Errorf("state: got %+v", state)
	}
}
