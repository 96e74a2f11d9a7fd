package configs

import (
	"cmp"
	"maps"
	"net/url"
	"slices"
	"strings"
)

// wallets checks that no two coins pay from one wallet: each would spend what the
// other has set aside. Drivers see their own settings alone, so it is checked here, by
// the names that these settings have in all drivers with a wallet.
func (v *validator) wallets() {
	paid := map[string]bool{}
	for _, p := range v.c.Pools {
		if p.Payouts != nil {
			for name := range p.Payouts.Chains {
				paid[name] = true
			}
		}
	}
	type holder struct{ coin, wallet string }
	at := map[string][]holder{} // by node
	for _, name := range slices.Sorted(maps.Keys(v.c.Coins)) {
		settings := v.c.Coins[name].Settings
		node, wallet := walletOf(settings)
		if !paid[name] || wallet == "" || node == "" {
			continue
		}
		for _, other := range at[node] {
			if wallet == other.wallet || wallet == onlyWallet || other.wallet == onlyWallet {
				v.addf(join("coins", name)+".settings.wallet", "%q is of the node from whose wallet %q [coins.%s] pays, and one wallet cannot pay for two coins: "+
					"each would spend what the other has set aside, and payments would fail. Where pools mine one chain, name one of the two coins in all of them; "+
					"or else make another wallet, with a name (createwallet), and name it here", wallet, other.wallet, other.coin)
				break
			}
		}
		at[node] = append(at[node], holder{name, wallet})
	}
}

// onlyWallet is the name of a node's only wallet, which may have another one.
const onlyWallet = "."

// walletOf is the wallet that a coin's settings name, and its node.
func walletOf(settings map[string]any) (node, wallet string) {
	text, _ := settings["wallet_url"].(string)
	switch nodes := settings["nodes"].(type) {
	case []any:
		if len(nodes) > 0 {
			first, _ := nodes[0].(map[string]any)
			text = cmp.Or(text, stringOf(first["url"]))
		}
	case []map[string]any:
		if len(nodes) > 0 {
			text = cmp.Or(text, stringOf(nodes[0]["url"]))
		}
	}
	u, err := url.Parse(text)
	if err != nil || u.Host == "" {
		return "", ""
	}
	host := strings.ToLower(u.Hostname())
	if host == "localhost" || host == "::1" {
		host = "127.0.0.1"
	}
	wallet = stringOf(settings["wallet"])
	path := strings.TrimSuffix(u.Path, "/")
	if at := strings.LastIndex(path, walletPath); at >= 0 && wallet == onlyWallet {
		path, wallet = path[:at], path[at+len(walletPath):]
	}
	return host + ":" + u.Port() + path, wallet
}

// walletPath is what a node's address has before the name of a wallet.
const walletPath = "/wallet/"

func stringOf(v any) string {
	s, _ := v.(string)
	return s
}
