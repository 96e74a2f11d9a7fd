package main

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/motherlode-pool/motherlode/internal/simchain"
)

// A coin that has no process of its own logs in the pool's form, and at its level.
func TestCoinsInThePoolsProcessLogAsItDoes(t *testing.T) {
	node := mustSim(t, simchain.Config{Name: "parent", Parent: true, Bits: 0x207fffff})
	file := mustWrite(t, fmt.Sprintf(operatedConfig, t.TempDir(), node.URL(), demoAddress, mustFreePort(t)))
	p := mustStart(t, "run", file)
	poll(t, "a line of the coin", 30*time.Second, func() bool { return strings.Contains(p.log.String(), "node answers") })
	p.stop()
	for line := range strings.Lines(p.log.String()) {
		if !json.Valid([]byte(line)) {
			t.Errorf("got %q, want JSON", line)
		}
	}
}
