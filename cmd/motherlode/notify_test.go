package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/motherlode-pool/motherlode/engine/status"
	"github.com/motherlode-pool/motherlode/internal/freeport"
	"github.com/motherlode-pool/motherlode/internal/testnode"
)

// TestNotifyFromARealNode lets litecoind run the command at each block, with a
// pool that would ask only once a minute.
func TestNotifyFromARealNode(t *testing.T) {
	ear := mustFreeUDP(t)
	node, err := testnode.StartLitecoind(t.Context(), testnode.Options{
		Args: []string{fmt.Sprintf("-blocknotify=%s notify litecoin %%s --to %s", mustBinary(t), ear)},
	})
	if errors.Is(err, testnode.ErrNotInstalled) {
		t.Skipf("needs litecoind (Debian package litecoind): %v", err)
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { node.Stop() })
	web := mustFreePort(t)
	file := mustWrite(t, fmt.Sprintf(`
data_dir = %q
[http]
listen = %q
[coins.litecoin]
driver = "litecoin"
network = "regtest"
  [coins.litecoin.settings]
  nodes = [{ url = %q, user = %q, password = %q }]
  poll = "1m"
  notify = %q
[pools.ltc]
parent = "litecoin"
address = %q
listen = [{ address = "127.0.0.1:0" }]
`, filepath.Join(t.TempDir(), "d"), web, node.URL, node.User, node.Password, ear, testnode.AnyAddress))
	p := mustStart(t, "run", file)
	poll(t, "the first work", time.Minute, func() bool { return coinAt(web).Source == "start" })

	before := coinAt(web).Height
	if err := node.GenerateTo(t.Context(), 1, testnode.AnyAddress); err != nil {
		t.Fatal(err)
	}
	poll(t, "the block that litecoind told of", 20*time.Second, func() bool {
		c := coinAt(web)
		return c.Height == before+1 && c.Source == "notify"
	})

	// By hand, as the configuration says, and what goes wrong.
	const hash = "530827f38f93b43ed12af0b3ad25a288dc02ed74d6d7857862df51fc56c416f9"
	for name, c := range map[string]struct {
		args []string
		code int
		want string
	}{
		"as configured":   {[]string{"litecoin", hash, "--config", file}, 0, ""},
		"no such coin":    {[]string{"dogecoin", hash, "--config", file}, 2, `no coin "dogecoin"`},
		"not a hash":      {[]string{"litecoin", "%s", "--config", file}, 1, "64 hex digits"},
		"nobody there":    {[]string{"litecoin", hash, "--to", "127.0.0.1:1"}, 1, "is the pool running"},
		"neither of them": {[]string{"litecoin", hash}, 2, "--config FILE or --to"},
		"no hash":         {[]string{"litecoin"}, 2, "accepts 2 arg"},
	} {
		t.Run(name, func(t *testing.T) {
			cmd := exec.Command(mustBinary(t), append([]string{"notify"}, c.args...)...)
			out, _ := cmd.CombinedOutput()
			if cmd.ProcessState.ExitCode() != c.code || !strings.Contains(string(out), c.want) {
				t.Errorf("exit code %d, %q; want %d, %q", cmd.ProcessState.ExitCode(), out, c.code, c.want)
			}
		})
	}
	p.stop()
}

// coinAt is the one coin of a pool's status; empty while there is none.
func coinAt(web string) (c status.Coin) {
	reply, err := http.Get("http://" + web + "/status")
	if err != nil {
		return c
	}
	defer reply.Body.Close()
	var v status.View
	if json.NewDecoder(reply.Body).Decode(&v) == nil && len(v.Coins) == 1 {
		c = v.Coins[0]
	}
	return c
}

func mustFreeUDP(t *testing.T) string {
	t.Helper()
	addr, err := freeport.UDP()
	if err != nil {
		t.Fatal(err)
	}
	return addr
}
