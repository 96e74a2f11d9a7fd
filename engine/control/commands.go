package control

import (
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/motherlode-pool/motherlode/stratum"
)

// Bounds of orders.
const (
	maxText = 256                  // characters of a message; miners show a line
	maxBan  = 10 * 365 * 24 * 3600 // seconds
)

// who is what a command selects.
func (c *Command) who() (who stratum.Who, err error) {
	said := 0
	for _, set := range []bool{c.All, c.Session != 0, c.Worker != "", c.Network != ""} {
		if set {
			said++
		}
	}
	if said != 1 {
		return who, errors.New("say which miners: exactly one of all, a session, a worker or an address")
	}
	if c.Session != 0 && c.Pool == "" {
		return who, errors.New("a session's number is of one pool: say which")
	}
	who = stratum.Who{All: c.All, Session: c.Session, Worker: c.Worker}
	if c.Network != "" {
		who.Network, err = ParseNetwork(c.Network)
	}
	return who, err
}

// ParseRedirect reads HOST or HOST:PORT, with or without stratum+tcp://. Nothing is
// where miners are.
func ParseRedirect(text string, wait time.Duration) (to stratum.Redirect, err error) {
	if text == "" {
		return to, nil
	}
	bare := text
	if _, rest, ok := strings.Cut(text, "://"); ok {
		bare = strings.TrimSuffix(rest, "/")
	}
	to.Host, to.Wait = bare, wait
	if host, port, err := net.SplitHostPort(bare); err == nil {
		to.Host = host
		if to.Port, err = strconv.Atoi(port); err != nil || to.Port < 1 || to.Port > 65535 {
			return to, fmt.Errorf("%q has no port that miners could be sent to", text)
		}
	}
	if to.Host == "" || strings.ContainsAny(to.Host, "/ \t\"") {
		return to, fmt.Errorf("%q is no address; expected HOST or HOST:PORT", text)
	}
	return to, nil
}

func (s *Server) postSessions(w http.ResponseWriter, r *http.Request) {
	var c Command
	if !order(w, r, &c) {
		return
	}
	do, err := c.action(r.PathValue("action"))
	if err != nil {
		refuse(w, http.StatusBadRequest, err.Error())
		return
	}
	_, fronts, err := s.fronts(c.Pool)
	if err != nil {
		answer(w, nil, err)
		return
	}
	done, said := Done{}, false
	for _, front := range fronts {
		n, failed := do(front)
		done.Count += n
		said = said || failed == nil
		err = errors.Join(err, failed)
	}
	if said {
		if err != nil {
			done.Note = err.Error() // of some pools
		}
		err = nil
	}
	answer(w, done, err)
}

// action is what a command does to the miners of a pool.
func (c *Command) action(name string) (func(Front) (int, error), error) {
	who, err := c.who()
	if err != nil {
		return nil, err
	}
	switch name {
	case "drop":
		return func(f Front) (int, error) { return f.Drop(who), nil }, nil
	case "ping":
		return func(f Front) (int, error) { return f.Ping(who) }, nil
	case "version":
		return func(f Front) (int, error) { return f.AskVersion(who) }, nil
	case "message":
		if c.Text == "" || len(c.Text) > maxText {
			return nil, fmt.Errorf("a message has 1 to %d characters", maxText)
		}
		return func(f Front) (int, error) { return f.Message(who, c.Text) }, nil
	case "reconnect":
		to, err := ParseRedirect(c.To, time.Duration(c.Wait*float64(time.Second)))
		if err != nil {
			return nil, err
		}
		return func(f Front) (int, error) { return f.Reconnect(who, to) }, nil
	}
	return nil, fmt.Errorf("sessions cannot be told to %q; expected drop, reconnect, message, ping or version", name)
}

func (s *Server) getBans(w http.ResponseWriter, r *http.Request) {
	names, fronts, err := s.fronts(r.URL.Query().Get("pool"))
	if err != nil {
		answer(w, nil, err)
		return
	}
	all := []Ban{}
	for i, front := range fronts {
		for _, b := range front.Bans() {
			all = append(all, Ban{names[i], b.Address.String(), b.Until, b.ByHand})
		}
	}
	answer(w, all, nil)
}

