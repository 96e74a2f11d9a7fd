package main

import (
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/motherlode-pool/motherlode/internal/simchain"
)

// A restart that fails gives way to what was in force, not to what the process began
// with: a fee, or payments that were stopped, would come back.
func TestFailedRestartKeepsWhatIsInForce(t *testing.T) {
	t.Parallel()
	dir, err := os.MkdirTemp("", "mlrb") // a socket's path is short
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	node := mustSim(t, simchain.Config{Name: "parent", Parent: true, Bits: 0x207fffff})
	web := mustFreePort(t)
	text := killConfig(filepath.Join(dir, "d"), mustFreePort(t), node)
	file := filepath.Join(dir, "m.toml")
	write := func(fee int, web string) {
		t.Helper()
		with := strings.Replace(text, "parent = \"parent\"\n", fmt.Sprintf("parent = \"parent\"\nreward = \"pplns\"\nfee_bps = %d\n", fee), 1)
		with = strings.Replace(with, `listen = ""`, fmt.Sprintf("listen = %q", web), 1)
		if err := os.WriteFile(file, []byte(with), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write(100, web)
	p := mustStart(t, "run", file)
	feeIs := func(want int) {
		t.Helper()
		poll(t, fmt.Sprintf("a fee of %d", want), 60*time.Second, func() bool {
			resp, err := http.Get("http://" + web + "/api/v1/pools")
			if err != nil {
				return false
			}
			defer resp.Body.Close()
			body, err := io.ReadAll(resp.Body)
			return err == nil && strings.Contains(string(body), fmt.Sprintf(`"fee_bps":%d,`, want))
		})
	}
	feeIs(100)

	write(200, web)
	if out, code := runBinary(t, "reload", file); code != 0 || !strings.Contains(out, "in force") {
		t.Fatalf("exit code %d: %s", code, out)
	}
	feeIs(200)
	write(200, taken.Addr().String())
	if out, code := runBinary(t, "reload", "--restart", file); code != 0 {
		t.Fatalf("exit code %d: %s", code, out)
	}
	fails := func(n int) {
		t.Helper()
		poll(t, "the restart that fails", 60*time.Second, func() bool {
			return strings.Count(p.log.String(), "the new configuration does not start") == n
		})
	}
	fails(1)
	feeIs(200)

	write(300, taken.Addr().String()) // what needs no restart of a file that cannot be had whole
	poll(t, "the next restart", 60*time.Second, func() bool {
		_, code := runBinary(t, "reload", "--restart", file)
		return code == 0
	})
	fails(2)
	feeIs(300)
}
