package wallet

import (
	"net/url"
	"time"

	"github.com/motherlode-pool/motherlode/coins"
	"github.com/motherlode-pool/motherlode/coins/internal/nodes"
	"github.com/motherlode-pool/motherlode/coins/internal/rpc"
)

// Only is the setting that means the one wallet of a node that has no names for
// wallets.
const Only = "."

// Paying is how an operator names the wallet. Embed it.
type Paying struct {
	Wallet    string `json:"wallet" doc:"name of the node's wallet that pays miners, which must be used for nothing else; . on nodes without named wallets; empty: this coin pays nobody"`
	WalletURL string `json:"wallet_url" doc:"RPC address of the node that has the wallet, with user and password where they differ; by default the first of nodes"`
}

// Config is a checked configuration.
type Config struct {
	Paying
	Node     nodes.Node // whose wallet it is, unless WalletURL says otherwise
	Timeout  time.Duration
	Decimals uint8
	Genesis  []coins.Hash                     // the network's first block, any of them; empty for no check
	Decode   func(address string) coins.Payee // knows the network's addresses
}

// CheckWallet adds what is wrong with the settings to problems.
func (s *Paying) CheckWallet(problems *coins.Problems) {
	if s.WalletURL == "" {
		return
	}
	if s.Wallet == "" {
		problems.Addf("wallet", "is missing; wallet_url is the node of the wallet that it names")
	}
	if u, err := url.Parse(s.WalletURL); err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" {
		problems.Addf("wallet_url", "is no address like http://127.0.0.1:8332")
	}
}

// Wallet is a node's wallet. Without a name every method returns
// coins.ErrNoWallet. Its methods may be called concurrently.
type Wallet struct {
	cfg  Config
	node *rpc.Client
}

// New makes a wallet of settings that CheckWallet found nothing wrong with. It touches
// no network.
func New(cfg Config) (*Wallet, error) {
	if cfg.Wallet == "" {
		return &Wallet{cfg: cfg}, nil
	}
	n := cfg.Node
	conf := rpc.Config{URL: n.URL, User: n.User, Password: n.Password, Cookie: n.Cookie, CA: n.CA, Timeout: cfg.Timeout}
	if cfg.WalletURL != "" {
		u, err := url.Parse(cfg.WalletURL)
		if err != nil {
			return nil, err
		}
		if u.User != nil {
			conf.User, conf.Cookie = u.User.Username(), ""
			conf.Password, _ = u.User.Password()
			u.User = nil
		}
		conf.URL = u.String()
	}
	if cfg.Wallet != Only {
		u, err := url.Parse(conf.URL)
		if err != nil {
			return nil, err
		}
		conf.URL = u.JoinPath("wallet", url.PathEscape(cfg.Wallet)).String()
	}
	node, err := rpc.New(conf)
	return &Wallet{cfg: cfg, node: node}, err
}

// CloseWallet drops idle connections.
func (w *Wallet) CloseWallet() {
	if w.node != nil {
		w.node.Close()
	}
}
