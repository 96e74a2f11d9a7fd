package convert

import (
	"fmt"
	"strconv"
	"strings"
)

// parents are miningcore's coins that a driver of ours mines as a parent.
var parents = map[string]struct{ driver, settings string }{
	"bitcoin":          {driver: "bitcoin"},
	"litecoin":         {driver: "litecoin"},
	"bitcoin-cash":     {driver: "bitcoincash"},
	"digibyte-sha256":  {driver: "digibyte", settings: `algorithm = "sha256d"`},
	"digibyte-sha256d": {driver: "digibyte", settings: `algorithm = "sha256d"`},
	"digibyte-scrypt":  {driver: "digibyte", settings: `algorithm = "scrypt"`},
}

// auxiliary are those that can only be mined together with a parent.
var auxiliary = map[string]string{"namecoin": "namecoin", "dogecoin": "dogecoin"}

// schemes are miningcore's ways to divide a block.
var schemes = map[string]string{"PPLNS": "pplns", "PROP": "prop", "SOLO": "solo", "PPS": "pps"}

func fromMiningcore(s *source, w *writer, o Options) error {
	http := "127.0.0.1:8080"
	if port := s.number("api.port", 0); port > 0 && port < 65536 {
		http = "127.0.0.1:" + strconv.Itoa(int(port))
		s.left = append(s.left, Note{"api.listenAddress", "status and metrics have the port of the API and stay on 127.0.0.1; the API itself is another"})
		s.taken["api.listenAddress"] = true
	}
	w.head("data", http)
	m := mcore{
		s: s, w: w, o: o, names: map[string]bool{}, pools: map[string]bool{}, ports: map[string]bool{http: true},
		coins: map[string]*mcoin{}, wallets: map[string]*mcoin{}, daemon: map[string]node{},
	}
	found := m.find()
	if len(found) == 0 {
		return fmt.Errorf("%w: it runs no pool of a coin that this program mines as a parent (bitcoin, litecoin, bitcoin-cash, digibyte-sha256, digibyte-scrypt); %s", ErrNothing, m.whyNot())
	}
	for _, p := range found {
		m.pool(p)
	}
	m.rest()
	return nil
}

// mcore is one conversion of miningcore's file.
type mcore struct {
	s                   *source
	w                   *writer
	o                   Options
	names, pools, ports map[string]bool // names of coins and pools, and addresses in use
	coins               map[string]*mcoin
	wallets             map[string]*mcoin // by node: the coin that pays from its wallet
	daemon              map[string]node   // by path
}

// unique is a name that is not in use yet.
func unique(used map[string]bool, name string) string {
	for n, base := 2, name; used[name]; n++ {
		name = base + "-" + strconv.Itoa(n)
	}
	used[name] = true
	return name
}

// pool converts one pool, and its coin where no pool before has that.
func (m *mcore) pool(p mpool) {
	s, w, at := m.s, m.w, p.at
	m.coin(p)
	pool := unique(m.pools, nameOf(p.id, "pool"))
	w.line("[pools.%s]", pool)
	w.key("", "parent", p.coin.name)
	w.key("", "address", s.text(at+".address"))
	m.reward(at)
	m.ending(at)
	if v := s.number(at+".jobRebroadcastTimeout", 0); v > 0 {
		w.key("", "refresh", number(min(max(v, 1), 600))+"s")
	}
	if text, cut := tag(s.text("paymentProcessing.coinbaseString")); text != "" {
		if cut {
			w.comment("", s.look("paymentProcessing.coinbaseString", "look: cut to %d characters", maxTag))
		}
		w.key("", "tag", text)
	}
	m.listeners(at, pool)
	switch {
	case m.paid(at) && p.coin.wallet:
		m.payouts(at, pool, p.coin.name)
	case m.paid(at):
		s.refuse(at+".paymentProcessing", "the wallet of its node pays the miners of [coins.%s], and one wallet cannot pay those of two coins here: give [coins.%s] a wallet of its own, and the pool payouts", m.wallets[p.coin.node].name, p.coin.name)
	}
	w.line("")
}

