// Package sharelog is the durable, ordered, append-only log that accounts are
// folded from: accepted shares, counts of refused ones, jobs, terms, settings of
// accounts and the changes of state of found blocks and of payments.
//
// Append returns once a batch is written. While one write is under way the
// batches of other callers gather, and one of the callers then writes them all at
// once; there is no timer and no goroutine. A Reader follows the log in order.
//
// # What is promised
//
//   - Once Append has returned nil, the batch survives a crash of the process
//     (Sync "os") or a power cut (Sync "disk", and AppendSynced always).
//   - A batch is in the log as a whole or not at all, and in the order in which
//     other batches were written. After a crash the log holds every batch that was
//     acknowledged and perhaps, at its end, whole ones that were not.
//   - An Append that failed leaves nothing behind in this process. What it wrote
//     is cut off; where even that fails, the segment is left behind at its last
//     good byte and another one started. The next Append may succeed again.
//   - A torn end is cut off at start and the number of bytes logged. Damage before
//     the last write is ErrCorrupt, with file and offset, and never skipped.
//
// # Files
//
// One folder with a lock file and segments, named by the position of their first
// byte in 20 decimal digits: 00000000000000000000.log. A position counts the
// bytes of frames over all segments, headers left out. A segment ends where the
// next one begins; bytes after that place are void. All integers are
// little-endian.
//
//	segment   8 bytes "MLSHARE1" | u64 position of the first frame | frames
//	frame     u32 length of the payload | u32 CRC-32C of what follows | u8 kind | payload
//
// Bit 7 of the kind says that more frames of the same batch follow. Every write
// begins with a frame of kind 0, whose payload is its own position (u64). A write
// starts only after the one before it is acknowledged, so damage that a write
// mark follows is no torn end.
//
// # Records
//
// str is a u16 length and that many bytes, f64 the bits of a float64.
//
//	1 share    i64 time | u64 job | u64 height | f64 difficulty | f64 achieved |
//	           u32 ntime | u32 nonce | u32 version | str pool | str account |
//	           str worker | str extranonce
//	2 rejects  i64 time | u64 count | f64 work | str pool | str account |
//	           str worker | str reason
//	3 job      u64 id | i64 time | str pool | u16 chains, then for each
//	           str name | u64 height | f64 difficulty | u64 reward
//	4 block    i64 time | 32 bytes hash | u64 height | u64 job | u64 reward |
//	           f64 difficulty | u64 confirmations | str pool | str chain |
//	           str state | str account | str worker | str reason | str node
//	5 job      as 3, and behind the reward of each chain u64 fees
//	6 block    as 4, and at the end u64 fees
//	7 terms    i64 time | u32 fee_bps | u64 window | str pool | str chain |
//	           str scheme | str payout
//	8 payment  u64 id | i64 time | u64 fee | str pool | str chain | str state |
//	           str txid | str reason | u32 length, transaction | u32 outputs,
//	           then for each str account | str address | u64 amount
//	9 settings i64 time | i64 stated | str pool | str account | str by |
//	           str message | str signature | u16 settings, then for each
//	           str key | str chain | str address | u64 amount
//	10 coinbase
//	           i64 time | 32 bytes hash | u64 operator | str pool | str chain |
//	           u32 outputs, then for each str account | u64 amount
//
// 3 and 4 are read, and written no more.
//
// A layout never changes; a new one gets a new kind. An unknown kind is an error.
//
// # What it is not
//
// It gives no meaning to a record: no share is judged, summed or looked up here.
// A power cut under Sync "os" may cost the newest shares, or leave damage that
// Open refuses, since the system writes pages in any order.
//
// It belongs to layer L3 and imports the standard library only.
package sharelog
