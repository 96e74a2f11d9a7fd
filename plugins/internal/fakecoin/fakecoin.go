package fakecoin

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"strings"
	"sync"
	"time"

	"github.com/motherlode-pool/motherlode/coins"
)

// Options are the settings.
type Options struct {
	TemplateBytes int  `json:"template_bytes"` // of transactions in each template
	Templates     int  `json:"templates"`      // sent at once; 0 means 1
	Flood         bool `json:"flood"`          // sends templates without end
}

// Driver opens fake coins. The roles are those announced; nil means all.
type Driver struct {
	Announce []coins.Role

	mu  sync.Mutex
	log *slog.Logger
}

// SetLogger takes the plugin's logger.
func (d *Driver) SetLogger(log *slog.Logger) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.log = log
}

// Describe says what the driver is.
func (d *Driver) Describe() coins.Info {
	roles := d.Announce
	if roles == nil {
		roles = []coins.Role{coins.RoleParent, coins.RoleAux, coins.RoleHasher}
	}
	return coins.Info{
		Driver: "fake", Version: "1", Summary: "a coin for tests", Roles: roles, Coin: info("main"),
		Networks: []string{"main", "test"}, Schema: []byte(`{"type":"object"}`),
	}
}

func info(network string) coins.CoinInfo {
	return coins.CoinInfo{
		Symbol: "FAK", Name: "Fake", Network: network, Algorithm: "sha256d", DifficultyOne: [32]byte{5: 0xff},
		BlockTime: time.Minute, Maturity: 100, Decimals: 8, VersionMask: 0x1fffe000, ExampleAddress: "fake1example",
	}
}

// Open makes a coin. It refuses keys that Options does not have.
func (d *Driver) Open(_ context.Context, s coins.Settings) (coins.Coin, error) {
	c := &Coin{network: s.Network, closed: make(chan struct{})}
	if c.network == "" {
		c.network = "main"
	}
	if len(s.JSON) > 0 {
		dec := json.NewDecoder(bytes.NewReader(s.JSON))
		dec.DisallowUnknownFields()
		if err := dec.Decode(&c.options); err != nil {
			var p coins.Problems
			p.Addf("settings", "%v", err)
			p.Addf("", "second problem")
			return nil, p
		}
	}
	return c, nil
}

// trueStderr outlives go-plugin's replacement of os.Stderr.
var trueStderr = os.Stderr

// Coin is a fake coin.
type Coin struct {
	network string
	options Options
	once    sync.Once
	closed  chan struct{}

	mu   sync.Mutex
	seen map[coins.Hash]bool
}

var (
	_ coins.Parent = (*Coin)(nil)
	_ coins.Aux    = (*Coin)(nil)
	_ coins.Hasher = (*Coin)(nil)
)

// Info says what the settings made of it.
func (c *Coin) Info() coins.CoinInfo { return info(c.network) }

// Close ends the streams.
func (c *Coin) Close() error {
	c.once.Do(func() { close(c.closed) })
	return nil
}

// ValidateAddress knows addresses that begin with "fake1", and words that make
// it misbehave: "panic", "die", "error", "hang", "env", "stderr TEXT", "print TEXT".
func (c *Coin) ValidateAddress(ctx context.Context, address string) (coins.Payee, error) {
	word, rest, _ := strings.Cut(address, " ")
	switch word {
	case "panic":
		panic("asked to panic")
	case "die":
		go func() { panic("asked to die") }()
		<-ctx.Done()
		return coins.Payee{}, ctx.Err()
	case "error":
		return coins.Payee{}, errors.New("asked to fail")
	case "hang":
		<-ctx.Done()
		return coins.Payee{}, ctx.Err()
	case "env":
		return coins.Payee{Reason: strings.Join(os.Environ(), "\n")}, nil
	case "stderr":
		_, _ = trueStderr.WriteString(rest + "\n")
	case "print":
		fmt.Println(rest)
	}
	if !strings.HasPrefix(address, "fake1") {
		return coins.Payee{Reason: "addresses begin with fake1"}, nil
	}
	return coins.Payee{Valid: true, Address: address, Script: []byte(address)}, nil
}

