package main

import (
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/motherlode-pool/motherlode/plugins/conformance"
)

// TestConformance holds the coin against every rule that the pool relies on: in
// this process, over gRPC, and as a program of its own. A coin with a node names
// a regtest node in the settings.
func TestConformance(t *testing.T) {
	cfg := conformance.NewConfig(driver{})
	cfg.Process = &conformance.Process{Command: []string{mustBuild(t)}}
	cfg.Settings.Network = regtestNetwork
	cfg.Settings.JSON = []byte(easy)
	cfg.Good = []string{address(regtestNetwork, []byte("twenty bytes of hash"))}
	cfg.Bad = []string{address(mainNetwork, exampleHash), address(regtestNetwork, exampleHash) + "0"}
	conformance.Run(t, cfg)
}

// mustBuild builds the plugin.
func mustBuild(t *testing.T) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "toychain")
	if out, err := exec.Command("go", "build", "-o", path, ".").CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	return path
}
