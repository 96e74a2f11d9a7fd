package signedmessage

import (
	"bytes"
	"errors"
	"fmt"

	"github.com/btcsuite/btcd/address/v2"
	"github.com/btcsuite/btcd/btcec/v2"
	"github.com/btcsuite/btcd/btcec/v2/ecdsa"
	"github.com/btcsuite/btcd/chainhash/v2"
	"github.com/btcsuite/btcd/wire/v2"

	"github.com/motherlode-pool/motherlode/coins"
)

// compactSize is that of a signature from which the key is recovered.
//
//	header  1   which of up to four keys, and the kind of address (BIP-137)
//	r, s    32 + 32, big-endian
const compactSize = 65

// The first header of each kind of address; there are four of each.
const (
	headUncompressed = 27 // P2PKH of an uncompressed key
	headCompressed   = 31 // P2PKH; by Electrum also P2SH-P2WPKH and P2WPKH
	headP2SHWPKH     = 35
	headP2WPKH       = 39
	headEnd          = 43
)

func (v Verifier) verifyCompact(k kind, hash []byte, message string, raw []byte) error {
	head := raw[0]
	switch {
	case head < headUncompressed || head >= headEnd:
		return fmt.Errorf("%w: its header is %d, expected %d to %d", coins.ErrMalformedSignature, head, headUncompressed, headEnd-1)
	case k == p2tr:
		return fmt.Errorf("%w: for a taproot address the wallet must sign by BIP-322", coins.ErrBadSignature)
	case !headFits(k, head):
		return fmt.Errorf("%w: it was made for another kind of address", coins.ErrBadSignature)
	}
	compressed := head >= headCompressed
	base := byte(headUncompressed)
	if compressed {
		base = headCompressed
	}
	plain := bytes.Clone(raw)
	plain[0] = base + (head-headUncompressed)%4
	key, _, err := ecdsa.RecoverCompact(plain, v.messageHash(message))
	if err != nil {
		return fmt.Errorf("%w: there is no key that fits it", coins.ErrBadSignature)
	}
	if !bytes.Equal(keyHash(k, key, compressed), hash) {
		return notThisKey(k)
	}
	return nil
}

// headFits reports whether wallets make such a signature for an address.
func headFits(k kind, head byte) bool {
	switch group := head - (head-headUncompressed)%4; k {
	case p2pkh:
		return group == headUncompressed || group == headCompressed
	case p2shWPKH:
		return group == headCompressed || group == headP2SHWPKH
	case p2wpkh:
		return group == headCompressed || group == headP2WPKH
	}
	return false
}

// messageHash is what is signed: the double SHA-256 of magic and message, each
// with its length in front.
func (v Verifier) messageHash(message string) []byte {
	var b bytes.Buffer
	// A buffer takes everything.
	_ = errors.Join(wire.WriteVarString(&b, 0, v.Magic), wire.WriteVarString(&b, 0, message))
	return chainhash.DoubleHashB(b.Bytes())
}

// keyHash is the hash in the address of a key.
func keyHash(k kind, key *btcec.PublicKey, compressed bool) []byte {
	text := key.SerializeCompressed()
	if !compressed {
		text = key.SerializeUncompressed()
	}
	hash := address.Hash160(text)
	if k == p2shWPKH {
		hash = address.Hash160(redeem(hash))
	}
	return hash
}

// redeem is the script of a P2WPKH within P2SH.
func redeem(hash []byte) []byte { return append([]byte{0x00, 0x14}, hash...) }

// notThisKey is the refusal of a signature by some other key, or over some other
// message: which of them cannot be told.
func notThisKey(k kind) error {
	if k == p2shWPKH {
		return fmt.Errorf("%w: nor could it be if the address belongs to several keys", coins.ErrBadSignature)
	}
	return coins.ErrBadSignature
}