// BlockStatus knows the blocks that were submitted.
func (c *Coin) BlockStatus(_ context.Context, hash coins.Hash, height uint64) (coins.BlockStatus, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if !c.seen[hash] {
		return coins.BlockStatus{State: coins.BlockUnknown, Node: "fake"}, nil
	}
	return coins.BlockStatus{State: coins.BlockBestChain, Confirmations: 1, Height: height, Node: "fake"}, nil
}

// Health is ready.
func (c *Coin) Health(ctx context.Context, out chan<- coins.Health) error {
	h := coins.Health{
		State: coins.HealthReady, Height: 7, Tip: coins.Hash{1},
		Nodes: []coins.NodeHealth{{Node: "fake", State: coins.HealthReady, Height: 7, Peers: 3, News: "poll"}},
	}
	return send(ctx, c.closed, out, h, false)
}

// Templates sends what the settings say and then nothing.
func (c *Coin) Templates(ctx context.Context, out chan<- *coins.Template) error {
	blob := make([]byte, c.options.TemplateBytes)
	for id := uint64(1); ; id++ {
		t := &coins.Template{
			ID: id, Reason: coins.NewTip, Height: 8, PrevHash: coins.Hash{1}, Target: [32]byte{0: 0x7f}, Reward: 50,
			Time: time.Now().UnixNano(), Node: "fake", Source: "start",
			Tree: &coins.CoinbaseTree{Version: 0x20000000, ScriptPrefix: []byte{1, 8}, ScriptLimit: 100, TxBlob: blob},
		}
		last := !c.options.Flood && id >= uint64(max(1, c.options.Templates))
		if err := send(ctx, c.closed, out, t, !last); err != nil || last {
			return err
		}
	}
}

// AuxWork sends one piece at the start and one for each tip of the parent.
func (c *Coin) AuxWork(ctx context.Context, parents <-chan coins.ParentTip, out chan<- *coins.AuxWork) error {
	var tip coins.ParentTip
	for id := uint64(1); ; id++ {
		w := &coins.AuxWork{
			ID: id, Hash: coins.Hash{2}, PrevHash: tip.Hash, Height: tip.Height, Bits: 0x207fffff, Target: [32]byte{0: 0x7f},
			Node: "fake", Opaque: []byte("opaque"), Slot: &coins.Slot{ChainID: 1}, DependsOnParent: true,
		}
		if err := send(ctx, c.closed, out, w, true); err != nil {
			return err
		}
		select {
		case tip = <-parents:
		case <-ctx.Done():
			return ctx.Err()
		case <-c.closed:
			return errors.New("closed")
		}
	}
}

// send sends one value; without goOn it then waits for the end.
func send[T any](ctx context.Context, closed <-chan struct{}, out chan<- T, v T, goOn bool) error {
	select {
	case out <- v:
		if goOn {
			return nil
		}
	case <-ctx.Done():
		return ctx.Err()
	case <-closed:
		return errors.New("closed")
	}
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-closed:
		return errors.New("closed")
	}
}

// SubmitBlock takes each hash once.
func (c *Coin) SubmitBlock(_ context.Context, b *coins.Block) (coins.Verdict, error) {
	return c.take(b.Hash, fmt.Sprint(len(b.Raw)))
}

// SubmitAux takes each hash once.
func (c *Coin) SubmitAux(_ context.Context, p *coins.AuxProof) (coins.Verdict, error) {
	return c.take(p.Hash, string(p.Opaque))
}

func (c *Coin) take(hash coins.Hash, reason string) (coins.Verdict, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.seen[hash] {
		return coins.Verdict{Code: coins.Duplicate, Node: "fake"}, nil
	}
	if c.seen == nil {
		c.seen = map[coins.Hash]bool{}
	}
	c.seen[hash] = true
	return coins.Verdict{Code: coins.Received, Reason: reason, Node: "fake"}, nil
}

// HashBatch is sha256.
func (c *Coin) HashBatch(_ context.Context, size int, headers, _ []byte, out []coins.Hash) error {
	for i := range out {
		out[i] = sha256.Sum256(headers[i*size : (i+1)*size])
	}
	return nil
}
