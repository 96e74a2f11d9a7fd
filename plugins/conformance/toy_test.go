package conformance

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"errors"
	"net"
	"net/url"
	"os"
	"runtime"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/motherlode-pool/motherlode/algos"
	"github.com/motherlode-pool/motherlode/coins"
)

// toy is a driver of a coin with every role and no node: a parent chain and an
// aux chain in memory, by an algorithm that the engine does not have. It keeps
// every rule, but for the faults that it is told to have.
type toy struct {
	faults []string
	roles  []coins.Role

	mu        sync.Mutex
	described int
	opened    int
	parent    toyChain
	aux       toyChain
	ids       uint64
	prepared  uint64
	mempool   []string // ids of payments
}

// toyChain is a chain of hashes.
type toyChain struct {
	blocks  []coins.Hash
	changed chan struct{}
}

const (
	toyBits = 0x207fffff
	toyNode = "http://127.0.0.1:1/" // in the settings; nobody is asked there
)

func newToy(faults ...string) *toy {
	d := &toy{faults: faults, roles: slices.Clone(roles)}
	d.parent = toyChain{blocks: []coins.Hash{{1}}, changed: make(chan struct{})}
	d.aux = toyChain{blocks: []coins.Hash{{2}}, changed: make(chan struct{})}
	return d
}

func (d *toy) has(fault string) bool { return slices.Contains(d.faults, fault) }

func (d *toy) Describe() coins.Info {
	d.mu.Lock()
	d.described++
	n := d.described
	d.mu.Unlock()
	info := coins.Info{
		Driver: "toy", Version: "1", Summary: "a coin for tests", Roles: slices.Clone(d.roles), Coin: d.coinInfo("main"),
		Networks: []string{"main", "regtest"},
		Schema:   []byte(`{"type":"object","additionalProperties":false,"properties":{"node":{"type":"string","default":"x"}}}`),
	}
	switch {
	case d.has("no version"):
		info.Version = ""
	case d.has("describe counts"):
		info.Version = strings.Repeat("i", n)
	case d.has("schema of a list"):
		info.Schema = []byte(`{"type":"array"}`)
	case d.has("broken schema"):
		info.Schema = []byte(`{"type":"object","properties":{"node":{"type":"sting"}}}`)
	case d.has("schema of another file"):
		info.Schema = []byte(`{"type":"object","properties":{"node":{"$ref":"node.json"}}}`)
	case d.has("schema of a number"):
		info.Schema = []byte(`{"type":"object","properties":{"node":{"type":"integer"}}}`)
	case d.has("schema of more"):
		info.Schema = []byte(`{"type":"object","required":["node"],"properties":{"node":{"type":"string"}}}`)
	case d.has("required and unknown"):
		info.Schema = []byte(`{"type":"object","required":["ghost"]}`)
	}
	return info
}

func (d *toy) coinInfo(network string) coins.CoinInfo {
	info := coins.CoinInfo{
		Symbol: "TOY", Name: "Toy", Network: network, Algorithm: "toyhash", DifficultyOne: algos.DiffOneSHA3x,
		BlockTime: time.Minute, Maturity: 10, Decimals: 8, ChainID: 7, HasChainID: true, ExampleAddress: toyAddress("example"),
	}
	if d.has("no example") {
		info.ExampleAddress = ""
	}
	return info
}

func (d *toy) Open(ctx context.Context, s coins.Settings) (coins.Coin, error) {
	var problems coins.Problems
	set := map[string]any{}
	if len(s.JSON) > 0 {
		if err := json.Unmarshal(s.JSON, &set); err != nil {
			problems.Addf("", "%v", err)
		}
	}
	for key := range set {
		switch {
		case key == "node" || d.has("takes any key"):
		case d.has("unnamed key"):
			problems.Addf("", "there is a key that is not known")
		default:
			problems.Addf(key, "unknown key")
		}
	}
	if s.Network == "" {
		s.Network = "main"
	}
	if s.Network != "main" && s.Network != "regtest" && !d.has("takes any network") {
		problems.Addf("network", "not known")
	}
	if err := problems.Err(); err != nil {
		if d.has("plain error") {
			return nil, errors.New("wrong settings")
		}
		return nil, err
	}
	d.mu.Lock()
	d.opened++
	n := d.opened
	d.mu.Unlock()
	switch {
	case d.has("does not open"):
		return nil, errors.New("no")
	case d.has("opens once") && n > 9:
		return nil, errors.New("it was opened already")
	case d.has("dials in Open"):
		if u, err := url.Parse(set["node"].(string)); err == nil {
			if c, err := net.Dial("tcp", u.Host); err == nil {
				_, _ = c.Write([]byte("hello"))
				_ = c.SetReadDeadline(time.Now().Add(20 * time.Millisecond))
				_, _ = c.Read(make([]byte, 1))
				_ = c.Close()
			}
		}
	case d.has("hangs in Open") && set["node"] != toyNode:
		select {}
	}
	c := &toyCoin{d: d, info: d.coinInfo(s.Network), closed: make(chan struct{}), slots: make(chan struct{}, 32)}
	switch {
	case d.has("lacks a role"):
		return struct{ coins.Aux }{c}, nil
	case d.has("only parent"):
		return toyParent{c, c}, nil
	case d.has("only aux"):
		return toyAux{c, c}, nil
	}
	return c, nil
}

