package engine

import (
	"encoding/json"
	"errors"
	"math"
	"slices"
	"testing"
	"time"

	"github.com/motherlode-pool/motherlode/coins"
	"github.com/motherlode-pool/motherlode/configs"
	"github.com/motherlode-pool/motherlode/engine/ledger"
	"github.com/motherlode-pool/motherlode/internal/testnode"
)

// paidPool is a pool on a real litecoind whose coinbases pay its three miners.
type paidPool struct {
	t    *testing.T
	node *testnode.Litecoin
	cfg  Config
	rig  *rig

	operator, small string
	miners          []string // small is the last
	turn            int
}

func newPaidPool(t *testing.T) *paidPool {
	p := &paidPool{t: t, node: testnode.MustLitecoind(t)}
	p.call(nil, "createwallet", "miners")
	for range 4 {
		var a string
		if err := p.node.CallWallet(t.Context(), "miners", &a, "getnewaddress"); err != nil {
			t.Fatal(err)
		}
		p.miners = append(p.miners, a)
	}
	p.operator, p.miners = p.miners[0], p.miners[1:]
	p.small = p.miners[2]

	cfg := testPool("litecoin", p.operator)
	cfg.Reward, cfg.Payout, cfg.FeeBPS, cfg.PPLNSWindow = "pplns", "coinbase", 100, 100
	cfg.Refresh = configs.Duration(100 * time.Millisecond)
	cfg.Coinbase = &configs.Coinbase{Minimum: "3"}
	settings := nodeSettings(p.node.URL, p.node.User, p.node.Password)
	p.cfg = Config{
		DataDir: t.TempDir(),
		Coins:   map[string]CoinConfig{"litecoin": mustCoin(t, "litecoin", "regtest", settings)},
		Pools:   map[string]configs.Pool{"ltc": cfg},
	}
	p.rig = mustRun(t, p.cfg)
	return p
}

func (p *paidPool) call(out any, method string, params ...any) {
	p.t.Helper()
	if err := p.node.Call(p.t.Context(), out, method, params...); err != nil {
		p.t.Fatal(err)
	}
}

// restart stops the pool and starts it again.
func (p *paidPool) restart() {
	p.t.Helper()
	if err := p.rig.stop(); err != nil {
		p.t.Fatal(err)
	}
	p.rig = mustRun(p.t, p.cfg)
}

// shares has a miner send some.
func (p *paidPool) shares(miner string, n int) {
	c := mustClient(p.t, p.rig.addr, "scrypt", miner)
	for range n {
		c.mine(miner)
	}
	c.Close()
}

// block mines one that the chain accepts, by a job that was made of all that came
// before, and compares what the node says of its coinbase with the ledger.
func (p *paidPool) block() (hash coins.Hash, paid map[string]uint64) {
	p.t.Helper()
	pool := p.rig.engine.pools[0]
	end := p.rig.engine.shareLog.End()
	p.rig.until("the plan has all that was mined", func() bool {
		look := pool.direct.now.Load()
		return look != nil && look.outlook.Position >= end
	})
	made := time.Now()
	p.rig.until("a job is made of it", func() bool { j := pool.book.Last(); return j != nil && j.Made.After(made) })
	for hash.IsZero() {
		hash = p.try()
	}
	return hash, p.compare(hash)
}

// try mines a block, the two large miners by turns, and is its hash when the chain
// has it. Nearly every other share is a block here, so that few are sent.
func (p *paidPool) try() (hash coins.Hash) {
	p.t.Helper()
	for drained := false; !drained; { // what the shares before have found
		select {
		case <-p.rig.events:
		default:
			drained = true
		}
	}
	limit := time.After(30 * time.Second)
	for {
		p.turn++
		wait := time.After(2 * time.Second) // one that lost to another of its height stays as it is
		p.shares(p.miners[p.turn%2], 1)
		hash = coins.Hash{}
		for waiting := true; waiting; {
			select {
			case ev := <-p.rig.events:
				if ev.Kind != EventBlock || ev.State != "pending" && ev.Hash != hash {
					continue
				}
				switch ev.State {
				case "accepted":
					return ev.Hash
				case "refused", "orphaned", "lost":
					waiting = false
				}
				hash = ev.Hash
			case <-wait:
				waiting = false
			case <-quick(hash):
				waiting = false
			case <-limit:
				p.t.Fatal("no block is accepted")
			}
		}
	}
}

// quick is up soon where no block was found.
func quick(hash coins.Hash) <-chan time.Time {
	if hash.IsZero() {
		return time.After(100 * time.Millisecond)
	}
	return nil
}

