package conformance

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/motherlode-pool/motherlode/coins"
	"github.com/motherlode-pool/motherlode/plugins/host"
)

// A program that is slow to start is not one that is slow to open.
func TestSlowStartIsNotASlowOpen(t *testing.T) {
	cfg := processConfig("sdk", "starts slowly")
	cfg.Rules = []string{"open", "open-unknown-key"}
	if cfg.Limits.Open >= slowStart {
		t.Fatalf("Open may take %v, which tells nothing of a start of %v", cfg.Limits.Open, slowStart)
	}
	if failed, details := broken(t, cfg, OwnProcess); failed != nil {
		t.Errorf("with time to start: failed were %v", details)
	}
	cfg.Limits.Start = slowStart / 3
	sum := Check(t.Context(), cfg, OwnProcess, nil)
	if want := "did not start within 500ms"; sum.Err == nil || !strings.Contains(sum.Err.Error(), want) {
		t.Errorf("without time to start: got %v, want %q in it", sum.Err, want)
	}
}

// failing is a driver that opens nothing.
type failing struct {
	coins.Driver
	err error
}

func (d failing) Open(context.Context, coins.Settings) (coins.Coin, error) { return nil, d.err }

func TestRefusalBlamesWhatFailed(t *testing.T) {
	for _, tt := range []struct {
		name string
		err  error
		want string
		not  string
	}{
		{"no start", &host.Error{Kind: host.ErrPluginStart, Plugin: "x", Detail: "no handshake"}, "never came to Open", "coins.Problems"},
		{"another version", &host.Error{Kind: host.ErrProtocol, Plugin: "x"}, "never came to Open", "coins.Problems"},
		{"dies of it", &host.Error{Kind: host.ErrPluginDied, Plugin: "x"}, "coins.Problems", "never came to Open"},
		{"a plain error", fmt.Errorf("no"), "coins.Problems", "never came to Open"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s := &suite{driver: failing{err: tt.err}, limits: Limits{}.withDefaults(), transport: OwnProcess}
			_, err := s.refusal(t.Context(), coins.Settings{})
			if err == nil || !strings.Contains(err.Error(), tt.want) || strings.Contains(err.Error(), tt.not) {
				t.Errorf("got %v, want %q and not %q", err, tt.want, tt.not)
			}
		})
	}
}

func TestBlameNamesTheLimit(t *testing.T) {
	late := fmt.Errorf("call: %w", context.DeadlineExceeded)
	unborn := &host.Error{Kind: host.ErrPluginStart, Plugin: "x"}
	limits := Limits{Start: 10 * time.Second, Open: 5 * time.Second}
	for _, tt := range []struct {
		name string
		over Transport
		err  error
		took time.Duration
		want string
	}{
		{"slow start", OwnProcess, unborn, 10 * time.Second, "the program did not start within 10s"},
		{"failed start", OwnProcess, unborn, time.Second, unborn.Error()},
		{"slow in sum", OwnProcess, late, 15 * time.Second, "start and Open took more than 15s"},
		{"slow Open", InProcess, late, 5 * time.Second, "Open took more than 5s"},
		{"a deadline of its own", InProcess, late, time.Second, late.Error()},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s := &suite{limits: limits, transport: tt.over}
			got := s.blame(tt.err, tt.took, "Open", limits.Open)
			if got == nil || !strings.HasPrefix(got.Error(), tt.want) {
				t.Errorf("got %v, want %q first", got, tt.want)
			}
		})
	}
}