func toyAddress(name string) string {
	sum := sha256.Sum256([]byte(name))
	return "toy1" + name + hex.EncodeToString(sum[:4])
}

func toySum(d *toy, header []byte) coins.Hash {
	key := "toy"
	if d.has("another hash") {
		key = "yot"
	}
	return sha256.Sum256(append([]byte(key), header...))
}

// toyCoin is an open toy.
type toyCoin struct {
	d      *toy
	info   coins.CoinInfo
	once   sync.Once
	closed chan struct{}
	slots  chan struct{} // the threads of a server that has few

	mu       sync.Mutex
	closes   int
	inFlight int
	kept     []*os.File
	streams  int
}

// Toys with fewer roles; all hash.
type (
	toyParent struct {
		coins.Parent
		hasher
	}
	toyAux struct {
		coins.Aux
		hasher
	}
	hasher interface {
		HashBatch(ctx context.Context, size int, headers, param []byte, out []coins.Hash) error
	}
)

var (
	_ coins.Parent = (*toyCoin)(nil)
	_ coins.Aux    = (*toyCoin)(nil)
	_ coins.Hasher = (*toyCoin)(nil)
	_ coins.Wallet = (*toyCoin)(nil)

	_ coins.MessageVerifier = (*toyCoin)(nil)
)

func (c *toyCoin) Info() coins.CoinInfo { return c.info }

