package signedmessage

import (
	"fmt"

	"github.com/btcsuite/btcd/address/v2"
	"github.com/btcsuite/btcd/chainhash/v2"
	"github.com/btcsuite/btcd/txscript/v2"
	"github.com/btcsuite/btcd/wire/v2"

	"github.com/motherlode-pool/motherlode/coins"
)

// tag is that of BIP-322's message hashes.
const tag = "BIP0322-signed-message"

// Sizes in the witness of one key.
const (
	keySize     = 33 // compressed, the only form that segwit allows
	schnorrSize = 64 // without the byte that names what is signed
	maxDER      = 73 // with that byte
)

// verifySimple verifies a simple signature of BIP-322: raw is the witness by
// which a made-up transaction, which commits to the message, spends an output
// to the address.
func verifySimple(k kind, script []byte, message string, raw []byte) error {
	if k == p2pkh {
		return fmt.Errorf("%w: %d bytes, expected the %d of a signature for this kind of address", coins.ErrMalformedSignature, len(raw), compactSize)
	}
	witness, err := readWitness(raw)
	if err != nil {
		return err
	}
	if err := checkWitness(k, witness); err != nil {
		return err
	}
	tx := toSign(toSpend(script, message))
	tx.TxIn[0].Witness = witness
	if k == p2shWPKH {
		inner := redeem(address.Hash160(witness[1]))
		tx.TxIn[0].SignatureScript = append([]byte{byte(len(inner))}, inner...)
	}
	// The standard rules contain all that BIP-322 requires but SIGHASH_ALL.
	spent := txscript.NewCannedPrevOutputFetcher(script, 0)
	vm, err := txscript.NewEngine(script, tx, 0, txscript.StandardVerifyFlags, nil, txscript.NewTxSigHashes(tx, spent), 0, spent)
	if err == nil {
		err = vm.Execute()
	}
	if err != nil {
		return notThisKey(k)
	}
	return nil
}

// readWitness reads a witness of one or two short items, the most that one key
// needs:
//
//	count   1
//	length  1  of each item, followed by the item
func readWitness(raw []byte) (wire.TxWitness, error) {
	bad := func(why string) error {
		return fmt.Errorf("%w: %s; expected a signature of one key by \"signmessage\", BIP-137 or BIP-322 (simple)", coins.ErrMalformedSignature, why)
	}
	if len(raw) == 0 {
		return nil, bad("it is empty")
	}
	count, rest := int(raw[0]), raw[1:]
	if count < 1 || count > 2 {
		return nil, bad(fmt.Sprintf("%d bytes of no known form", len(raw)))
	}
	var items wire.TxWitness
	for range count {
		if len(rest) == 0 || int(rest[0]) > maxDER || len(rest)-1 < int(rest[0]) {
			return nil, bad("its parts have wrong lengths")
		}
		size := 1 + int(rest[0])
		items, rest = append(items, rest[1:size]), rest[size:]
	}
	if len(rest) > 0 {
		return nil, bad("it goes on after its end")
	}
	return items, nil
}

// checkWitness wants the form of a single key, and a signature that covers
// everything.
func checkWitness(k kind, items wire.TxWitness) error {
	want := 2
	if k == p2tr {
		want = 1
	}
	if len(items) != want {
		return fmt.Errorf("%w: it has %d parts, one for this kind of address has %d", coins.ErrMalformedSignature, len(items), want)
	}
	sig := items[0]
	if k != p2tr && len(items[1]) != keySize || len(sig) < 1 || k == p2tr && len(sig) != schnorrSize && len(sig) != schnorrSize+1 {
		return fmt.Errorf("%w: its parts have wrong lengths", coins.ErrMalformedSignature)
	}
	implied := k == p2tr && len(sig) == schnorrSize
	if !implied && txscript.SigHashType(sig[len(sig)-1]) != txscript.SigHashAll {
		return fmt.Errorf("%w: it does not cover everything (SIGHASH_ALL)", coins.ErrMalformedSignature)
	}
	return nil
}

// toSpend is the made-up transaction that has the output to be spent and commits
// to the message.
func toSpend(script []byte, message string) *wire.MsgTx {
	hash := chainhash.TaggedHash([]byte(tag), []byte(message))
	tx := wire.NewMsgTx(0)
	tx.AddTxIn(&wire.TxIn{
		PreviousOutPoint: wire.OutPoint{Index: wire.MaxPrevOutIndex},
		SignatureScript:  append([]byte{txscript.OP_0, byte(len(hash))}, hash[:]...),
	})
	tx.AddTxOut(wire.NewTxOut(0, script))
	return tx
}

// toSign is the made-up transaction whose witness the signature is.
func toSign(spent *wire.MsgTx) *wire.MsgTx {
	tx := wire.NewMsgTx(0)
	tx.AddTxIn(&wire.TxIn{PreviousOutPoint: wire.OutPoint{Hash: spent.TxHash()}})
	tx.AddTxOut(wire.NewTxOut(0, []byte{txscript.OP_RETURN}))
	return tx
}
