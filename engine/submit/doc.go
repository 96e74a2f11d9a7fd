// Package submit carries found blocks to their chains and follows what becomes
// of them. A Courier writes a found block to its journal before it calls any
// node, submits it until there is a verdict, asks the chain whether the block
// is on the best chain, and watches it until its reward may be spent or it is
// orphaned for good.
//
// # What is promised
//
//   - Once Deliver has returned nil the block survives a crash of the process:
//     the next Run takes up every block that was not settled. A power cut may
//     cost what the fsync, which runs beside, had not yet written.
//   - A block is submitted at least once, and followed as one row for each chain
//     and hash, however many solutions of it are found.
//   - Events of one block come in order, and each is repeated (also after a
//     restart) until the receiver has returned nil. A receiver that keeps one
//     state for each chain and hash therefore counts each block exactly once.
//   - A chain that hangs delays nobody else: every block has a goroutine of its
//     own, and every call a time-out.
//
// A verdict is never success: a node's "true" or null only says received. A
// refusal is looked up on the best chain too before it is believed, for the
// block may have arrived another way. An accepted block that is not known to a
// node whose tip is below it is no orphan: a node that was killed loses its last
// blocks and fetches them again.
//
// # The journal
//
// One file of frames, appended to, under the courier's folder:
//
//	8 bytes   "MLFOUND1", once
//	then for each record
//	4 bytes   e1 4d 4c 4a, where a reader finds its feet again after damage
//	4 bytes   length of the payload, little-endian
//	4 bytes   CRC-32C of the payload, little-endian
//	payload   4 bytes little-endian length of the head, the head in JSON, then
//	          the bodies whose lengths the head tells
//
// A torn end is cut off. Damage in the middle is skipped and the file kept
// aside under a name that ends in ".damaged", for a person to look at. The file
// is rewritten without settled blocks when it has grown.
//
// # What it is not
//
// It keeps no accounts and pays nobody: the receiver of the events does. It does
// not build blocks or proofs.
//
// It belongs to layer L3 and imports coins and internal/backoff.
package submit
