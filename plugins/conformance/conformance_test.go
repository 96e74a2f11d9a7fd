package conformance

import (
	"testing"
	"time"

	"github.com/motherlode-pool/motherlode/coins"
)

// toyConfig is that of a toy in this process, with limits that make faults fail
// soon.
func toyConfig(d *toy) Config {
	cfg := NewConfig(d)
	cfg.Settings = coins.Settings{Instance: "toy", Network: "regtest", JSON: []byte(`{"node":"` + toyNode + `"}`)}
	cfg.Advance = d.advance
	cfg.Good = []string{toyAddress("another")}
	header := make([]byte, 80)
	cfg.Vectors = []HashVector{{Header: header, Hash: toySum(newToy(), header)}}
	cfg.Messages = []SignedMessage{toySigned(toyAddress("another"), "hello")}
	cfg.Limits = Limits{
		Open: time.Second, Health: 500 * time.Millisecond, Work: time.Second, Cancel: 500 * time.Millisecond,
		Call: 2 * time.Second, Mine: 5 * time.Second,
	}
	return cfg
}

func TestGoodCoinPasses(t *testing.T) {
	for name, d := range map[string]*toy{
		"tree": newToy(), "no wallet": newToy("no wallet"), "blob": newToy("header blobs"), "commits by output": newToy("commits by output"),
	} {
		t.Run(name, func(t *testing.T) { Run(t, patient(toyConfig(d))) })
	}
}

// patient is a Config that a busy machine does not break.
func patient(cfg Config) Config {
	cfg.Limits = cfg.Limits.withDefaults().times(10)
	return cfg
}

func TestGoodProcessPasses(t *testing.T) {
	t.Run("sdk", func(t *testing.T) { Run(t, patient(processConfig("sdk"))) })
	t.Run("sdk with mutual TLS", func(t *testing.T) {
		cfg := processConfig("sdk")
		cfg.Process.MTLS = true
		Run(t, patient(cfg))
	})
}
