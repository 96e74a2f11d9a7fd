package engine

import (
	"fmt"
	"testing"
	"time"

	"github.com/motherlode-pool/motherlode/configs"
	"github.com/motherlode-pool/motherlode/internal/testminer"
	"github.com/motherlode-pool/motherlode/internal/testnode"
)

// TestWorkersAreThoseThatWork logs in with many names and mines with one.
func TestWorkersAreThoseThatWork(t *testing.T) {
	parent := mustParent(t)
	r := mustRun(t, Config{
		DataDir: t.TempDir(),
		Coins:   map[string]CoinConfig{"parent": parent},
		Pools:   map[string]configs.Pool{"btc": testPool("parent", testnode.AnyAddress)},
	})
	c, err := testminer.Connect(r.addr, "sha256d", "zz.real")
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	for i := range 10 {
		if reply, err := c.Call("mining.authorize", fmt.Sprintf("0name.%d", i), "x"); err != nil || !reply.OK() {
			t.Fatalf("login %d: %v, %v", i, reply, err)
		}
	}
	if all, leftOut := r.engine.Workers(); len(all) != 0 || leftOut != 0 {
		t.Errorf("nobody has mined: %+v, %d left out", all, leftOut)
	}
	s, err := c.Solve("zz.real")
	if err != nil {
		t.Fatal(err)
	}
	if reply, err := c.Call("mining.submit", s.Params...); err != nil || !reply.OK() {
		t.Fatalf("share: %v, %v", reply, err)
	}
	for end := time.Now().Add(20 * time.Second); ; time.Sleep(time.Millisecond) { // the ledger follows
		all, _ := r.engine.Workers()
		if len(all) == 1 && all[0].Account == "zz" && all[0].Name == "real" && all[0].Accepted == 1 {
			return
		}
		if time.Now().After(end) {
			t.Fatalf("workers %+v", all)
		}
	}
}

// TestMostWorkIsNamed has more names than series: those that cost nothing are left out.
func TestMostWorkIsNamed(t *testing.T) {
	late := []lateWorker{
		{pool: "p", account: "zz", name: "real", work: 11},
		{pool: "p", account: "mm", name: "rig", work: 5},
	}
	for i := range 50 {
		late = append(late, lateWorker{pool: "p", account: "0atk", name: fmt.Sprint(i), work: 0.001})
	}
	named, leftOut := mostWork(late, 3)
	if len(named) != 3 || leftOut != 49 || named[0].account != "0atk" || named[1].account != "mm" || named[1].work != 5 || named[2].account != "zz" {
		t.Errorf("named %+v, %d left out", named, leftOut)
	}
	if named, leftOut = mostWork(late[:2], 3); len(named) != 2 || leftOut != 0 {
		t.Errorf("named %+v, %d left out", named, leftOut)
	}
}
