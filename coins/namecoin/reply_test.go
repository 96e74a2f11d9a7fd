package namecoin

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/motherlode-pool/motherlode/coins"
	"github.com/motherlode-pool/motherlode/internal/simchain"
)

const goodReply = `{"hash":"f572c0dbb41ed277fbacffd0b43353f54c4fffb40b2a1affc01b293ae3a057c8","chainid":1,
"previousblockhash":"09e2c9ab7c0c889228727033fb27ce336e79459a0199bbf32e1df236b067bb88","coinbasevalue":2500000000,
"bits":"207fffff","height":152,"_target":"0000000000000000000000000000000000000000000000000000000000ffff7f"}`

func TestRepliesOfRealNodes(t *testing.T) {
	text, err := os.ReadFile("testdata/aux-replies.json")
	if err != nil {
		t.Fatal(err)
	}
	var recorded []struct{ Node, What, Body string }
	if err := json.Unmarshal(text, &recorded); err != nil {
		t.Fatal(err)
	}
	want := map[string]struct {
		id     uint32
		height uint64
		reward uint64
	}{"Namecoin Core 31.99": {1, 152, 2500000000}, "Pepecoin Core 1.1.0": {63, 44, 50000000000000}}
	seen := 0
	for _, e := range recorded {
		if e.What != "aux block" {
			continue
		}
		seen++
		var reply struct{ Result auxReply }
		if err := json.Unmarshal([]byte(e.Body), &reply); err != nil {
			t.Fatal(err)
		}
		w, err := reply.Result.work()
		if err != nil {
			t.Fatalf("%s: %v", e.Node, err)
		}
		x := want[e.Node]
		if w.Slot.ChainID != x.id || w.Height != x.height || w.Reward != x.reward || w.Bits != 0x207fffff || w.Target != [32]byte{0x7f, 0xff, 0xff} {
			t.Errorf("%s: got %+v, want %+v", e.Node, w, x)
		}
	}
	if seen != 2 {
		t.Errorf("got %d recorded aux blocks, want 2", seen)
	}
}

func TestBadRepliesAreRefused(t *testing.T) {
	tests := []struct {
		name, old, new string
		want           error
	}{
		{"good", "", "", nil},
		{"target, as of the Dogecoin family", `"_target"`, `"target"`, nil},
		{"both, and they differ", `"height":152`, `"height":152,"target":"0000000000000000000000000000000000000000000000000000000000ffff00"`, ErrTarget},
		{"no target at all", `"_target"`, `"other"`, nil},
		{"target in the other order", `0000000000000000000000000000000000000000000000000000000000ffff7f`, `7fffff0000000000000000000000000000000000000000000000000000000000`, ErrTarget},
		{"easier target", `ffff7f"`, `ffffff"`, ErrTarget},
		{"target cut", `ffff7f"`, `ffff"`, ErrReply},
		{"bits no hex", `207fffff`, `x`, ErrReply},
		{"bits zero", `207fffff`, `00000000`, ErrReply},
		{"no chain id", `"chainid":1,`, ``, ErrReply},
		{"no previous hash", `"previousblockhash"`, `"p"`, ErrReply},
		{"hash short", `f572`, ``, ErrReply},
		{"height 0", `152`, `0`, ErrReply},
		{"negative value", `2500000000`, `-1`, ErrReply},
		{"an output of the parent's", `"height":152`, `"height":152,"coinbasescript":"6a0100"`, nil},
		{"an output that is no hex", `"height":152`, `"height":152,"coinbasescript":"6a0"`, ErrReply},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var r auxReply
			if err := json.Unmarshal([]byte(strings.Replace(goodReply, tt.old, tt.new, 1)), &r); err != nil {
				t.Fatal(err)
			}
			_, err := r.work()
			wantErr(t, err, tt.want)
		})
	}
}

func TestParentThatAReplyIsBoundTo(t *testing.T) {
	one, two := coins.Hash{1}, coins.Hash{2}
	for _, tt := range []struct {
		name, field string
		told, want  coins.Hash
		err         error
	}{
		{"none", "", one, coins.Hash{}, nil},
		{"as told", one.String(), one, one, nil},
		{"the node's own", two.String(), coins.Hash{}, two, nil},
		{"another", two.String(), one, coins.Hash{}, ErrReply},
		{"zero", coins.Hash{}.String(), coins.Hash{}, coins.Hash{}, ErrReply},
		{"no hash", "x", one, coins.Hash{}, ErrReply},
	} {
		t.Run(tt.name, func(t *testing.T) {
			r := auxReply{ParentPrev: tt.field}
			got, err := r.parent(tt.told)
			wantErr(t, err, tt.err)
			if got != tt.want {
				t.Errorf("got %s, want %s", got, tt.want)
			}
		})
	}
}

// mustRewrite stands before a node and rewrites its replies.
func mustRewrite(t testing.TB, n *simchain.Node, rewrite func(method, reply string) string) string {
	t.Helper()
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		var q struct{ Method string }
		json.Unmarshal(body, &q)
		req, _ := http.NewRequestWithContext(r.Context(), http.MethodPost, n.URL(), strings.NewReader(string(body)))
		req.SetBasicAuth("u", "p")
		resp, err := http.DefaultClient.Do(req)
		if err != nil {
			w.WriteHeader(http.StatusServiceUnavailable)
			return
		}
		defer resp.Body.Close()
		reply, _ := io.ReadAll(resp.Body)
		w.WriteHeader(resp.StatusCode)
		io.WriteString(w, rewrite(q.Method, string(reply)))
	}))
	t.Cleanup(srv.Close)
	return srv.URL
}

func TestLyingTargetAndSyncingNode(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, old, new string
		want           error
		calls          bool // createauxblock may be called
	}{
		{"lying target", `"bits":"207fffff"`, `"bits":"1f7fffff"`, ErrTarget, true},
		{"initial download", `"initialblockdownload":false`, `"initialblockdownload":true`, ErrSyncing, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			n := mustNode(t, simchain.Config{ChainID: 1})
			url := mustRewrite(t, n, func(_, reply string) string { return strings.ReplaceAll(reply, tt.old, tt.new) })
			c := mustOpen(t, nil, set("mode", modeCreate), set("nodes", []any{map[string]any{"url": url, "user": "u", "password": "p"}}))
			began := time.Now()
			err := mustStream(t, c).err(t)
			wantErr(t, err, tt.want)
			if tt.calls != (n.Calls("createauxblock") > 0) || time.Since(began) > soon {
				t.Errorf("createauxblock: got %d calls after %s", n.Calls("createauxblock"), time.Since(began))
			}
		})
	}
}
