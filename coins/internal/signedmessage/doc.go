// Package signedmessage tells whether a message was signed with the key of an
// address: the power coins.MessageVerifier of the Bitcoin family. It is pure and
// asks no node.
//
// What wallets make, and is read here:
//
//	address        signature
//	P2PKH          65 bytes from which the key is recovered ("signmessage")
//	P2SH-P2WPKH    the same, with the header of P2PKH (Electrum) or of BIP-137
//	               (Trezor); BIP-322 simple
//	P2WPKH         as P2SH-P2WPKH
//	P2TR           BIP-322 simple, of one key
//
// All are in base64; BIP-322's with the prefix smp or, as older wallets write
// them, without. The message's bytes are signed as they are: two texts that look
// the same, such as é in one letter and in two, are two messages.
//
// A 65-byte signature covers the coin's own magic, so that one made for Litecoin
// is none for Bitcoin. BIP-322 has no magic: there the address alone tells the
// coins apart.
//
// # What it is not
//
// It verifies no signatures of several keys or of scripts (P2WSH, other P2SH,
// taproot's script path), no BIP-322 full signatures and no proofs of funds. It
// does not say when a message was signed: put something fresh into it.
//
// It is layer L2, coins/internal.
package signedmessage