// compare is what the node says that a block pays by address, which is to be what
// the ledger says.
func (p *paidPool) compare(hash coins.Hash) map[string]uint64 {
	p.t.Helper()
	var block struct {
		Tx []struct {
			Vout []struct {
				Value        json.Number
				ScriptPubKey struct{ Addresses []string }
			}
		}
	}
	p.call(&block, "getblock", hash.String(), 2)
	paid := map[string]uint64{}
	for _, o := range block.Tx[0].Vout {
		v, err := o.Value.Float64()
		if err != nil {
			p.t.Fatal(err)
		}
		if len(o.ScriptPubKey.Addresses) == 1 {
			paid[o.ScriptPubKey.Addresses[0]] += uint64(math.Round(v * 1e8))
		}
	}
	l := p.rig.engine.ledger
	if err := l.Sync(p.t.Context(), p.rig.engine.shareLog.End()); err != nil {
		p.t.Fatal(err)
	}
	row, err := l.Block("litecoin", hash)
	if err != nil {
		p.t.Fatal(err)
	}
	c, err := l.Coinbase("litecoin", hash)
	if err != nil {
		p.t.Fatal(err)
	}
	sum, n := c.Operator, 0
	if c.Operator > 0 {
		n++
	}
	if paid[p.operator] != c.Operator {
		p.t.Errorf("block %s pays the operator %d, recorded %d", hash, paid[p.operator], c.Operator)
	}
	for _, part := range c.Parts {
		sum += part.Amount
		n++
		if paid[part.Account] != part.Amount || part.Amount < 3e8 {
			p.t.Errorf("block %s pays %s %d, recorded %d; the minimum is 3 coins", hash, part.Account, paid[part.Account], part.Amount)
		}
	}
	if sum != row.Reward || n != len(paid) {
		p.t.Errorf("block %s pays %d of %d in %d outputs, recorded %d", hash, sum, row.Reward, len(paid), n)
	}
	return paid
}

// carry is what an account is to get besides its part of the next block.
func (p *paidPool) carry(account string) int64 {
	p.t.Helper()
	o, err := p.rig.engine.ledger.Outlook("ltc", "litecoin")
	if err != nil {
		p.t.Fatal(err)
	}
	if i := slices.Index(o.Accounts, account); i >= 0 && i < len(o.Carries) {
		return o.Carries[i]
	}
	return 0
}

// standing is an account's balance, and what the blocks that were not dropped have paid
// it: each, and all together under no hash.
func (p *paidPool) standing(account string) (ledger.Balance, map[coins.Hash]uint64) {
	p.t.Helper()
	l, coinbases := p.rig.engine.ledger, map[coins.Hash]uint64{}
	err := l.Sync(p.t.Context(), p.rig.engine.shareLog.End())
	b, missing := l.Balance("ltc", "litecoin", account)
	rows, unread := l.Blocks(ledger.Filter{Chain: "litecoin"}, 0, 1000)
	if err := errors.Join(err, missing, unread); err != nil {
		p.t.Fatal(err)
	}
	for _, row := range rows {
		if row.State != "received" && row.State != "accepted" && row.State != "mature" {
			continue
		}
		c, err := l.Coinbase("litecoin", row.Hash)
		if err != nil {
			p.t.Fatal(err)
		}
		for _, part := range c.Parts {
			if part.Account == account {
				coinbases[row.Hash] += part.Amount
				coinbases[coins.Hash{}] += part.Amount
			}
		}
	}
	return b, coinbases
}

// TestCoinbasesPayOnRealLitecoind mines with three miners by PPLNS. The blocks pay
// two of them at once and the small one when it has come to the minimum; a restart
// in between forgets nothing, and a block that the chain drops is taken back.
func TestCoinbasesPayOnRealLitecoind(t *testing.T) {
	p := newPaidPool(t)
	_, paid := p.block()
	if p.turn == 1 && (len(paid) != 1 || paid[p.operator] == 0) { // else it took more than the first share
		t.Errorf("the first block, before any share: got %v, want all for the operator", paid)
	}
	for i, n := range []int{20, 15, 1} {
		p.shares(p.miners[i], n)
	}

	carried := int64(0)
	for blocks := 1; ; blocks++ {
		_, paid := p.block()
		if paid[p.miners[0]] == 0 || paid[p.miners[1]] == 0 {
			t.Fatalf("block %d pays %v, want both large miners", blocks, paid)
		}
		if got := paid[p.small]; got > 0 {
			if int64(got) < carried || blocks < 3 {
				t.Errorf("the small miner carried %d and is paid %d by block %d; want all, and not so soon", carried, got, blocks)
			}
			break
		}
		t.Logf("block %d: %v; the small miner carries %d", blocks, paid, p.carry(p.small))
		if now := p.carry(p.small); now <= carried {
			t.Fatalf("the small miner carried %d, and %d after block %d", carried, now, blocks)
		}
		carried = p.carry(p.small)
		if blocks > 12 {
			t.Fatalf("the small miner is never paid; it carries %d", carried)
		}
		if blocks == 2 {
			p.restart()
		}
	}
	if left := p.carry(p.small); left < -1e7 || left > 1e7 {
		t.Errorf("the small miner carries %d after it was paid", left)
	}

	hash, paid := p.block()
	if b, coinbases := p.standing(p.miners[0]); b.Coinbase != coinbases[coins.Hash{}] || coinbases[hash] != paid[p.miners[0]] {
		t.Errorf("balance %+v, its coinbases %v; want %d among them", b, coinbases, paid[p.miners[0]])
	}
	// On a busy machine blocks of late shares may stand on it, which go with it.
	p.call(nil, "invalidateblock", hash.String())
	p.call(nil, "generatetoaddress", 2, testnode.AnyAddress)
	p.rig.until("what dropped blocks have paid is taken back", func() bool {
		b, coinbases := p.standing(p.miners[0])
		_, stands := coinbases[hash]
		return !stands && b.Coinbase == coinbases[coins.Hash{}]
	})
	d := p.rig.engine.pools[0].direct
	p.rig.until("the node has said that the job does not stand on it, and carries are paid again", func() bool {
		d.mu.Lock()
		defer d.mu.Unlock()
		return d.blocks[hash].beside && !d.waits
	})
	_, paid = p.block()
	if paid[p.miners[0]] == 0 {
		t.Errorf("the block after it pays %v, want the miners", paid)
	}
}
