package simchain

import (
	"testing"
)

func TestPushHeight(t *testing.T) {
	for _, c := range []struct {
		height int
		want   string
	}{
		{0, "00"}, {1, "51"}, {16, "60"}, {17, "0111"}, {127, "017f"}, {128, "028000"},
		{255, "02ff00"}, {256, "020001"}, {32768, "03008000"}, {840000, "0340d10c"},
	} {
		if got := encodeHex(pushHeight(c.height)); got != c.want {
			t.Errorf("%d: got %s, want %s", c.height, got, c.want)
		}
	}
}

func TestBits(t *testing.T) {
	for _, bits := range []uint32{0x207fffff, 0x1d00ffff, 0x1b0404cb, 0x03123456, 0x01120000 &^ 0xffff, 0x1f00ffff} {
		target, ok := expand(bits)
		if ok && compact(target) != bits && bits != 0x01120000 {
			t.Errorf("%08x: written again %08x", bits, compact(target))
		}
	}
	for _, bad := range []uint32{0, 0x1d000000, 0x1d800001, 0x237fffff, 0x01003456} {
		if target, ok := expand(bad); ok {
			t.Errorf("%08x: got target %x, want none", bad, target)
		}
	}
	if got := difficulty(0x1b0404cb); got < 16307.42 || got > 16307.43 {
		t.Errorf("difficulty: got %v, want 16307.42", got)
	}
	if got := blockWork(0x207fffff); got.Int64() != 2 {
		t.Errorf("work: got %v, want 2", got)
	}
}

func TestAddresses(t *testing.T) {
	regtest := Config{}.withDefaults()
	main := Config{PubKeyVersion: 0, ScriptVersion: 5, HRP: "bc"}.withDefaults()
	for _, c := range []struct {
		name, address, script string
		cfg                   Config
	}{
		{"p2pkh of regtest", testAddress, "76a914000000000000000000000000000000000000000088ac", regtest},
		{"p2wpkh of regtest", otherAddress, "00140000000000000000000000000000000000000001", regtest},
		{"p2pkh of main", "1BvBMSEYstWetqTFn5Au4m4GFg7xJaNVN2", "76a91477bff20c60e522dfaa3350c39b030a5d004e839a88ac", main},
		{"p2sh of main", "3J98t1WpEZ73CNmQviecrnyiWrnqRhWNLy", "a914b472a266d0bd89c13706a4132ccfb16f7c3b9fcb87", main},
		{"bech32, capitals", "BC1QW508D6QEJXTDG4Y5R3ZARVARY0C5XW7KV8F3T4", "0014751e76e8199196d454941c45d1b3a323f1433bd6", main},
		{"bech32m", "bc1p0xlxvlhemja6c4dqv22uapctqupfhlxm9h8z3k2e72q4k9hcz7vqzk5jj0", "512079be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798", main},
		{"another chain", "1BvBMSEYstWetqTFn5Au4m4GFg7xJaNVN2", "", regtest},
		{"another prefix", otherAddress, "", main},
		{"one letter wrong", "1BvBMSEYstWetqTFn5Au4m4GFg7xJaNVN3", "", main},
		{"one letter wrong, bech32", "bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t5", "", main},
		{"mixed case", "bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3T4", "", main},
		{"version 1 with the checksum of version 0", "bc1p0xlxvlhemja6c4dqv22uapctqupfhlxm9h8z3k2e72q4k9hcz7vqh2y7hd", "", main},
		{"empty", "", "", main},
		{"no digits", "0OIl", "", main},
		{"prefix alone", "bc1", "", main},
	} {
		got, err := c.cfg.decodeAddress(c.address)
		if (err != nil) != (c.script == "") || encodeHex(got) != c.script {
			t.Errorf("%s: got %x, %v, want %q", c.name, got, err, c.script)
		}
	}
	n := start(t, Config{})
	mine := n.Address([20]byte{1, 2, 3})
	for text, valid := range map[string]bool{testAddress: true, otherAddress: true, mine: true, "nobody": false} {
		got := want[map[string]any](t, n, "validateaddress", text)
		if got["isvalid"] != valid {
			t.Errorf("%s: got %v, want %v", text, got, valid)
		}
	}
}
