package main

import (
	"bytes"
	"encoding/hex"
	"fmt"
	"io"
	"math/big"
	"strings"

	"github.com/btcsuite/btcd/address/v2/base58"
	"github.com/btcsuite/btcd/address/v2/bech32"

	"github.com/motherlode-pool/motherlode/engine/payout"
)

// addressKind is what an address says of its network, to print others in its form.
type addressKind struct {
	hrp     string // of bech32 addresses; empty where the address is none
	version byte   // of a base58 address
	hash    []byte // the program or the hash that it pays
	base58  bool
}

// kindOfAddress takes an address apart; false for other forms, such as Bitcoin Cash's.
func kindOfAddress(address string) (k addressKind, ok bool) {
	if hrp, data, _, err := bech32.DecodeGeneric(address); err == nil && len(data) > 1 {
		program, err := bech32.ConvertBits(data[1:], 5, 8, false)
		if err == nil && data[0] <= 16 {
			return addressKind{hrp: hrp, hash: append([]byte{witnessOp(data[0]), byte(len(program))}, program...)}, true
		}
	}
	if hash, version, err := base58.CheckDecode(address); err == nil && len(hash) == 20 {
		return addressKind{version: version, hash: hash, base58: true}, true
	}
	return k, false
}

func witnessOp(version byte) byte {
	if version == 0 {
		return 0
	}
	return 0x50 + version
}

// hashOf is the hash of a key or a script that an output pays, nil for other forms.
func hashOf(script []byte) (hash []byte, ofScript bool) {
	switch {
	case len(script) == 25 && bytes.HasPrefix(script, []byte{0x76, 0xa9, 20}) && bytes.HasSuffix(script, []byte{0x88, 0xac}):
		return script[3:23], false
	case len(script) == 23 && bytes.HasPrefix(script, []byte{0xa9, 20}) && script[22] == 0x87:
		return script[2:22], true
	}
	return nil, false
}

// pays reports whether a script pays the address.
func (k addressKind) pays(script []byte) bool {
	if !k.base58 {
		return k.hrp != "" && bytes.Equal(script, k.hash)
	}
	hash, _ := hashOf(script)
	return hash != nil && bytes.Equal(hash, k.hash)
}

// name is a script as people know it: an address where that can be told.
func (k addressKind) name(script []byte) string {
	hash, ofScript := hashOf(script)
	program := len(script) >= 4 && len(script) <= 42 && int(script[1]) == len(script)-2 && (script[0] == 0 || script[0] > 0x50 && script[0] <= 0x60)
	switch {
	case len(script) > 0 && script[0] == 0x6a:
		return "data " + hex.EncodeToString(script[1:])
	case program && k.hrp != "":
		version := script[0]
		encode := bech32.Encode
		if version > 0 {
			version, encode = version-0x50, bech32.EncodeM
		}
		if data, err := bech32.ConvertBits(script[2:], 8, 5, true); err == nil {
			if text, err := encode(k.hrp, append([]byte{version}, data...)); err == nil {
				return text
			}
		}
	case hash != nil && k.base58 && (bytes.Equal(hash, k.hash) || !ofScript):
		return base58.CheckEncode(hash, k.version)
	case hash != nil && ofScript:
		return "script hash " + hex.EncodeToString(hash)
	case hash != nil:
		return "key hash " + hex.EncodeToString(hash)
	}
	return "script " + hex.EncodeToString(script)
}

// showCoinbase prints the outputs, and which are the account's.
func showCoinbase(out io.Writer, outs []coinbaseOutput, account string, size, decimals int) {
	k, known := kindOfAddress(account)
	sum, yours := new(big.Int), new(big.Int)
	for _, o := range outs {
		v := new(big.Int).SetUint64(o.value)
		sum.Add(sum, v)
		mark := ""
		if known && k.pays(o.script) {
			yours.Add(yours, v)
			mark = "   <- yours"
		}
		fmt.Fprintf(out, "%20s  %s%s\n", payout.Text(o.value, uint8(decimals)), k.name(o.script), mark)
	}
	fmt.Fprintf(out, "\n%d outputs, %d bytes, %s in all\n", len(outs), size, payout.Text(sum.Uint64(), uint8(decimals)))
	switch {
	case !known:
		fmt.Fprintf(out, "%q is no address of a form that this command knows: look for its script above\n", strings.TrimSpace(account))
	case yours.Sign() == 0:
		fmt.Fprintln(out, "none of them is yours: a block that you find now pays you nothing by itself. The pool may owe you, or carry what is below its minimum")
	default:
		share := new(big.Rat).SetFrac(new(big.Int).Mul(yours, big.NewInt(100)), sum)
		fmt.Fprintf(out, "yours: %s, which is %s %% of the block\n", payout.Text(yours.Uint64(), uint8(decimals)), share.FloatString(4))
	}
}
