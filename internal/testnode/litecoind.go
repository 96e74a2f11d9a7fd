package testnode

import (
	"context"
	"fmt"
	"os"
)

// litecoindFile is Debian's program. The one in /usr/bin is a script that
// writes a configuration into the home folder.
const litecoindFile = "/usr/lib/litecoin/litecoind"

// AnyAddress is a regtest address that every chain of the family takes; nobody
// has its key.
const AnyAddress = "mfWxJ45yp2SFn7UciZyNpvDKrzbhyfKrY8"

// MWEBHeight is the first height of regtest at which MWEB is active.
const MWEBHeight = 432

// Litecoin is a litecoind that gives templates, and the peer that it needs for
// that.
type Litecoin struct {
	*Node
	Peer *Node
}

// Stop ends both nodes.
func (l *Litecoin) Stop() error {
	err := l.Peer.Stop()
	if e := l.Node.Stop(); e != nil {
		err = e
	}
	return err
}

// StartLitecoind starts two litecoinds on regtest, connected, with one block,
// so that both give templates. The error is of kind ErrNotInstalled where the
// system has none.
func StartLitecoind(ctx context.Context, opt Options) (*Litecoin, error) {
	if opt.Binary == "" {
		opt.Binary = litecoindFile
	}
	if _, err := os.Stat(opt.Binary); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrNotInstalled, err)
	}
	opt.progress("starting %s on regtest", "two litecoinds")
	first, err := startLitecoind(ctx, opt)
	if err != nil {
		return nil, err
	}
	opt.Connect = first.P2P
	second, err := startLitecoind(ctx, opt)
	if err != nil {
		first.Stop()
		return nil, err
	}
	l := &Litecoin{Node: first, Peer: second}
	if err := l.ready(ctx); err != nil {
		l.Stop()
		return nil, err
	}
	return l, nil
}

func startLitecoind(ctx context.Context, opt Options) (*Node, error) {
	return launch(ctx, spec{
		binary: opt.Binary,
		args: func(n *Node, rpc string) []string {
			args := []string{
				"-regtest", "-datadir=" + n.Dir, "-conf=/dev/null", "-server=1",
				"-listenonion=0", "-dnsseed=0", "-discover=0", "-printtoconsole=0",
				"-rpcbind=127.0.0.1", "-rpcport=" + rpc, "-rpcallowip=127.0.0.1",
				"-rpcuser=" + user, "-rpcpassword=" + password,
			}
			if opt.Connect != "" {
				return append(args, "-listen=0", "-connect="+opt.Connect)
			}
			return append(args, "-bind="+n.P2P)
		},
	}, opt)
}

// ready waits for the connection and ends the initial download.
func (l *Litecoin) ready(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, startTimeout)
	defer cancel()
	err := Wait(ctx, func() (bool, error) {
		var peers int
		err := l.Call(ctx, &peers, "getconnectioncount")
		return peers > 0, err
	})
	if err != nil {
		return fmt.Errorf("litecoind finds no peer: %w", err)
	}
	return l.GenerateTo(ctx, 1, AnyAddress)
}

// GenerateTo makes the node mine blocks that pay to an address.
func (n *Node) GenerateTo(ctx context.Context, blocks int, address string) error {
	return n.Call(ctx, nil, "generatetoaddress", blocks, address)
}

// ActivateMWEB mines past MWEB's activation: the last block before it, a peg-in
// into the mempool, without which there is no template at that height, and two
// blocks on top. It takes some seconds, once.
func (l *Litecoin) ActivateMWEB(ctx context.Context) error {
	const wallet = "mweb"
	if err := l.Call(ctx, nil, "createwallet", wallet); err != nil {
		return err
	}
	url := l.URL + "/wallet/" + wallet
	var address, hidden string
	if err := l.call(ctx, url, &address, "getnewaddress"); err != nil {
		return err
	}
	height, err := l.Height(ctx)
	if err != nil {
		return err
	}
	if err := l.GenerateTo(ctx, MWEBHeight-1-int(height), address); err != nil {
		return err
	}
	if err := l.call(ctx, url, &hidden, "getnewaddress", "", "mweb"); err != nil {
		return err
	}
	if err := l.call(ctx, url, nil, "sendtoaddress", hidden, 1); err != nil {
		return err
	}
	return l.GenerateTo(ctx, 2, address)
}

// SendMWEB sends a coin within MWEB, from the wallet that ActivateMWEB made, so
// that the MWEB block of a template is not an idle one soon. The list of
// transactions shows nothing of it: the change of the first peg-in pays.
func (l *Litecoin) SendMWEB(ctx context.Context) error {
	url := l.URL + "/wallet/mweb"
	var hidden string
	if err := l.call(ctx, url, &hidden, "getnewaddress", "", "mweb"); err != nil {
		return err
	}
	return l.call(ctx, url, nil, "sendtoaddress", hidden, 1)
}
