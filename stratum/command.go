package stratum

import (
	"context"
	"encoding/json"
	"math/rand/v2"
	"net"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/motherlode-pool/motherlode/stratum/admission"
)

// CommandError says why a command to miners cannot be carried out.
type CommandError string

func (e CommandError) Error() string { return string(e) }

// Why a command cannot be carried out.
const (
	ErrNoWord CommandError = "the miners of this pool speak a dialect that has no word for this"
	ErrHost   CommandError = "miners are not sent to this address: it is not among those that the configuration allows"
)

// Who selects sessions; a session that fits any of the fields is meant. The zero
// value selects none.
type Who struct {
	All     bool
	Session uint64       // SessionInfo.Number; 0 for none
	Worker  string       // a user name as sent, or what stands before its first point
	Network netip.Prefix // of the remote address
}

// Redirect is where client.reconnect sends miners. The zero value is where they
// are. Bitaxe ignores it and comes back to where it was; the cgminer family
// follows only within the domain that it was given, and not at all from an IP
// address; cpuminer wants to be told on its command line that it may. So this is
// for moving miners between machines of one name, and no miner can be counted on.
type Redirect struct {
	Host string        // one of Config.ReconnectTo
	Port int           // 0: the one that the miner uses
	Wait time.Duration // before it connects, in whole seconds; only with Host
}

// pick lists the sessions that are meant.
func (srv *Server) pick(w Who) []*session {
	var all []*session
	for _, sh := range srv.shards {
		all = sh.snapshot(all)
	}
	return slices.DeleteFunc(all, func(s *session) bool { return !s.meant(w) })
}

func (s *session) meant(w Who) bool {
	if w.All || w.Session != 0 && w.Session == s.number {
		return true
	}
	s.out.mu.Lock()
	defer s.out.mu.Unlock()
	if w.Network.IsValid() && w.Network.Contains(s.front.addr) {
		return true
	}
	if w.Worker == "" {
		return false
	}
	for name := range s.workers {
		account, _, _ := strings.Cut(name, ".")
		if name == w.Worker || account == w.Worker {
			return true
		}
	}
	return false
}

// say sends a line of V1 to a miner that mines, without waiting for it. A miner
// that does not read is not told.
func (s *session) say(scratch *[]byte, line func(dst []byte) []byte) bool {
	o := &s.out
	o.mu.Lock()
	if !o.ready || o.stopped || len(o.pending) > pendingLimit {
		o.mu.Unlock()
		return false
	}
	o.pending = line(o.pending)
	o.pass(scratch)
	return true
}

// tell sends a line to all that are meant and returns how many were told.
func (srv *Server) tell(w Who, line func(s *session, dst []byte) []byte) (n int, err error) {
	if srv.cfg.Dialect == SHA3x {
		return 0, ErrNoWord
	}
	var scratch []byte
	for _, s := range srv.pick(w) {
		if s.say(&scratch, func(dst []byte) []byte { return line(s, dst) }) {
			n++
		}
	}
	return n, nil
}

// Reconnect asks miners to connect again and returns how many were asked.
func (srv *Server) Reconnect(w Who, to Redirect) (int, error) {
	line, err := srv.reconnectTo(to)
	if err != nil {
		return 0, err
	}
	return srv.tell(w, func(_ *session, dst []byte) []byte { return append(dst, line...) })
}

// reconnectTo is the line that sends miners to an address. The port is a string,
// as the cgminer family takes no number for one.
func (srv *Server) reconnectTo(to Redirect) (string, error) {
	if to == (Redirect{}) {
		return reconnectLine, nil
	}
	if !slices.Contains(srv.cfg.ReconnectTo, to.Host) &&
		!slices.Contains(srv.cfg.ReconnectTo, net.JoinHostPort(to.Host, strconv.Itoa(to.Port))) || to.Host == "" {
		return "", ErrHost
	}
	params := []any{to.Host}
	if to.Port != 0 || to.Wait > 0 {
		params = append(params, strconv.Itoa(to.Port), int(to.Wait/time.Second))
	}
	if to.Port == 0 && to.Wait > 0 {
		return "", ErrHost // no miner takes a time without a port
	}
	text, _ := json.Marshal(params) // words and numbers always encode
	return `{"id":null,"method":"client.reconnect","params":` + string(text) + "}\n", nil
}

// Message has miners show a text, with client.show_message. Bitaxe and the
// cgminer family log it.
func (srv *Server) Message(w Who, text string) (int, error) {
	return srv.tell(w, func(_ *session, dst []byte) []byte { return appendMessage(dst, text) })
}

// asked is what a miner was asked and has not answered; ids are 0 when it was
// not, or has.
type asked struct {
	last    uint64
	ping    uint64
	pingAt  time.Time
	version uint64
}

// firstAsk is the id before that of the first request to a miner, above what
// miners use for their own.
const firstAsk = 900_000

// next is the id of another request.
func (a *asked) next() uint64 {
	if a.last == 0 {
		a.last = firstAsk
	}
	a.last++
	return a.last
}

