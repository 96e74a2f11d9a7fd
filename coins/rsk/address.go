package rsk

import (
	"encoding/hex"
	"fmt"
	"strconv"
	"strings"

	"golang.org/x/crypto/sha3"

	"github.com/motherlode-pool/motherlode/coins"
)

// addressDigits are those after 0x.
const addressDigits = 40

// parse decides about an address: 0x and 20 bytes in hex digits. Letters of both
// cases are a checksum, which on Rootstock covers the network's id (EIP-1191);
// letters of one case carry none. The script is the 20 bytes: Rootstock has no
// scripts, and nothing but the node's own configuration says who is paid.
func parse(text string, id uint64) coins.Payee {
	digits, ok := strings.CutPrefix(text, "0x")
	raw, err := hex.DecodeString(digits)
	if !ok || len(digits) != addressDigits || err != nil {
		return coins.Payee{Reason: "a Rootstock address is 0x and 40 hex digits"}
	}
	want := format([20]byte(raw), id)
	if digits != strings.ToLower(digits) && digits != strings.ToUpper(digits) && text != want {
		return coins.Payee{Reason: wrongSum(text, [20]byte(raw), id)}
	}
	return coins.Payee{Valid: true, Address: want, Script: raw}
}

// wrongSum tells a typing error from an address of another network.
func wrongSum(text string, raw [20]byte, id uint64) string {
	for _, n := range networks {
		if n.id != id && format(raw, n.id) == text {
			return fmt.Sprintf("this is an address of Rootstock's %s network", n.name)
		}
	}
	if format(raw, 0) == text {
		return "this address is written as Ethereum's are; write it in lower case if it is meant for Rootstock"
	}
	return "the checksum does not fit: the address was mistyped"
}

// format writes an address with its checksum: a letter is upper case where the
// digit of the same place in the Keccak-256 of the network's id, "0x" and the
// lower-case digits is 8 or more. An id of 0 is Ethereum's checksum (EIP-55).
func format(raw [20]byte, id uint64) string {
	digits := []byte(hex.EncodeToString(raw[:]))
	h := sha3.NewLegacyKeccak256()
	if id != 0 {
		h.Write([]byte(strconv.FormatUint(id, 10) + "0x"))
	}
	h.Write(digits)
	sum := hex.EncodeToString(h.Sum(nil))
	for i, c := range digits {
		if c >= 'a' && sum[i] >= '8' {
			digits[i] = c - 'a' + 'A'
		}
	}
	return "0x" + string(digits)
}
