package convert

import (
	"fmt"
	"strings"
)

// oldCoins are the names that miningcore's first versions had in coin.type.
var oldCoins = map[string]string{"BTC": "bitcoin", "LTC": "litecoin", "BCH": "bitcoin-cash", "NMC": "namecoin", "DOGE": "dogecoin"}

// mpool is a pool of miningcore's that is carried over.
type mpool struct {
	at, id string
	coin   *mcoin
}

// mcoin is a coin that pools share: miningcore has a coin and its nodes in each pool,
// so that one coin on one node is there again for every way to divide its blocks.
type mcoin struct {
	name, driver, settings string
	node                   string // the first one, whose wallet pays
	wallet                 bool   // pays miners
	from                   string // path of the pool it was written for; empty before
	nodes                  map[string]node
}

// find is what can be carried over, with the coins that the pools share. The others
// are named.
func (m *mcore) find() (all []mpool) {
	for i := range m.s.counts["pools"] {
		at := fmt.Sprintf("pools[%d]", i)
		driver, settings, ok := m.driver(at)
		if !ok {
			continue
		}
		first := m.node(at + ".daemons[0]").id()
		key := driver + " " + settings + " " + first
		c := m.coins[key]
		if c == nil {
			c = &mcoin{driver: driver, settings: settings, node: first, nodes: map[string]node{}}
			m.coins[key] = c
		}
		if m.paid(at) && (m.wallets[first] == nil || m.wallets[first] == c) {
			c.wallet, m.wallets[first] = true, c
		}
		all = append(all, mpool{at, m.s.text(at + ".id"), c})
	}
	return all
}

// driver is what mines a pool's coin.
func (m *mcore) driver(at string) (driver, settings string, ok bool) {
	s := m.s
	id, coin := s.text(at+".id"), s.text(at+".coin")
	if coin == "" {
		coin = oldCoins[strings.ToUpper(s.text(at+".coin.type"))]
	}
	if !s.yes(at+".enabled", false) { // as miningcore has it: it does not run what does not say so
		s.refuse(at, "pool %q is not enabled", id)
		return "", "", false
	}
	c, ok := parents[coin]
	if aux := auxiliary[coin]; aux != "" {
		s.refuse(at, "pool %q: %s is mined here together with its parent: add a [coins.%s] with driver = %q and its node, and aux = [%q] to the parent's pool", id, coin, aux, aux, aux)
	} else if !ok {
		s.refuse(at, "pool %q: no driver here mines %q; a plugin can (docs/plugins.md), or \"bitcoinlike\" for forks of Bitcoin", id, coin)
	}
	return c.driver, c.settings, ok
}

// maxWhy are the pools that an error names.
const maxWhy = 5

// whyNot says of the first pools why they are left.
func (m *mcore) whyNot() string {
	var all []string
	for _, n := range m.s.left {
		if strings.HasPrefix(n.Key, "pools[") && len(all) < maxWhy {
			all = append(all, oneLine(n.String()))
		}
	}
	return strings.Join(all, "; ")
}

// coin writes the coin of a pool, once.
func (m *mcore) coin(p mpool) {
	s, w, c := m.s, m.w, p.coin
	if c.from != "" {
		m.sameNodes(p)
		return
	}
	c.name, c.from = unique(m.names, c.driver), p.at
	w.line("[coins.%s]", c.name)
	w.key("", "driver", c.driver)
	network := m.o.Node
	if network == "" {
		network = "main"
		w.comment("", s.look(p.at+".coin", "look: the file does not name the network; main is taken (--network says another)"))
	}
	w.key("", "network", network)
	w.line("  [coins.%s.settings]", c.name)
	if c.settings != "" {
		w.line("  %s", c.settings)
	}
	m.daemons(p)
	if c.wallet {
		w.comment("  ", s.look(p.at+".paymentProcessing", "look: the wallet of the first node pays. \".\" is the node's only wallet; it must be used for nothing else"))
		w.key("  ", "wallet", ".")
	}
	w.line("")
}

// daemons writes the nodes of a coin.
func (m *mcore) daemons(p mpool) {
	var all []node
	for i := range m.s.counts[p.at+".daemons"] {
		d := fmt.Sprintf("%s.daemons[%d]", p.at, i)
		n := m.node(d)
		if n.zmq != "" {
			m.s.look(d+".zmqBlockNotifySocket", "look: the node must publish hashblock there (zmqpubhashblock)")
		}
		m.s.secret(d+".password", n.password)
		p.coin.nodes[n.id()] = n
		all = append(all, n)
	}
	m.w.nodes(all)
}

// sameNodes takes the nodes of a further pool of a coin: they are the coin's already,
// or named.
func (m *mcore) sameNodes(p mpool) {
	for i := range m.s.counts[p.at+".daemons"] {
		d := fmt.Sprintf("%s.daemons[%d]", p.at, i)
		n := m.node(d)
		switch has, ok := p.coin.nodes[n.id()]; {
		case !ok:
			m.s.refuse(d, "the pool shares [coins.%s] with %s, whose nodes are used; add this one there", p.coin.name, p.coin.from)
		case has.user != n.user || has.password != n.password:
			m.s.refuse(d, "the pool shares [coins.%s] with %s, whose user and password are used", p.coin.name, p.coin.from)
		}
	}
}

// node is one of a pool's daemons.
func (m *mcore) node(d string) node {
	if n, ok := m.daemon[d]; ok {
		return n
	}
	s, scheme := m.s, "http://"
	if s.yes(d+".ssl", false) {
		scheme = "https://"
	}
	n := node{
		url: scheme + s.text(d+".host") + ":" + number(s.number(d+".port", 8332)), user: s.text(d + ".user"), password: s.text(d + ".password"),
		zmq: s.text(d + ".zmqBlockNotifySocket"),
	}
	if path := s.text(d + ".httpPath"); path != "" {
		n.url += "/" + strings.TrimPrefix(path, "/")
	}
	s.leave(d+".zmqBlockNotifyTopic", "the topic is hashblock")
	m.daemon[d] = n
	return n
}

// id is the same for one node under two names.
func (n node) id() string {
	return strings.Replace(strings.ToLower(n.url), "://localhost:", "://127.0.0.1:", 1)
}