// Ping sends mining.ping and returns to how many. The time until an answer comes,
// of whatever kind, is SessionInfo.RTT. Bitaxe answers by a request of its own,
// old cpuminer not at all.
func (srv *Server) Ping(w Who) (int, error) {
	return srv.tell(w, func(s *session, dst []byte) []byte {
		a := &s.front.asked
		a.ping, a.pingAt = a.next(), time.Now()
		s.front.waiting.Store(true)
		return appendAsk(dst, a.ping, "mining.ping")
	})
}

// AskVersion sends client.get_version and returns to how many. The answer is
// SessionInfo.Version.
func (srv *Server) AskVersion(w Who) (int, error) {
	return srv.tell(w, func(s *session, dst []byte) []byte {
		a := &s.front.asked
		a.version = a.next()
		s.front.waiting.Store(true)
		return appendAsk(dst, a.version, "client.get_version")
	})
}

func appendAsk(dst []byte, id uint64, method string) []byte {
	dst = strconv.AppendUint(append(dst, `{"id":`...), id, 10)
	return append(append(append(dst, `,"method":"`...), method...), `","params":[]}`+"\n"...)
}

// answered takes a miner's answer to what we asked; any other is ignored. An
// error is an answer, too: it took its time to come.
func (s *session) answered(line []byte) {
	f := &s.front
	if !f.waiting.Load() {
		return
	}
	var m struct{ ID, Result json.RawMessage }
	if json.Unmarshal(line, &m) != nil {
		return
	}
	id, err := strconv.ParseUint(strings.Trim(string(m.ID), `"`), 10, 64)
	if err != nil {
		return
	}
	s.out.mu.Lock()
	defer s.out.mu.Unlock()
	switch id {
	case f.asked.ping:
		s.ponged()
	case f.asked.version:
		f.asked.version = 0
		v := decodeValue(m.Result)
		f.version = ""
		if v.kind == kindText {
			f.version = strings.ToValidUTF8(string(v.raw[:min(len(v.raw), agentLimit)]), "")
		}
	}
	f.waiting.Store(f.asked.ping != 0 || f.asked.version != 0)
}

// ponged notes how long the answer to a ping took. out.mu is held.
func (s *session) ponged() {
	a := &s.front.asked
	if a.ping == 0 {
		return
	}
	a.ping = 0
	s.front.rtt.Store(int64(max(s.turn.now.Sub(a.pingAt), 1)))
}

// pong is the request by which Bitaxe answers a ping.
func (s *session) pong() {
	s.out.mu.Lock()
	defer s.out.mu.Unlock()
	s.ponged()
	s.front.waiting.Store(s.front.asked.version != 0)
}

// Drop ends sessions and returns how many. Miners come back, if they do, with
// their session id.
func (srv *Server) Drop(w Who) int {
	all := srv.pick(w)
	for _, s := range all {
		s.kick(DroppedByOperator)
	}
	return len(all)
}

// drainPatience is how long a miner that was asked to go may take.
const drainPatience = 10 * time.Second

// Drain closes the ports for good and sends every miner away, spread over a time:
// each is asked by client.reconnect, and its connection ended when it has not
// gone after 10 s (at once where miners have no such word). The server goes on
// until Run's context ends; connections to a port that is held elsewhere (see
// Listener.Held) are reset as they come. It returns when all are gone, or with the error of
// ctx, which stops the sending away and opens no port again.
func (srv *Server) Drain(ctx context.Context, over time.Duration, to Redirect) error {
	line, err := srv.reconnectTo(to)
	if err != nil {
		return err
	}
	srv.shutPorts()
	srv.log.Info("ports are closed, miners are sent away", "miners", srv.Live(), "over", over)
	all := srv.pick(Who{All: true})
	rand.Shuffle(len(all), func(i, j int) { all[i], all[j] = all[j], all[i] })
	patience := drainPatience
	if srv.cfg.Dialect == SHA3x {
		patience = 0
	}
	begin := time.Now()
	due := func(i int) time.Duration { return over * time.Duration(i) / time.Duration(len(all)) }
	var scratch []byte
	for told, ended := 0, 0; ended < len(all); {
		now := time.Since(begin)
		for ; told < len(all) && due(told) <= now; told++ {
			if patience > 0 {
				all[told].say(&scratch, func(dst []byte) []byte { return append(dst, line...) })
			}
		}
		for ; ended < told && due(ended)+patience <= now; ended++ {
			all[ended].kick(Drained)
		}
		pause(ctx, drainStep)
		if err := ctx.Err(); err != nil {
			return err
		}
		if srv.Live() == 0 {
			return nil
		}
	}
	return nil
}

// Drained reports whether Drain has closed the ports.
func (srv *Server) Drained() bool { return srv.shut.Load() }

const drainStep = 20 * time.Millisecond

// Bans lists the addresses that are shut out.
func (srv *Server) Bans() []admission.Ban { return srv.gate.Bans(time.Now()) }

// Ban shuts an address out for a time by the operator's word, also where somebody
// mines, and reports whether it did: an address that the limits allow is never
// shut out. Connections that are there stay, see Drop. A restart forgets it.
func (srv *Server) Ban(a netip.Addr, d time.Duration) bool { return srv.gate.Bar(a, d, time.Now()) }

// Unban lets an address in again; it reports whether it was shut out.
func (srv *Server) Unban(a netip.Addr) bool { return srv.gate.Unban(a, time.Now()) }
