package convert

import (
	"fmt"
	"path"
	"strings"
)

// ckpool's own defaults, where they are not ours.
const (
	ckpoolStart   = 42
	ckpoolMin     = 1
	ckpoolHigh    = 1_000_000 // where miners start on ports above ckpoolHighAbove
	ckpoolHighMin = 4000
	ckpoolZMQ     = "tcp://127.0.0.1:28332"
)

const dataDir = "data" // of the configuration that is made

func fromCKPool(s *source, w *writer, o Options) error {
	if s.counts["btcd"] == 0 {
		return fmt.Errorf("%w: it has no \"btcd\", so it is of a proxy, a passthrough or a redirector, which this program has not", ErrNothing)
	}
	w.head(dataDir, "127.0.0.1:8080")
	ckpoolNodes(s, w, o)

	w.line("[pools.ckpool]")
	w.key("", "parent", "bitcoin")
	address := s.text("btcaddress")
	if o.Solo {
		w.comment("", "As ckpool -B: each block pays the miner who finds it, whose user name is the address.")
		w.key("", "reward", "solo")
		w.key("", "payout", "miner")
		if address != "" {
			s.leave("btcaddress", "with -B blocks pay their finders; a fee for this address would be address and fee_bps")
		}
	} else {
		w.comment("", "As ckpool without -B: all blocks pay one address. "+
			s.look("btcaddress", "Was ckpool run with -B? Then convert again with --solo, or blocks do not pay their finders"))
		w.key("", "reward", "solo")
		w.key("", "payout", "pool")
		w.key("", "address", address)
	}
	if s.number("donation", 0) > 0 {
		s.left = append(s.left, Note{"donation", "went to ckpool's author; this program takes none"})
	}
	if text, cut := tag(s.text("btcsig")); text != "" {
		if cut {
			w.comment("", s.look("btcsig", "look: cut to the %d characters that fit beside what merged mining needs", maxTag))
		}
		w.key("", "tag", text)
	}
	if v := s.number("update_interval", 30); v > 0 && v != 30 {
		w.key("", "refresh", number(min(max(v, 1), 600))+"s")
	}
	if v := s.number("nonce2length", 8); v != 8 {
		w.key("", "extranonce2", int(min(max(v, 2), 8)))
	}
	if v := s.number("maxclients", 0); v > 0 {
		w.key("", "max_miners", int(min(v, 1e6)))
	}
	ckpoolFiles(s, w)
	ckpoolPorts(s, w)
	ckpoolRest(s)
	return nil
}

// ckpoolFiles has the files for monitors written where ckpool has written them.
func ckpoolFiles(s *source, w *writer) {
	dir := s.text("logdir")
	switch clean := path.Clean(dir); {
	case dir == "":
	case clean == dataDir || strings.HasPrefix(clean, dataDir+"/"):
		s.leave("logdir", "is the folder of this program's own files; ckpool_files names another one for pool.status, users and workers")
	default:
		w.comment("", s.look("logdir", "look: the files that monitors of ckpool read (pool/pool.status, users, workers) are written here; "+
			"as long as ckpool runs, too, name another folder. The pool's user has to have the right to write into it"))
		s.fromFolder(w, "", "logdir", dir)
		w.key("", "ckpool_files", dir)
	}
}

