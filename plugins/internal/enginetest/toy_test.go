// Package enginetest holds the tests of an engine whose coins are plugins that
// compute their own proof of work. It lies here because the transports do: the
// engine itself cannot tell them apart and does not know them.
package enginetest

import (
	"context"
	"crypto/sha512"
	"errors"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/motherlode-pool/motherlode/coins"
	"github.com/motherlode-pool/motherlode/coins/builtin"
	"github.com/motherlode-pool/motherlode/internal/simchain"
	"github.com/motherlode-pool/motherlode/plugins/host"
	"github.com/motherlode-pool/motherlode/plugins/sdk"
)

// algorithm is one that package algos does not have.
const algorithm = string(simchain.SHA512t)

// toy makes the coins of a built-in driver ones that are mined by algorithm and
// compute it.
type toy struct {
	inner coins.Driver
	deny  bool // announces no hasher
}

func mustToy(name string) *toy {
	d, ok := builtin.Lookup(name)
	if !ok {
		panic("no driver " + name)
	}
	return &toy{inner: d}
}

func (d *toy) Describe() coins.Info {
	info := d.inner.Describe()
	info.Driver += "-toy"
	info.Coin.Algorithm = algorithm
	// Of the coin's other powers nothing is left.
	info.Roles = slices.DeleteFunc(slices.Clone(info.Roles), func(r coins.Role) bool { return r != coins.RoleParent && r != coins.RoleAux })
	if !d.deny {
		info.Roles = append(info.Roles, coins.RoleHasher)
	}
	return info
}

func (d *toy) Open(ctx context.Context, s coins.Settings) (coins.Coin, error) {
	c, err := d.inner.Open(ctx, s)
	if err != nil {
		return nil, err
	}
	if p, ok := c.(coins.Parent); ok {
		return toyParent{p}, nil
	}
	return toyAux{c.(coins.Aux)}, nil
}

type (
	toyParent struct{ coins.Parent }
	toyAux    struct{ coins.Aux }
)

func (c toyParent) Info() coins.CoinInfo { return renamed(c.Parent.Info()) }
func (c toyAux) Info() coins.CoinInfo    { return renamed(c.Aux.Info()) }

func renamed(info coins.CoinInfo) coins.CoinInfo {
	info.Algorithm = algorithm
	return info
}

func (c toyParent) HashBatch(_ context.Context, size int, headers, _ []byte, out []coins.Hash) error {
	for i := range out {
		out[i] = sha512.Sum512_256(headers[i*size : (i+1)*size])
	}
	return nil
}

// HashBatch is announced by every toy driver, and asked of parents alone.
func (c toyAux) HashBatch(context.Context, int, []byte, []byte, []coins.Hash) error {
	return errors.New("an aux chain is asked to hash")
}

// modeKey tells the test binary, started again, to be a plugin.
const modeKey = "MOTHERLODE_ENGINETEST"

func TestMain(m *testing.M) {
	switch name := os.Getenv(modeKey); {
	case strings.HasPrefix(name, "dying "):
		serveDying(name)
	case name != "":
		sdk.Serve(mustToy(name))
	}
	os.Exit(m.Run())
}

// watched is a driver that notes the processes of its coins.
type watched struct {
	coins.Driver
	mu  sync.Mutex
	pid int
}

func (d *watched) Open(ctx context.Context, s coins.Settings) (coins.Coin, error) {
	c, err := d.Driver.Open(ctx, s)
	if p, ok := c.(interface{ PID() int }); ok && err == nil {
		d.mu.Lock()
		d.pid = p.PID()
		d.mu.Unlock()
	}
	return c, err
}

func (d *watched) process() int {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.pid
}

// mustProcess is a toy coin in a process of its own.
func mustProcess(t *testing.T, name string) *watched {
	t.Helper()
	sockets, err := host.NewSocketDir(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = sockets.Close() })
	return &watched{Driver: host.New(host.Config{
		Name: name, Command: []string{"/proc/self/exe"}, SocketDir: sockets.Path(), Env: []string{modeKey + "=" + name},
	})}
}
