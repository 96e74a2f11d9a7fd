package tari

import (
	"context"
	"encoding/json"
	"log/slog"
	"strings"
	"testing"

	"github.com/motherlode-pool/motherlode/coins"
	"github.com/motherlode-pool/motherlode/internal/simtari"
	"github.com/motherlode-pool/motherlode/plugins/conformance"
)

func TestConformance(t *testing.T) {
	chain := simtari.NewChain(simtari.Config{Difficulty: 3})
	chain.Mine(2)
	text, err := json.Marshal(conf(mustNode(t, chain, simtari.NodeConfig{})))
	if err != nil {
		t.Fatal(err)
	}
	cfg := conformance.NewConfig(New(slog.New(slog.DiscardHandler)))
	cfg.Settings = coins.Settings{Instance: "tari", Network: "main", JSON: text}
	cfg.Good = []string{graxil}
	cfg.Bad = []string{exampleAddress(networks[3]), strings.Replace(graxil, "ohc", "ohd", 1)}
	cfg.Advance = func(context.Context) error {
		chain.Mine(1)
		return nil
	}
	conformance.Run(t, cfg)
}
