package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/motherlode-pool/motherlode/coins"
	"github.com/motherlode-pool/motherlode/coins/builtin"
	"github.com/motherlode-pool/motherlode/configs"
)

type soloFlags struct {
	node, cookie, zmq       string
	coin, network, address  string
	listen, http, data, tag string
	difficulty              float64
	profile                 string
	everyMiner              bool
}

func newSolo() *cobra.Command {
	var f soloFlags
	cmd := &cobra.Command{
		Use:   "solo --node URL --address ADDRESS",
		Short: "Mine on one node with one line",
		Long: `Solo runs a pool of your own on one node, without a configuration file. Every
block pays ADDRESS. With --every-miner each miner is paid by the address in its
own user name instead.

It prints the command that asks it how it is doing. Where no other pool runs,
"motherlode status", "sessions", "blocks" and so on find it by themselves.`,
		Example: `  motherlode solo --node http://user:pass@127.0.0.1:8332 --address bc1q...
  motherlode solo --node http://127.0.0.1:8332 --cookie ~/.bitcoin/.cookie --address bc1q...
  motherlode solo --coin litecoin --node http://user:pass@127.0.0.1:9332 --address ltc1q...`,
		Args: takes(cobra.NoArgs),
		RunE: func(cmd *cobra.Command, _ []string) error {
			cfg, err := f.config()
			if err != nil {
				return &useError{err}
			}
			log := newLogger(cfg.Log)
			if err := dryOpen(cmd.Context(), cfg, log); err != nil {
				return inFlags(err)
			}
			watch := newWatcher(cmd.OutOrStdout(), isTerminal(os.Stdout))
			watch.logged = samePlace()
			watch.line("solo   %s, network %s (--network names another), miners connect to %s", f.coin, f.network, f.listen)
			if f.http != "" {
				watch.line("solo   dashboard at http://%s/", reachable(f.http))
			}
			watch.line("solo   how it is doing: motherlode status --data %s", shellWord(cfg.DataDir))
			_, err = runConfig(cmd.Context(), cfg, log, watch.event, nil)
			return err
		},
	}
	fl := cmd.Flags()
	fl.StringVar(&f.node, "node", "", "URL of the node's RPC, with user:password unless --cookie is given")
	fl.StringVar(&f.cookie, "cookie", "", "the node's cookie file, in place of user and password")
	fl.StringVar(&f.zmq, "zmq", "", "the node's ZMQ hashblock address, for faster news: tcp://127.0.0.1:28332")
	fl.StringVar(&f.address, "address", "", "address that blocks pay")
	fl.StringVar(&f.coin, "coin", "bitcoin", "coin to mine, a built-in driver")
	fl.StringVar(&f.network, "network", "", "network of the coin (default: the one that the address belongs to)")
	fl.StringVar(&f.listen, "listen", "0.0.0.0:3333", "where miners connect")
	fl.StringVar(&f.http, "http", "127.0.0.1:8080", "where dashboard, status and metrics are served; empty for none")
	fl.StringVar(&f.data, "data", "", "folder for the share log (default: motherlode/solo-COIN-NETWORK in the user's data folder)")
	fl.StringVar(&f.tag, "tag", "/motherlode/", "text in the coinbase of your blocks")
	fl.Float64Var(&f.difficulty, "difficulty", 0, "difficulty that miners start with (0: what the profile has)")
	fl.StringVar(&f.profile, "profile", "low", "size of the miners: low, normal or rental")
	fl.BoolVar(&f.everyMiner, "every-miner", false, "pay each miner by the address in its user name")
	return cmd
}

