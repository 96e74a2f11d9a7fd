package pythonexample

import (
	"errors"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/motherlode-pool/motherlode/coins"
	"github.com/motherlode-pool/motherlode/plugins/conformance"
)

// TestConformance holds the plugin to every rule, started as a third party's file.
func TestConformance(t *testing.T) {
	path, _ := mustPack(t)
	cfg := conformance.NewProcessConfig(path)
	cfg.Process.External = true
	cfg.Settings = coins.Settings{Instance: "toychain", Network: "regtest", JSON: []byte(`{"bits": "` + easyBits + `"}`)}
	cfg.Bad = []string{"TOYr10102030405060708090a0b0c0d0e0f1011121314bb4e2cec"}
	conformance.Run(t, cfg)
}

func TestDescribesItself(t *testing.T) {
	d, _ := mustDriver(t)
	info, err := d.Probe(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if info.Driver != "toychain" || !info.Has(coins.RoleParent) || len(info.Roles) != 1 || info.Coin.Algorithm != "sha256d" || info.Coin.ExampleAddress == "" {
		t.Errorf("got %+v", info)
	}
	if got := strings.Join(info.Networks, ","); got != "main,regtest" {
		t.Errorf("networks %s", got)
	}
}

func TestAllThatIsWrongWithSettingsIsNamed(t *testing.T) {
	d, _ := mustDriver(t)
	_, err := d.Open(t.Context(), coins.Settings{Network: "moon", JSON: []byte(`{"bit": 1, "bits": "zz", "transactions": -1}`)})
	var problems coins.Problems
	if !errors.As(err, &problems) {
		t.Fatalf("got %v, want problems", err)
	}
	var paths []string
	for _, p := range problems {
		paths = append(paths, p.Path)
	}
	if got, want := strings.Join(paths, ","), "bit,bits,transactions,network"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

// TestGarbageIsRefusedWithAReason submits more than gRPC's own limit lets in.
func TestGarbageIsRefusedWithAReason(t *testing.T) {
	d, logs := mustDriver(t)
	c := mustOpen(t, d, "").(coins.Parent)
	v, err := c.SubmitBlock(t.Context(), &coins.Block{Height: 7, Raw: make([]byte, 8<<20)})
	if err != nil || v.Code != coins.Rejected || !strings.Contains(v.Reason, "another hash") {
		t.Errorf("got %+v, %v", v, err)
	}
	const line = `level=WARN msg="block refused" height=7`
	for end := time.Now().Add(5 * time.Second); !strings.Contains(logs.String(), line); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("no %q in the pool's log: %s", line, logs.String())
		}
	}
}

// TestSignalsAreIgnoredAndStoppingIsPrompt sends what a service manager sends to
// the whole group while the pool still has blocks to deliver.
func TestSignalsAreIgnoredAndStoppingIsPrompt(t *testing.T) {
	d, _ := mustDriver(t)
	c := mustOpen(t, d, "")
	pid := c.(interface{ PID() int }).PID()
	for _, s := range []syscall.Signal{syscall.SIGTERM, syscall.SIGINT, syscall.SIGHUP} {
		if err := syscall.Kill(pid, s); err != nil {
			t.Fatal(err)
		}
	}
	for range 20 {
		if p, err := c.ValidateAddress(t.Context(), c.Info().ExampleAddress); err != nil || !p.Valid {
			t.Fatalf("%+v, %v", p, err)
		}
	}
	out := make(chan *coins.Template, 1)
	ended := make(chan error, 1)
	go func() { ended <- c.(coins.Parent).Templates(t.Context(), out) }()
	<-out
	begin := time.Now()
	if err := c.Close(); err != nil {
		t.Error(err)
	}
	took := time.Since(begin)
	if took > 1500*time.Millisecond { // the kill comes after two seconds
		t.Errorf("Close took %v", took)
	}
	<-ended
	t.Logf("Close took %v", took)
}

// TestFolderStaysClean runs the plugin from its folder: nothing is written there.
func TestFolderStaysClean(t *testing.T) {
	dir := mustProject(t)
	cmd := exec.CommandContext(t.Context(), filepath.Join(dir, "toychain"))
	cmd.Env = []string{}
	if out, err := cmd.CombinedOutput(); cmd.ProcessState.ExitCode() != 1 || !strings.Contains(string(out), "the pool\nstarts it") {
		t.Errorf("%v: %s", err, out)
	}
	for _, pattern := range []string{"__pycache__", "*/__pycache__"} {
		if found, err := filepath.Glob(filepath.Join(dir, pattern)); err != nil || len(found) != 0 {
			t.Errorf("left: %q, %v", found, err)
		}
	}
}
