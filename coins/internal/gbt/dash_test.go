package gbt

import (
	"encoding/hex"
	"strings"
	"testing"

	"github.com/motherlode-pool/motherlode/coins"
	"github.com/motherlode-pool/motherlode/coins/internal/block"
)

// A coinbase of Dash's test network, block 2046, with its masternode's share and
// its payload, from the tests of dashj (CoinbaseTxTest). A template with the
// members that Dash Core gives makes the same bytes.
func TestRealDashCoinbase(t *testing.T) {
	const (
		miner   = "2103ee68257f0a4b1d9cadaf24809b2dddcf557cd3f11db99430c3a682d003861891ac"
		node    = "76a914e1e24b11deb712819c7d0da193423bda1b47c25d88ac"
		payload = "fe0700006c45528d7b8d4e7a33614a1c3806f4faf5c463f0b313aa0ece1ce12c34154a44"
		want    = "03000500010000000000000000000000000000000000000000000000000000000000000000ffffffff0502fe070101ffffffff" +
			"022dc71a3d0500000023" + miner + "21c71a3d0500000019" + node + "00000000" + "24" + payload
		txid = "afb7aeb1cb84049c7c81c980c996515dda91ec5c15c29398bad985e9a286d2dc"
	)
	text := string(bare(`"masternode":[{"payee":"y","script":"` + node + `","amount":22500001569}],"superblock":[],"coinbase_payload":"` + payload + `"`))
	text = strings.Replace(text, `"height":7`, `"height":2046`, 1)
	text = strings.Replace(text, `"coinbasevalue":5000`, `"coinbasevalue":45000003150`, 1)
	list := func(field string) Required {
		return Required{At: ParsePath(field), Value: ParsePath("amount"), Script: ParsePath("script")}
	}
	tmpl, err := Decode([]byte(text), Options{
		Required: []Required{list("masternode"), list("superblock")},
		Payload:  Payload{Field: "coinbase_payload", Version: 5<<16 | 3},
	})
	if err != nil {
		t.Fatal(err)
	}
	payee, err := hex.DecodeString(miner)
	if err != nil {
		t.Fatal(err)
	}
	c := block.NewCoinbase(tmpl.Template, []byte{0x01, 0x01}, payee)
	if got := hex.EncodeToString(c.Append(nil)); got != want {
		t.Errorf("got %s\nwant %s", got, want)
	}
	if id, err := coins.ParseHash(txid); err != nil || c.TxID() != id {
		t.Errorf("id: got %s, want %s", c.TxID(), txid)
	}
}
