package testminer

import (
	"encoding/hex"
	"slices"
	"testing"
)

// Bitcoin's genesis block, as a stratum job whose coinbase is cut around an
// empty extranonce.
func TestHeaderOfTheGenesisBlock(t *testing.T) {
	const coinbase = "01000000010000000000000000000000000000000000000000000000000000000000000000ffffffff4d04ffff001d0104455468652054696d65732030332f4a616e2f32303039204368616e63656c6c6f72206f6e206272696e6b206f66207365636f6e64206261696c6f757420666f722062616e6b73ffffffff0100f2052a01000000434104678afdb0fe5548271967f1a67130b7105cd6a828e03909a67962e0ea1f61deb649f6bc3f4cef38c4f35504e51ec112de5c384df7ba0b8d578a4c702b6bf11d5fac00000000"
	c := &Client{Algo: "sha256d", Difficulty: 1, Job: []any{
		"1", "0000000000000000000000000000000000000000000000000000000000000000", coinbase[:80], coinbase[80:], []any{},
		"00000001", "1d00ffff", "495fab29", true,
	}}
	header, err := c.header(nil)
	if err != nil {
		t.Fatal(err)
	}
	copy(header[76:], []byte{0x1d, 0xac, 0x2b, 0x7c})
	hash := sha256d(header)
	slices.Reverse(hash)
	if got := hex.EncodeToString(hash); got != "000000000019d6689c085ae165831e934ff763ae46a2a6c172b3f1b60a8ce26f" {
		t.Errorf("got %s", got)
	}
	if c.hash(header).Cmp(c.ShareTarget()) > 0 {
		t.Error("the genesis block must be worth a share of difficulty 1")
	}
}