func (s *Server) postBans(w http.ResponseWriter, r *http.Request) {
	var b BanOrder
	if !order(w, r, &b) {
		return
	}
	a, err := netip.ParseAddr(b.Address)
	switch {
	case err != nil || a.Zone() != "":
		refuse(w, http.StatusBadRequest, fmt.Sprintf("%q is no address; expected one like 192.0.2.1", b.Address))
		return
	case !(b.Seconds >= 1 && b.Seconds <= maxBan):
		refuse(w, http.StatusBadRequest, "a ban lasts from a second to ten years")
		return
	}
	names, fronts, err := s.fronts(b.Pool)
	if err != nil {
		answer(w, nil, err)
		return
	}
	var done Done
	var allowed []string
	for i, front := range fronts {
		if !front.Ban(a, time.Duration(b.Seconds*float64(time.Second))) {
			allowed = append(allowed, names[i])
			continue
		}
		done.Count++
		if !b.Keep {
			done.Dropped += front.Drop(stratum.Who{Network: around(a)})
		}
	}
	if len(allowed) > 0 {
		text := fmt.Sprintf("%s is never shut out of pool %s: its limits.allow has it", a, strings.Join(allowed, ", "))
		if done.Count == 0 {
			answer(w, nil, errors.New(text))
			return
		}
		done.Note = text
	}
	s.o.Logger.Info("address is shut out by the operator", "address", a, "seconds", b.Seconds, "dropped", done.Dropped)
	answer(w, done, nil)
}

// around is what counts as one address: itself, or an IPv6 /64.
func around(a netip.Addr) netip.Prefix {
	a = a.Unmap()
	bits := 32
	if a.Is6() {
		bits = 64
	}
	p, _ := a.Prefix(bits) // so many bits always fit
	return p
}

func (s *Server) deleteBans(w http.ResponseWriter, r *http.Request) {
	a, err := netip.ParseAddr(r.URL.Query().Get("address"))
	if err != nil {
		refuse(w, http.StatusBadRequest, fmt.Sprintf("%q is no address; expected one like 192.0.2.1", r.URL.Query().Get("address")))
		return
	}
	_, fronts, err := s.fronts(r.URL.Query().Get("pool"))
	if err != nil {
		answer(w, nil, err)
		return
	}
	var done Done
	for _, front := range fronts {
		if front.Unban(a) {
			done.Count++
		}
	}
	answer(w, done, nil)
}

func (s *Server) getStatus(w http.ResponseWriter, _ *http.Request) {
	answer(w, Status{View: s.pools.Status(), Rounds: s.pools.Rounds(), Rates: s.pools.Rates(), Units: s.pools.Units(), Drain: s.drain.view()}, nil)
}

func (s *Server) getBlocks(w http.ResponseWriter, r *http.Request) {
	q := r.URL.Query()
	before, _ := strconv.ParseUint(q.Get("before"), 10, 64) // 0 is the newest
	limit, _ := strconv.Atoi(q.Get("limit"))
	if limit <= 0 {
		limit = defaultBlocks
	}
	blocks, err := s.pools.Blocks(BlockFilter{q.Get("pool"), q.Get("chain"), q.Get("state"), before, limit})
	answer(w, slices.Concat([]Block{}, blocks), err)
}

// defaultBlocks are listed where a request says nothing.
const defaultBlocks = 100

func (s *Server) getAccount(w http.ResponseWriter, r *http.Request) {
	accounts, err := s.pools.Accounts(r.URL.Query().Get("pool"), r.URL.Query().Get("name"))
	answer(w, slices.Concat([]Account{}, accounts), err)
}

func (s *Server) postReload(w http.ResponseWriter, r *http.Request) {
	out, err := s.pools.Reload(r.Context(), r.URL.Query().Get("restart") == "true")
	answer(w, out, err)
}