// config is the configuration that the flags stand for.
func (f *soloFlags) config() (*configs.Config, error) {
	if f.node == "" {
		return nil, errors.New("--node is missing: the URL of your node, like http://user:password@127.0.0.1:8332")
	}
	if f.coin == "tari" {
		return nil, errors.New("--coin: tari's base node speaks gRPC and pays a wallet of the settings, for which solo has no flags; " +
			"copy the sample configs/tari.toml and use \"motherlode run\"")
	}
	node, err := f.nodeSettings()
	if err != nil {
		return nil, err
	}
	if f.address == "" && !f.everyMiner {
		return nil, fmt.Errorf("--address is missing: blocks need somebody to pay")
	}
	if d, ok := builtin.Lookup(f.coin); ok && !d.Describe().Has(coins.RoleParent) {
		return nil, fmt.Errorf("--coin: %s is mined together with a parent chain, never alone; put it under aux in a file for \"motherlode run\"", f.coin)
	}
	cfg := configs.Default()
	cfg.HTTP.Listen = f.http
	cfg.Log.Level, cfg.Log.Format = "warn", "text"
	if f.network == "" {
		f.network = f.guessNetwork(node)
	}
	if cfg.DataDir = f.data; f.data == "" {
		if cfg.DataDir, err = dataFolder("solo-" + f.coin + "-" + f.network); err != nil {
			return nil, err
		}
	}
	cfg.Coins[f.coin] = configs.Coin{
		Driver: f.coin, Network: f.network, Settings: map[string]any{"nodes": []any{node}},
	}
	pool := configs.DefaultPool()
	pool.Parent, pool.Address, pool.Tag = f.coin, f.address, f.tag
	if f.everyMiner {
		pool.Payout = "miner"
	}
	listen := configs.DefaultListen()
	listen.Address, listen.Profile, listen.Difficulty.Start = f.listen, f.profile, f.difficulty
	pool.Listen = []configs.Listen{listen}
	cfg.Pools["solo"] = pool
	if err := cfg.Validate(); err != nil {
		return nil, inFlags(err)
	}
	return &cfg, nil
}

// dataFolder is name in the user's data folder, by the XDG rules.
func dataFolder(name string) (string, error) {
	base := os.Getenv("XDG_DATA_HOME")
	if base == "" {
		home, err := os.UserHomeDir()
		if err != nil {
			return "", fmt.Errorf("no home folder to keep the share log in; name one with --data: %w", err)
		}
		base = filepath.Join(home, ".local", "share")
	}
	return filepath.Join(base, "motherlode", name), nil
}

// guessNetwork is the first network of the coin to which the address belongs,
// its main network where there is none or no address to go by.
func (f *soloFlags) guessNetwork(node map[string]any) string {
	driver, ok := builtin.Lookup(f.coin)
	if !ok {
		return ""
	}
	ctx := context.Background() // nothing here asks anybody
	networks := driver.Describe().Networks
	text, err := json.Marshal(map[string]any{"nodes": []any{node}})
	if err != nil {
		return networks[0]
	}
	for _, network := range networks {
		coin, err := driver.Open(ctx, coins.Settings{Instance: f.coin, Network: network, JSON: text})
		if err != nil {
			continue
		}
		payee, err := coin.ValidateAddress(ctx, f.address)
		_ = coin.Close()
		if err == nil && payee.Valid {
			return network
		}
	}
	return networks[0]
}

// inFlags names the flags that are to blame in place of a file's keys.
func inFlags(err error) error {
	var list configs.Problems
	if !errors.As(err, &list) {
		return err
	}
	flags := []struct{ key, flag string }{
		{".settings.nodes[0].url", "--node"}, {".settings.nodes[0].cookie", "--cookie"}, {".settings.nodes[0].zmq", "--zmq"},
		{".settings.nodes[0]", "--node"}, {".network", "--network"}, {".driver", "--coin"},
		{"http.listen", "--http"}, {".difficulty", "--difficulty"}, {".profile", "--profile"}, {"pools.solo.address", "--address"}, {"pools.solo.tag", "--tag"}, {"pools.solo.listen[0]", "--listen"},
	}
	var lines []string
	for _, p := range list {
		name := p.Key
		if strings.HasSuffix(p.Key, ".settings") && strings.HasPrefix(p.Message, "network ") {
			name = "--network"
		}
		for _, f := range flags {
			if strings.Contains(p.Key, f.key) {
				name = f.flag
				break
			}
		}
		if line := name + ": " + p.Message; !slices.Contains(lines, line) {
			lines = append(lines, line)
		}
	}
	return &useError{errors.New(strings.Join(lines, "\n"))}
}
