package conformance

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/url"
	"reflect"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/motherlode-pool/motherlode/coins"
)

// Rules that others refer to.
const (
	ruleOpen  = "open"
	ruleRoles = "roles"
)

// The key and network that no coin has.
const (
	unknownKey     = "conformance_unknown_key"
	unknownNetwork = "conformance-unknown-network"
)

func openRules() []rule {
	return []rule{
		every(ruleOpen, "Open makes a coin of the settings, in time, that says what it is", tryOpen),
		every(ruleRoles, "the announced roles are the powers that the coin has", tryRoles),
		every("open-unknown-key", "Open refuses a key that it does not know, by name", tryUnknownKey),
		every("open-unknown-network", "Open refuses a network that it does not know, by name", tryUnknownNetwork),
		every("open-offline", "Open talks to nobody and waits for nobody", tryOffline),
	}
}

func tryOpen(ctx context.Context, s *suite) error {
	if _, err := s.opened(ctx); err != nil {
		var problems coins.Problems
		if errors.As(s.openErr, &problems) {
			return fmt.Errorf("the settings are refused; give those of a network that is easy to mine on (regtest): %w", problems)
		}
		return fmt.Errorf("opening the coin: %w", s.openErr)
	}
	info := s.coin.Info()
	want := s.cfg.Settings.Network
	if want == "" {
		want = s.info.Coin.Network
	}
	if info.Network != want {
		return fmt.Errorf("the coin says that its network is %q, want %q", info.Network, want)
	}
	if !reflect.DeepEqual(info, s.coin.Info()) {
		return errors.New("the coin's Info does not say the same twice")
	}
	return checkCoinInfo(s.info, info)
}

func tryRoles(ctx context.Context, s *suite) error {
	coin, err := s.opened(ctx)
	if err != nil {
		return err
	}
	var wrong []error
	for _, r := range []struct {
		role coins.Role
		has  func() bool
		name string
	}{
		{coins.RoleParent, func() bool { _, ok := coin.(coins.Parent); return ok }, "coins.Parent"},
		{coins.RoleAux, func() bool { _, ok := coin.(coins.Aux); return ok }, "coins.Aux"},
		{coins.RoleHasher, func() bool { _, ok := coin.(coins.Hasher); return ok }, "coins.Hasher"},
		{coins.RoleWallet, func() bool { _, ok := coin.(coins.Wallet); return ok }, "coins.Wallet"},
		{coins.RoleMessageVerifier, func() bool { _, ok := coin.(coins.MessageVerifier); return ok }, "coins.MessageVerifier"},
	} {
		switch has, announced := r.has(), s.info.Has(r.role); {
		case announced && !has:
			wrong = append(wrong, fmt.Errorf("the role %q is announced, but the coin is no %s", r.role, r.name))
		case has && !announced:
			wrong = append(wrong, fmt.Errorf("the coin is a %s, but the role %q is not announced", r.name, r.role))
		}
	}
	return errors.Join(wrong...)
}

// refusal opens with settings that are wrong, and gives what the coin finds.
func (s *suite) refusal(ctx context.Context, settings coins.Settings) (coins.Problems, error) {
	coin, err := s.open(ctx, settings)
	if err == nil {
		_ = s.closeCoin(coin)
		return nil, errors.New("it was opened")
	}
	var unstarted *startError
	if errors.As(err, &unstarted) {
		return nil, fmt.Errorf("it never came to Open: %w", unstarted)
	}
	var problems coins.Problems
	if !errors.As(err, &problems) {
		return nil, fmt.Errorf("the error is %q, want coins.Problems, a list of key paths and messages", err)
	}
	for _, p := range problems {
		if p.Message == "" {
			return nil, fmt.Errorf("the problem at %q has no message", p.Path)
		}
		if err := errors.Join(badText("path", p.Path), badText("message", p.Message)); err != nil {
			return nil, err
		}
	}
	return problems, nil
}

