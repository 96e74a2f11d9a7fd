package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/motherlode-pool/motherlode/engine/settings"
	"github.com/motherlode-pool/motherlode/internal/simchain"
)

// TestSettingsOfTheOperator changes an account's settings by hand. They outlive a
// kill and the loss of the ledger, since they are in the share log.
func TestSettingsOfTheOperator(t *testing.T) {
	withoutRace(t)
	parent := mustSim(t, simchain.Config{Name: "parent", Parent: true, Bits: killParent})
	aux := mustSim(t, simchain.Config{Name: "aux1", Bits: killParent})
	addr, data := mustFreePort(t), filepath.Join(mustShortDir(t), "d")
	file := mustWrite(t, strings.ReplaceAll(killConfig(data, addr, parent, aux), `driver = "bitcoin"`, "driver = \"bitcoin\"\nisolate = false"))
	p := mustStart(t, "run", file)
	mineAs(t, mustConnect(t, addr, demoAddress+".rig"), demoAddress+".rig")
	// want runs the command, whose output must have every part.
	want := func(code int, args string, parts ...string) {
		t.Helper()
		out, got := runBinary(t, append([]string{"account", "settings"}, strings.Fields(args)...)...)
		if got != code {
			t.Errorf("%s: exit code %d, want %d; it printed\n%s", args, got, code, out)
		}
		for _, part := range parts {
			if !regexp.MustCompile(part).MatchString(out) {
				t.Errorf("%s printed\n%s\nwant %q in it", args, out, part)
			}
		}
	}
	who := file + " " + demoAddress
	poll(t, "the share to be counted", 30*time.Second, func() bool {
		_, code := runBinary(t, "account", "settings", file, demoAddress)
		return code == 0
	})
	want(0, who, "in pool p", "changed +never", "donation +0 %", `parent +\S+ +`+demoAddress, `aux1 +\S+ +`+demoAddress+` +the account's own`)
	for _, c := range []struct{ args, want string }{
		{who + " --pay aux1", `expected CHAIN=ADDRESS or CHAIN=nobody`},
		{who + " --minimum aux1=", `expected CHAIN=AMOUNT or CHAIN=none`},
		{who + " --pay aux1=a --pay aux1=b", "of aux1 twice"},
		{who + " --donate 101", "from 0 to 100"},
	} {
		want(2, c.args, c.want)
	}
	for _, c := range []struct{ args, want string }{
		{who + " --pay aux1=nonsense", `"nonsense" is no address of aux1`},
		{who + " --pay doge=" + otherAddress, `does not mine "doge"; beside parent it mines aux1`},
		{who + " --pay parent=" + otherAddress, "paid to the account's own address"},
		{who + " --minimum aux1=0.123456789", "no amount of a coin with 8 decimals"},
		{who + " --pool q --donate 1", `no such pool: "q"`},
		{file + " nobody", "nobody"},
		{file + " " + otherAddress + " --donate 1", "has not mined in pool p yet"},
	} {
		want(1, c.args, "the pool refuses: .*"+c.want)
	}
	want(0, who, "changed +never")

	bound := `aux1 +2\.50000000 +` + otherAddress + ` +set by the operator`
	want(0, who+" --minimum parent=0.5 --minimum aux1=2.5 --pay aux1="+otherAddress+" --donate 1.5", "written into the share log", `donation +1\.5 %`, `parent +0\.50000000 +`+demoAddress, bound)
	p.kill()
	p = mustStart(t, "run", file)
	mustConnect(t, addr, demoAddress)
	poll(t, "the settings behind a kill", 30*time.Second, func() bool {
		out, _ := runBinary(t, "account", "settings", file, demoAddress)
		return regexp.MustCompile(bound).MatchString(out)
	})
	p.stop()
	if err := os.Remove(filepath.Join(data, "ledger.db")); err != nil {
		t.Fatal(err)
	}
	mustStart(t, "run", file)
	mustConnect(t, addr, demoAddress)
	poll(t, "the settings in a ledger that was made again", 30*time.Second, func() bool {
		out, _ := runBinary(t, "account", "settings", file, demoAddress)
		return regexp.MustCompile(bound).MatchString(out)
	})

	out, code := runBinary(t, strings.Fields("account settings "+who+" --minimum aux1=none --pay aux1=nobody --donate 0 --json")...)
	var now settings.View
	if err := json.Unmarshal([]byte(out), &now); err != nil || code != 0 || now.DonationPercent != "0" || len(now.Chains) != 2 ||
		now.Chains[0].Minimum != "0.50000000" || now.Chains[1].Minimum != "0.00000001" && now.Chains[1].Minimum != "0.00000000" || *now.Chains[1].Address != demoAddress {
		t.Errorf("taken back: got %s, %v", out, err)
	}
}

// mustShortDir is a folder whose path leaves room for a socket's.
func mustShortDir(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "ml")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	return dir
}
