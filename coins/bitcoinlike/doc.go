// Package bitcoinlike is the driver of any coin of Bitcoin's family that its
// settings describe: a new fork needs a table in the operator's file and no
// code.
//
// The settings say what the other drivers of the family have in their tables:
// names, address prefixes, algorithm, version mask, the rules that a request for
// a template names, and two things that only forks have:
//
//   - outputs that the coinbase must have, such as a developer fund, which the
//     node names in the template: where they stand, and whether coinbasevalue
//     contains them;
//   - a payload behind the coinbase's lock time, which the node gives.
//
// For example, a chain whose templates have
// "coinbasedevreward": {"value": 100, "scriptpubkey": "76a9..."} on top of the
// value of the coinbase:
//
//	[coins.fork.settings]
//	symbol  = "FRK"
//	p2pkh   = [35]
//	p2sh    = [95]
//	hrp     = "frk"
//	genesis = "00000c3e..."
//	outputs = [{ field = "coinbasedevreward", value = "value", script = "scriptpubkey", on_top = true }]
//
// # Caveats
//
//   - Headers are Bitcoin's 80 bytes, a block's id is their double SHA-256, and
//     a coinbase has Bitcoin's form but for version and payload. A chain that
//     differs there needs a driver of its own.
//   - A wrong description shows in the node's proposal mode at the first
//     template, where the node has it. Where it has not, the first block is the
//     test.
//
// It is layer L2.
package bitcoinlike
