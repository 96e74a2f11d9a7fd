package configs_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/motherlode-pool/motherlode/configs"
)

// twoWallets is a file of two coins, each paid by a pool.
func twoWallets(a, b string, paysB bool) string {
	pays := "  [pools.b.payouts.chains.b]\n  minimum = \"0.1\"\n"
	if !paysB {
		pays = ""
	}
	return fmt.Sprintf(`
[coins.a]
driver = "bitcoin"
  [coins.a.settings]
  %s
[coins.b]
driver = "bitcoin"
  [coins.b.settings]
  %s
[pools.a]
parent = "a"
address = "x"
reward = "pplns"
  [[pools.a.listen]]
  address = "127.0.0.1:3333"
  [pools.a.payouts.chains.a]
  minimum = "0.1"
[pools.b]
parent = "b"
address = "x"
reward = "pplns"
  [[pools.b.listen]]
  address = "127.0.0.1:3334"
%s`, a, b, pays)
}

// Two coins that pay from one wallet spend each other's coins.
func TestOneWalletOfTwoCoins(t *testing.T) {
	const node = `nodes = [{ url = "http://127.0.0.1:8332" }, { url = "http://10.0.0.1:8332" }]`
	for name, c := range map[string]struct {
		a, b   string
		unpaid bool
		want   bool
	}{
		"the same":                   {a: node + "\nwallet = \".\"", b: node + "\nwallet = \".\"", want: true},
		"the only one, and its name": {a: node + "\nwallet = \"pool\"", b: node + "\nwallet = \".\"", want: true},
		"another name of the node":   {a: node + "\nwallet = \"pool\"", b: "nodes = [{ url = \"http://LOCALHOST:8332/\" }]\nwallet = \"pool\"", want: true},
		"by wallet_url":              {a: node + "\nwallet = \"pool\"", b: "nodes = [{ url = \"http://10.0.0.1:1\" }]\nwallet_url = \"http://127.0.0.1:8332\"\nwallet = \"pool\"", want: true},
		"by the wallet's address":    {a: node + "\nwallet = \"pool\"", b: node + "\nwallet_url = \"http://127.0.0.1:8332/wallet/pool\"\nwallet = \".\"", want: true},
		"another wallet's address":   {a: node + "\nwallet = \"pool\"", b: node + "\nwallet_url = \"http://127.0.0.1:8332/wallet/Pool\"\nwallet = \".\""},
		"two names":                  {a: node + "\nwallet = \"pool\"", b: node + "\nwallet = \"other\""},
		"two nodes":                  {a: node + "\nwallet = \".\"", b: "nodes = [{ url = \"http://127.0.0.1:18332\" }]\nwallet = \".\""},
		"one pays nobody":            {a: node + "\nwallet = \".\"", b: node + "\nwallet = \".\"", unpaid: true},
		"one has none":               {a: node + "\nwallet = \".\"", b: node},
	} {
		_, err := configs.Parse("f", []byte(twoWallets(c.a, c.b, !c.unpaid)))
		if got := err != nil && strings.Contains(err.Error(), "coins.b.settings.wallet: ") && strings.Contains(err.Error(), "one wallet cannot pay for two coins"); got != c.want || err != nil && !c.want {
			t.Errorf("%s: got %v, want a problem: %t", name, err, c.want)
		}
	}
}

// A file with passwords that everybody can read, or that everybody can change, is
// warned of.
func TestWarningOfRights(t *testing.T) {
	const (
		reads   = "every user of this machine can read this file"
		changes = "every user of this machine can change this file"
	)
	password := twoWallets(`nodes = [{ url = "http://127.0.0.1:1", user = "u", password = "p" }]`, ``, true)
	inURL := twoWallets(`nodes = [{ url = "http://u:p@127.0.0.1:1" }]`, ``, true)
	none := twoWallets(`nodes = [{ url = "http://u@127.0.0.1:1", password = "" }]`, ``, true)
	database := "database = \"postgres://u:p@h/d\"\n" + none
	for name, c := range map[string]struct {
		text string
		mode os.FileMode
		want []string
	}{
		"of the owner alone":        {password, 0o600, nil},
		"of a group":                {password, 0o660, nil},
		"readable, a password":      {password, 0o644, []string{reads}},
		"readable, one in a URL":    {inURL, 0o644, []string{reads}},
		"readable, the database's":  {database, 0o644, []string{reads}},
		"readable, none":            {none, 0o644, nil},
		"writable, none":            {none, 0o666, []string{changes}},
		"writable, a password":      {password, 0o666, []string{changes, reads}},
		"writable and not readable": {password, 0o602, []string{changes}},
	} {
		path := filepath.Join(t.TempDir(), "f.toml")
		if err := os.WriteFile(path, []byte(c.text), 0o600); err != nil {
			t.Fatal(err)
		}
		if err := os.Chmod(path, c.mode); err != nil {
			t.Fatal(err)
		}
		cfg, err := configs.Load(path)
		if err != nil {
			t.Fatal(err)
		}
		all := strings.Join(cfg.Warnings(), "\n")
		for _, text := range []string{reads, changes} {
			want := false
			for _, w := range c.want {
				want = want || w == text
			}
			if got := strings.Contains(all, path+": "+text); got != want {
				t.Errorf("%s: %q is said: %t, want %t\n%s", name, text, got, want, all)
			}
		}
		if strings.Contains(all, "u:p@") {
			t.Errorf("%s: the password is repeated:\n%s", name, all)
		}
	}
}