// paid reports whether miningcore pays this pool's miners.
func (m *mcore) paid(at string) bool {
	return m.s.yes("paymentProcessing.enabled", false) && m.s.yes(at+".paymentProcessing.enabled", false)
}

// reward is how a block is divided, and the fee.
func (m *mcore) reward(at string) {
	s, w := m.s, m.w
	scheme := strings.ToUpper(s.text(at + ".paymentProcessing.payoutScheme"))
	reward, ok := schemes[scheme]
	if !ok {
		reward = "pplns"
		w.comment("", s.look(at+".paymentProcessing.payoutScheme", "look: %q has no counterpart, pplns is the nearest (docs/accounts.md has all schemes)", scheme))
	}
	w.key("", "reward", reward)
	w.key("", "payout", "pool")
	factor := s.number(at+".paymentProcessing.payoutSchemeConfig.factor", 2)
	if reward == "pplns" && factor > 0 {
		w.key("", "pplns_window", raw(number(factor)))
	}
	fee := 0.0
	for i := range s.counts[at+".rewardRecipients"] {
		r := fmt.Sprintf("%s.rewardRecipients[%d].", at, i)
		fee += s.number(r+"percentage", 0)
		s.leave(r+"address", "the fee stays in the pool's wallet, at its address; there are no further recipients")
		s.text(r + "type")
	}
	if fee > 0 {
		w.comment("", s.look(at+".rewardRecipients", "the recipients together: %s %%", number(fee)))
		w.key("", "fee_bps", int(min(fee*100+0.5, 10_000)))
	}
}

// ending is how connections end.
func (m *mcore) ending(at string) {
	s := m.s
	s.leave(at+".banning", "miners that send only bad shares climb a ladder: see ladder in docs/operating.md")
	s.leave(at+".clientConnectionTimeout", "time-outs of connections are fixed")
	s.leave(at+".blockRefreshInterval", "nodes are asked once a second, beside zmq")
	s.leave(at+".vardiffIdleSweepInterval", "difficulty sinks by itself where no shares come")
	s.leave(at+".enableInternalStratum", "the pool always has its ports")
	s.leave(at+".pubKey", "coins with proof of stake are not mined")
	s.leave(at+".addressType", "the address itself says its kind")
}

func (m *mcore) listeners(at, pool string) {
	s, w := m.s, m.w
	for _, port := range s.fields[at+".ports"] {
		p := at + ".ports." + port
		host := s.text(p + ".listenAddress")
		if host == "" {
			host = "127.0.0.1"
		}
		address, ok := listenOn(host + ":" + port)
		if strings.Contains(host, ":") {
			address, ok = listenOn("[" + host + "]:" + port)
		}
		if !ok || m.ports[address] {
			s.leave(p, "is no port that can be listened on, or is in use by another")
			continue
		}
		m.ports[address] = true
		w.line("")
		w.line("  [[pools.%s.listen]]", pool)
		if name := s.text(p + ".name"); name != "" {
			w.comment("  ", name)
		}
		w.key("  ", "address", address)
		m.difficulty(p)
		m.proxies(p)
		if s.yes(p+".tls", false) {
			s.leave(p+".tlsPfxFile", "certificates are PEM here: openssl pkcs12 makes cert and key of a .pfx; then add tls = { cert = \"...\", key = \"...\" }. Until then this port speaks plain text")
			s.leave(p+".tlsPfxPassword", "see tlsPfxFile")
			s.leave(p+".tlsAuto", "make a certificate, and name it in tls = { cert = \"...\", key = \"...\" }")
		}
	}
}

