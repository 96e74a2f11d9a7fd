package nodes

import (
	"context"
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"github.com/motherlode-pool/motherlode/coins"
	"github.com/motherlode-pool/motherlode/coins/internal/block"
	"github.com/motherlode-pool/motherlode/coins/internal/gbt"
)

// Networks that share their first block are told apart by a later one.
func TestForkTellsNetworksApart(t *testing.T) {
	fork := Fork{Height: 7, Hash: coins.Hash{0xf0}}
	for _, tt := range []struct {
		name string
		says any
		bad  bool
	}{
		{"the network's block", fork.Hash.String(), false},
		{"another network's block", coins.Hash{0xf1}.String(), true},
		{"no hash", "nonsense", true},
		{"not there yet", fakeError{-8, "Block height out of range"}, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			n := mustFake(t)
			n.set(func(n *fakeNode) { n.fork = tt.says })
			s := mustSet(t, func(c *Config) { c.Fork = fork }, n)
			if !tt.bad {
				mustRun(t, s).next(t, "work", at(101))
				return
			}
			h := mustHealth(t, s, "down", func(h coins.Health) bool { return h.State == coins.HealthDown })
			if !strings.Contains(h.Message, "block 7 of ") || !strings.Contains(h.Message, "which is not Fake main") {
				t.Errorf("health: got %q", h.Message)
			}
			if n.asked("getblocktemplate") != 0 {
				t.Error("it was asked for work")
			}
		})
	}
}

// A chain's own rules and further parameters go with every request, the
// proposal too.
func TestParamsAndRulesOfTheChain(t *testing.T) {
	n := mustFake(t)
	requests := make(chan []json.RawMessage, 1000)
	n.set(func(n *fakeNode) {
		n.seen = func(method string, params []json.RawMessage) {
			if method == "getblocktemplate" {
				requests <- params
			}
		}
	})
	s := mustSet(t, nil, n)
	var ids uint64
	src := TemplateSource{
		Request: map[string]any{"rules": []string{"own"}},
		Params:  []any{"lane"},
		Rules:   []string{"own"},
		Decode:  func(result json.RawMessage) (*gbt.Template, error) { return gbt.Decode(result, gbt.Options{}) },
		Propose: func(t *coins.Template) []byte { return block.StandIn(t, []byte{0x51}) },
		NextID:  func() uint64 { ids++; return ids },
	}
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan struct{})
	go func() {
		defer close(done)
		s.Templates(ctx, src, func(context.Context, *coins.Template) error { return nil })
	}()
	for proposed := false; !proposed; {
		params := <-requests
		if len(params) != 2 || string(params[1]) != `"lane"` {
			t.Fatalf("parameters: got %s, want the request and the lane", params)
		}
		var q struct {
			Data  string
			Rules []string
		}
		if err := json.Unmarshal(params[0], &q); err != nil || !slices.Equal(q.Rules, []string{"own"}) {
			t.Fatalf("request: got %.200s, %v, want the chain's own rule", params[0], err)
		}
		proposed = q.Data != ""
	}
	cancel()
	<-done
}
