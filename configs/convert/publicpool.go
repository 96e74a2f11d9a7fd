package convert

import (
	"fmt"
	"net"
	"net/url"
	"strings"
)

// public-pool's own rules, where a file cannot say otherwise.
const (
	publicPoolStart  = 16384 // difficulty that a miner begins with
	publicPoolShares = 6     // a minute
	publicPoolFee    = 150   // hundredths of a percent, where DEV_FEE_ADDRESS is set
)

// publicPoolNetworks are public-pool's own networks, and names that forks of it have
// for those that it cannot tell from "testnet".
var publicPoolNetworks = map[string]string{
	"mainnet": "main", "testnet": "test", "regtest": "regtest",
	"testnet3": "test", "testnet4": "test", "signet": "signet",
}

// publicPoolNetwork is the network of the node. A wrong guess would have miners work
// for addresses of another network, so a name that is not known is an error.
func publicPoolNetwork(s *source, w *writer, o Options) (string, error) {
	name := s.text("NETWORK")
	network, known := publicPoolNetworks[strings.ToLower(name)]
	switch {
	case o.Node != "":
		if name != "" && network != o.Node {
			w.comment("", s.look("NETWORK", "look: the file says %s, --network says %s, which is taken", name, o.Node))
		}
		return o.Node, nil
	case name == "":
		w.comment("", s.look("", "look: the file has no NETWORK; main is taken (--network says another)"))
		return "main", nil
	case !known:
		return "", fmt.Errorf("%w: NETWORK is %q; expected mainnet, testnet or regtest, or --network main, test, signet or regtest", ErrValue, name)
	}
	return network, nil
}

func fromPublicPool(s *source, w *writer, o Options) error {
	http := "127.0.0.1:8080"
	if port := s.text("API_PORT"); port != "" {
		if address, ok := listenOn("127.0.0.1:" + port); ok {
			http = address
			s.look("API_PORT", "look: the port of the API has status and metrics now, on 127.0.0.1 alone")
		}
	}
	w.head("data", http)
	w.line("[coins.bitcoin]")
	w.key("", "driver", "bitcoin")
	network, err := publicPoolNetwork(s, w, o)
	if err != nil {
		return err
	}
	w.key("", "network", network)
	w.line("  [coins.bitcoin.settings]")
	publicPoolNode(s, w)
	w.line("")

	w.line("[pools.public-pool]")
	w.key("", "parent", "bitcoin")
	w.comment("", "Each block pays the miner who finds it, whose user name is the address.")
	w.key("", "reward", "solo")
	w.key("", "payout", "miner")
	if fee := s.text("DEV_FEE_ADDRESS"); fee != "" {
		w.comment("", s.look("DEV_FEE_ADDRESS", "look: public-pool takes 1.5 %% from miners above 50 TH/s alone; here every block pays the fee. fee_bps = 0 takes none"))
		w.key("", "address", fee)
		w.key("", "fee_bps", publicPoolFee)
	}
	text, cut := tag(s.text("POOL_IDENTIFIER"))
	if text == "" {
		text = "Public-Pool"
	}
	if cut {
		w.comment("", s.look("POOL_IDENTIFIER", "look: cut to %d characters", maxTag))
	}
	w.key("", "tag", text)
	w.line("")
	w.line("  [[pools.public-pool.listen]]")
	address, ok := listenOn("0.0.0.0:" + s.text("STRATUM_PORT"))
	if !ok {
		address = "0.0.0.0:3333"
		w.comment("  ", s.look("STRATUM_PORT", "look: is no port; 3333 is taken"))
	}
	w.key("  ", "address", address)
	w.comment("  ", "As public-pool begins, and about as many shares a minute.")
	difficulty(w, 0, publicPoolStart, 0, publicPoolShares)
	publicPoolRest(s)
	return nil
}

func publicPoolNode(s *source, w *writer) {
	n := node{url: nodeURL(s.text("BITCOIN_RPC_URL")), user: s.text("BITCOIN_RPC_USER"), password: s.text("BITCOIN_RPC_PASSWORD"), cookie: s.text("BITCOIN_RPC_COOKIEFILE"), zmq: s.text("BITCOIN_ZMQ_HOST")}
	port := s.text("BITCOIN_RPC_PORT")
	if u, err := url.Parse(n.url); err == nil && u.Port() == "" && u.Host != "" && port != "" {
		u.Host = net.JoinHostPort(u.Hostname(), port)
		n.url = u.String()
	}
	if n.cookie != "" {
		if n.user != "" || n.password != "" {
			s.look("BITCOIN_RPC_COOKIEFILE", "look: the cookie file is used, and not BITCOIN_RPC_USER and BITCOIN_RPC_PASSWORD")
		}
		n.user, n.password = "", ""
		s.fromFolder(w, "  ", "BITCOIN_RPC_COOKIEFILE", n.cookie)
	}
	s.secret("BITCOIN_RPC_PASSWORD", n.password)
	if n.zmq != "" {
		w.comment("  ", s.look("BITCOIN_ZMQ_HOST", "look: public-pool listens for rawblock; here the node must publish hashblock at that address (zmqpubhashblock). Without it the node is asked once a second"))
	}
	w.nodes([]node{n})
}

func publicPoolRest(s *source) {
	s.leave("BITCOIN_RPC_TIMEOUT", "time-outs of calls are fixed")
	s.leave("API_SECURE", "status and metrics are plain HTTP; put a proxy in front for TLS")
	s.leave("MINIMUM_DIFFICULTY", "is of shares that are sent on to another server; there is none here")
	for _, name := range []string{"TELEGRAM_BOT_TOKEN", "DISCORD_BOT_TOKEN", "DISCORD_BOT_CLIENTID", "DISCORD_BOT_GUILD_ID", "DISCORD_BOT_CHANNEL_ID"} {
		s.leave(name, "there is no bot")
	}
	for _, name := range []string{"EXTERNAL_SHARE_SUBMISSION_ENABLED", "SHARE_SUBMISSION_URL", "SHARE_SUBMISSION_API_KEY"} {
		s.leave(name, "shares are not sent to another server")
	}
	s.leave("BRAIINS_ACCESS_TOKEN", "hash power is not bought")
	s.leave("NODE_APP_INSTANCE", "one process serves all miners")
}