func (c *toyCoin) Close() error {
	if !c.d.has("streams outlive Close") {
		c.once.Do(func() { close(c.closed) })
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.closes++; c.closes > 1 && c.d.has("closes once") {
		panic("closed twice")
	}
	return nil
}

// together reports whether another call is under way, where a fault asks.
func (c *toyCoin) together(fault string) bool {
	if !c.d.has(fault) {
		return false
	}
	c.mu.Lock()
	c.inFlight++
	c.mu.Unlock()
	time.Sleep(5 * time.Millisecond)
	c.mu.Lock()
	defer c.mu.Unlock()
	c.inFlight--
	return c.inFlight > 0
}

// tardy hangs in a call whose context is over or nearly so.
func (c *toyCoin) tardy(ctx context.Context) {
	if end, ok := ctx.Deadline(); c.d.has("heeds no deadline") && (ctx.Err() != nil || ok && time.Until(end) < time.Second) {
		<-c.closed
	}
	if end, ok := ctx.Deadline(); ok && time.Until(end) < time.Second {
		c.litter(func(fault string) bool { return c.d.has("late call " + fault) })
	}
	if !c.d.has("late calls keep their slots") {
		return
	}
	select {
	case c.slots <- struct{}{}:
	case <-c.closed:
	}
	if end, ok := ctx.Deadline(); ok && time.Until(end) < time.Second {
		<-c.closed
	}
	<-c.slots
}

// litter leaves something behind for a stream that was cancelled.
func (c *toyCoin) litter(has func(string) bool) {
	if has("leaks threads") {
		go func() {
			runtime.LockOSThread()
			<-c.closed
		}()
	}
	if has("leaks files") {
		f, _ := os.Open(os.DevNull)
		c.mu.Lock()
		defer c.mu.Unlock()
		c.kept = append(c.kept, f)
	}
}

func (c *toyCoin) ValidateAddress(ctx context.Context, a string) (coins.Payee, error) {
	c.tardy(ctx)
	if c.together("muddled calls") {
		return coins.Payee{Reason: "muddled"}, nil
	}
	bad := func(reason string) (coins.Payee, error) {
		switch {
		case c.d.has("bad address is an error"):
			return coins.Payee{}, errors.New(reason)
		case c.d.has("no reason"):
			reason = ""
		}
		return coins.Payee{Reason: reason}, nil
	}
	rest, ok := strings.CutPrefix(a, "toy1")
	if !ok || len(rest) < 9 {
		return bad("addresses begin with toy1")
	}
	name := rest[:len(rest)-8]
	if toyAddress(name) != a && !c.d.has("no checksum") {
		return bad("checksum")
	}
	p := coins.Payee{Valid: true, Address: a, Script: append([]byte{0x51}, name...)}
	switch {
	case c.d.has("no script"):
		p.Script = nil
	case c.d.has("canonical form wanders"):
		p.Address = toyAddress(name + "x")
	}
	return p, nil
}

func (c *toyCoin) BlockStatus(ctx context.Context, hash coins.Hash, _ uint64) (coins.BlockStatus, error) {
	c.tardy(ctx)
	c.d.mu.Lock()
	defer c.d.mu.Unlock()
	for _, ch := range []*toyChain{&c.d.parent, &c.d.aux} {
		if i := slices.Index(ch.blocks, hash); i >= 0 && !c.d.has("forgets blocks") {
			return coins.BlockStatus{State: coins.BlockBestChain, Confirmations: uint64(len(ch.blocks) - i), Height: uint64(i), Node: "toy"}, nil
		}
	}
	if c.d.has("unknown block is an error") {
		return coins.BlockStatus{}, errors.New("block not found")
	}
	return coins.BlockStatus{State: coins.BlockUnknown, Node: "toy"}, nil
}

func (c *toyCoin) HashBatch(ctx context.Context, size int, headers, _ []byte, out []coins.Hash) error {
	c.tardy(ctx)
	switch {
	case c.d.has("no empty batch") && len(out) == 0:
		return errors.New("empty")
	case c.d.has("small batches") && len(out) > 512:
		return errors.New("too many")
	}
	muddled := c.together("muddled hashes")
	for i := range out {
		out[i] = toySum(c.d, headers[i*size:(i+1)*size])
		if muddled {
			out[i][3] ^= 1
		}
	}
	if c.d.has("reversed batch") {
		slices.Reverse(out)
	}
	return nil
}

// stream sends look's value at once and after each change.
func toyStream[V any](ctx context.Context, c *toyCoin, name string, out chan<- V, look func() (V, <-chan struct{})) error {
	has := func(fault string) bool { return c.d.has(name + " " + fault) }
	if has("is late") {
		<-ctx.Done()
		return ctx.Err()
	}
	if has("keeps its slot") {
		select {
		case c.slots <- struct{}{}:
		default:
			return errors.New("more than 32 streams")
		}
		defer func() { <-c.closed }()
	}
	defer c.litter(has)
	for {
		v, changed := look()
		if has("ends") {
			return nil
		}
		done, sending := ctx.Done(), ctx.Done()
		if has("cannot be cancelled") {
			done, sending = nil, nil
		}
		if has("sends blindly") {
			sending = nil
		}
		select {
		case out <- v:
		case <-sending:
			return ctx.Err()
		case <-c.closed:
			return errors.New("closed")
		}
		if has("closes its channel") {
			close(out)
			<-ctx.Done()
			return ctx.Err()
		}
		if has("tells no change") {
			changed = nil
		}
		select {
		case <-changed:
		case <-done:
			return ctx.Err()
		case <-c.closed:
			return errors.New("closed")
		}
	}
}

func (c *toyCoin) Health(ctx context.Context, out chan<- coins.Health) error {
	c.mu.Lock()
	c.streams++
	odd := c.streams%2 == 1
	c.mu.Unlock()
	return toyStream(ctx, c, "health", out, func() (coins.Health, <-chan struct{}) {
		h := coins.Health{State: coins.HealthReady, Height: 1, Tip: coins.Hash{1}, Nodes: []coins.NodeHealth{{Node: "toy", State: coins.HealthReady}}}
		if c.d.has("health disagrees") && odd {
			h.State = coins.HealthDegraded
		}
		if c.d.has("health state 0") {
			h.State = 0
		}
		return h, nil
	})
}

// nextID is the id of new work; the driver's lock is held. Seen counts within
// the stream.
func (c *toyCoin) nextID(seen *uint64) uint64 {
	*seen++
	if c.d.has("ids start anew") {
		return *seen
	}
	c.d.ids++
	return c.d.ids
}

// toyHeader reads what is hashed.
func toyBody(c *toyCoin, header []byte, prev coins.Hash) error {
	if len(header) < 80 || !bytes.Equal(header[4:36], prev[:]) {
		return errors.New("not on the tip")
	}
	target, _ := algos.FromBits(toyBits)
	sum := [32]byte(toySum(c.d, header[:80]))
	if !target.Meets(&sum) && !c.d.has("judges no work") {
		return errors.New("high-hash")
	}
	return nil
}

func (d *toy) extend(ch *toyChain, hash coins.Hash) {
	ch.blocks = append(ch.blocks, hash)
	close(ch.changed)
	ch.changed = make(chan struct{})
}

// advance is a block of somebody else on both chains.
func (d *toy) advance(context.Context) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	for _, ch := range []*toyChain{&d.parent, &d.aux} {
		d.extend(ch, sha256.Sum256(binary.LittleEndian.AppendUint64(nil, uint64(len(ch.blocks)))))
	}
	return nil
}