func ckpoolNodes(s *source, w *writer, o Options) {
	w.line("[coins.bitcoin]")
	w.key("", "driver", "bitcoin")
	network := o.Node
	if network == "" {
		network = "main"
		w.comment("", s.look("", "look: ckpool's file does not name the network; main is taken (--network says another)"))
	}
	w.key("", "network", network)
	w.line("  [coins.bitcoin.settings]")
	zmq := s.text("zmqblock")
	if zmq == "" {
		zmq = ckpoolZMQ // it is always listened to
	}
	var all []node
	for i := range s.counts["btcd"] {
		at := fmt.Sprintf("btcd[%d].", i)
		n := node{url: nodeURL(s.text(at + "url")), user: s.text(at + "auth"), password: s.text(at + "pass"), cookie: s.text(at + "cookie")}
		if n.cookie != "" {
			n.user, n.password = "", ""
			s.fromFolder(w, "  ", at+"cookie", n.cookie)
		}
		if i == 0 {
			n.zmq = zmq
		}
		s.secret(at+"pass", n.password)
		s.leave(at+"notify", "nodes are asked once a second in any case; docs/operating.md, \"News of blocks\", has what is faster")
		all = append(all, n)
	}
	w.comment("  ", "The preferred node first. The node must publish its blocks to zmq (zmqpubhashblock); without it, it is asked once a second.")
	w.nodes(all)
	w.line("")
}

// secret notes that a password was carried over.
func (s *source) secret(path, value string) {
	if value != "" {
		s.look(path, "the password is carried over: keep the file readable by its owner alone (chmod 600)")
	}
}

func ckpoolPorts(s *source, w *writer) {
	low, start, high, most := s.number("mindiff", ckpoolMin), s.number("startdiff", ckpoolStart), s.number("highdiff", ckpoolHigh), s.number("maxdiff", 0)
	var ports []string
	for i := range s.counts["serverurl"] {
		ports = append(ports, fmt.Sprintf("serverurl[%d]", i))
	}
	if s.has("serverurl") {
		ports = append(ports, "serverurl")
	}
	written := map[string]bool{}
	for _, path := range ports {
		address, ok := listenOn(s.text(path))
		switch {
		case !ok:
			s.leave(path, "is no address with a port")
		case written[address]:
			s.leave(path, "is there twice")
		default:
			written[address] = true
			ckpoolPort(w, address, low, start, high, most)
		}
	}
	if len(written) == 0 {
		ckpoolPort(w, "0.0.0.0:3333", low, start, high, most)
	}
}

func ckpoolPort(w *writer, address string, low, start, high, most float64) {
	w.line("")
	w.line("  [[pools.ckpool.listen]]")
	w.key("  ", "address", address)
	var n int
	_, _ = fmt.Sscanf(address[strings.LastIndexByte(address, ':')+1:], "%d", &n)
	if n > ckpoolHighMin {
		start = high
		w.comment("  ", "ckpool starts miners of ports above 4000 at highdiff.")
	}
	difficulty(w, low, start, most, 18)
}

// difficulty writes a port's difficulty in an order that can be: the least, the
// start, the most.
func difficulty(w *writer, low, start, most, perMinute float64) {
	if low <= 0 {
		low = 1e-6
	}
	start = max(start, low)
	text := fmt.Sprintf("{ start = %s, min = %s", number(start), number(low))
	if most > 0 {
		most = max(most, low)
		text = fmt.Sprintf("{ start = %s, min = %s, max = %s", number(min(start, most)), number(low), number(most))
	}
	w.key("  ", "difficulty", raw(text+", target_shares_per_minute = "+number(perMinute)+" }"))
}

// ckpoolRest names what has no counterpart.
func ckpoolRest(s *source) {
	s.leave("blockpoll", "nodes are asked once a second, beside zmq")
	s.leave("nonce1length", "extranonce1 always has 4 bytes")
	s.leave("version_mask", "the coin's own mask is used, 1fffe000 on Bitcoin")
	s.leave("proxy", "this program is no proxy of another pool")
	s.leave("nodeserver", "this program has no node mode")
	s.leave("trusted", "this program has no trusted remotes")
	s.leave("upstream", "this program is no proxy of another pool")
	s.leave("redirecturl", "this program has no redirector; reconnect_to names hosts that miners may be sent to")
	s.leave("dropidle", "an idle connection is ended by its time-outs")
	s.leave("useragent", "miners are not chosen by their user agent")
	s.leave("donaddress", "this program takes no donation")
}
