// Package address decodes addresses of the Bitcoin family into output scripts:
// base58 (P2PKH, P2SH), bech32 (witness version 0), bech32m (taproot) and
// CashAddr (Bitcoin Cash), the last with its prefix or without.
//
// An address is always judged against one network, that of the coin. One that
// belongs to another known network is refused with that network's name, because
// a pool that pays to it loses the miner's money. btcutil's own address decoder
// is not used: for segwit it consults a process-global list of prefixes and
// ignores the network that it is given; only its base58 and bech32 codecs are.
//
// Some coins share a form: base58 addresses of Bitcoin are good on Bitcoin Cash,
// those of Dogecoin are DigiByte's. There the owner's keys decide, and the
// canonical form that Decode returns is the coin's own where it has one.
//
// It pays to no output that cannot be spent by an owner: witness versions
// without a meaning yet, and Litecoin's MWEB addresses, which a coinbase cannot
// pay, are refused.
//
// It is pure and layer L2, coins/internal.
package address