func tryUnknownKey(ctx context.Context, s *suite) error {
	table, err := s.settingsTable()
	if err != nil {
		return err
	}
	table[unknownKey] = 1
	settings := s.cfg.Settings
	if settings.JSON, err = json.Marshal(table); err != nil {
		return err
	}
	problems, err := s.refusal(ctx, settings)
	if err != nil {
		return fmt.Errorf("settings with the key %q: %w", unknownKey, err)
	}
	for _, p := range problems {
		if strings.Contains(p.Path, unknownKey) {
			return nil
		}
	}
	return fmt.Errorf("settings with the key %q: no problem has it as its path, by which the operator finds the line; got: %w", unknownKey, problems)
}

// settingsTable is the settings as a table.
func (s *suite) settingsTable() (map[string]any, error) {
	table := map[string]any{}
	if len(s.cfg.Settings.JSON) == 0 {
		return table, nil
	}
	if err := json.Unmarshal(s.cfg.Settings.JSON, &table); err != nil || table == nil {
		return nil, fmt.Errorf("the settings given are no JSON object: %w", err)
	}
	return table, nil
}

func tryUnknownNetwork(ctx context.Context, s *suite) error {
	settings := s.cfg.Settings
	settings.Network = unknownNetwork
	problems, err := s.refusal(ctx, settings)
	if err != nil {
		return fmt.Errorf("the network %q: %w", unknownNetwork, err)
	}
	for _, p := range problems {
		if p.Path == "network" || strings.Contains(p.Message, unknownNetwork) {
			return nil
		}
	}
	return fmt.Errorf("the network %q: no problem has the path \"network\" or names it; got: %w", unknownNetwork, problems)
}

// tryOffline opens with every URL of the settings turned to a server that takes
// connections and says nothing.
func tryOffline(ctx context.Context, s *suite) error {
	table, err := s.settingsTable()
	if err != nil {
		return err
	}
	if _, err := s.opened(ctx); err != nil {
		return err
	}
	var traps traps
	defer traps.close()
	settings := s.cfg.Settings
	if settings.JSON, err = json.Marshal(traps.redirect(table)); err != nil {
		return err
	}
	if traps.err != nil {
		return fmt.Errorf("no server to stand in for the nodes: %w", traps.err)
	}
	begin := time.Now()
	coin, err := s.open(ctx, settings)
	took, met := time.Since(begin), traps.met.Load()
	if err != nil {
		return fmt.Errorf("with nodes that do not answer: %w", err)
	}
	defer func() { _ = s.closeCoin(coin) }()
	switch {
	case met > 0:
		return errors.New("within Open it connected to a node; that is for the streams and the calls")
	case took > s.openLimit():
		return fmt.Errorf("it took %v, at most %v", took, s.openLimit())
	case len(traps.listeners) == 0:
		s.note("the settings name no server, so that only the time was looked at")
	}
	return nil
}

// traps are servers that note who connects.
type traps struct {
	listeners []net.Listener
	accepting sync.WaitGroup
	met       atomic.Int64
	err       error
}

// redirect is a copy of settings with the host of each URL replaced.
func (t *traps) redirect(v any) any {
	switch v := v.(type) {
	case map[string]any:
		out := make(map[string]any, len(v))
		for key, item := range v {
			out[key] = t.redirect(item)
		}
		return out
	case []any:
		out := make([]any, len(v))
		for i, item := range v {
			out[i] = t.redirect(item)
		}
		return out
	case string:
		if u, err := url.Parse(v); err == nil && u.Scheme != "" && u.Port() != "" {
			if addr := t.trap(); addr != "" {
				u.Host = addr
				return u.String()
			}
		}
	}
	return v
}

// trap starts one more server.
func (t *traps) trap() string {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.err = err
		return ""
	}
	t.listeners = append(t.listeners, l)
	t.accepting.Go(func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			t.met.Add(1)
			defer func() { _ = c.Close() }() // only with the server: till then it keeps silent
		}
	})
	return l.Addr().String()
}

func (t *traps) close() {
	for _, l := range t.listeners {
		_ = l.Close()
	}
	t.accepting.Wait()
}