func (m *mcore) difficulty(p string) {
	s, v := m.s, p+".varDiff."
	start := s.number(p+".difficulty", 1)
	target := s.number(v+"targetTime", 15)
	for _, name := range []string{"retargetTime", "variancePercent", "maxDelta"} {
		s.leave(v+name, "the tuner has its own rules (docs/difficulty.md)")
	}
	if len(s.fields[p+".varDiff"]) == 0 {
		m.w.comment("  ", "Without varDiff the difficulty stays.")
		m.w.key("  ", "difficulty", raw("{ start = "+number(start)+", min = "+number(min(start, 1))+", fixed = true }"))
		return
	}
	perMinute := 18.0
	if target > 0 {
		perMinute = 60 / target
	}
	difficulty(m.w, s.number(v+"minDiff", start), start, s.number(v+"maxDiff", 0), perMinute)
}

// proxies are the load balancers in front of a port.
func (m *mcore) proxies(p string) {
	s, at := m.s, p+".tcpProxyProtocol"
	on := s.yes(at+".enable", false)
	s.text(at + ".mandatory")
	var from []string
	for i := range s.counts[at+".proxyAddresses"] {
		from = append(from, quote(s.text(fmt.Sprintf("%s.proxyAddresses[%d]", at, i))))
	}
	if on && len(from) > 0 {
		m.w.comment("  ", "Every connection from there must begin with a PROXY header.")
		m.w.key("  ", "proxy_from", raw("["+strings.Join(from, ", ")+"]"))
	} else if on {
		s.left = append(s.left, Note{at, "proxy_from needs the addresses of the load balancers; the file names none"})
	}
}

func (m *mcore) payouts(at, pool, coin string) {
	s, w := m.s, m.w
	w.line("")
	w.comment("  ", "dry_run says what would be paid and pays nothing: take it away when what it says is right. "+
		"Balances of miningcore are not carried over: pay them out there first.")
	w.line("  [pools.%s.payouts]", pool)
	w.key("  ", "dry_run", true)
	if every := s.number("paymentProcessing.interval", 0); every > 0 {
		w.key("  ", "every", number(float64(int(min(max(every, 60), 31*86400))))+"s")
	}
	w.line("    [pools.%s.payouts.chains.%s]", pool, coin)
	least := s.number(at+".paymentProcessing.minimumPayment", 0)
	if least <= 0 {
		least = 0.01
		w.comment("    ", s.look(at+".paymentProcessing.minimumPayment", "look: none is named, 0.01 is taken"))
	}
	w.key("    ", "minimum", strconv.FormatFloat(least, 'f', -1, 64))
}

// rest names what is not of one pool.
func (m *mcore) rest() {
	s := m.s
	s.leave("persistence", "no database has to be set up; the share log and the ledger are in data_dir. Shares, blocks and balances are not read from PostgreSQL: pay what is owed there first")
	s.leave("notifications", "hooks tell of blocks, payments and nodes by e-mail, webhook or ntfy: see docs/hooks.md")
	s.leave("logging", "logs go to standard error, as text on a terminal and else as JSON; log.level names the least")
	s.leave("banning", "miners that send only bad shares climb a ladder: see ladder in docs/operating.md")
	s.leave("api", "status and metrics are on http.listen")
	s.leave("paymentProcessing.shareRecoveryFile", "a share is in the log before the miner hears that it is accepted; there is nothing to recover")
	s.leave("shareRecoveryFile", "a share is in the log before the miner hears that it is accepted; there is nothing to recover")
	s.leave("statistics", "statistics are folded from the share log and have their own spans")
	s.leave("nicehash", "the NiceHash agent gets the least difficulty that it demands (nicehash_min)")
	s.leave("memory", "memory needs no settings")
	s.leave("shareRelay", "there is no relay of shares")
	s.leave("shareRelays", "there is no relay of shares")
	s.leave("coinTemplates", "coins are drivers (docs/coins.md)")
	s.leave("clusterName", "has no counterpart")
	s.leave("instanceId", "see node in docs/operating.md")
	s.leave("equihashMaxThreads", "has no counterpart")
	s.leave("cryptonightMaxThreads", "has no counterpart")
}
