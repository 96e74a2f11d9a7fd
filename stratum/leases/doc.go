// Package leases keeps in a file which miner has which extranonce1, so that a
// miner gets its own back when the pool was restarted. It is a stratum.Store.
//
// It belongs to layer L3, below stratum's name for what it does, and imports only
// stratum.
//
// # The file
//
// One file, appended to once a second with what has changed since, and written
// anew when it has grown to several times what it says. It is of batches:
//
//	offset  bytes  what, integers little-endian
//	0       4      length of the body
//	4       4      CRC-32C of the body
//	8       4      the mark: where the counter of extranonce1 may go on
//	12      20*n   leases
//
// and a lease is
//
//	0       8      session id
//	8       4      extranonce1
//	12      8      when it ends, Unix seconds; 0 while connected, -1 when over
//
// A batch that is cut or does not check ends the reading: what stands before it
// holds. A file that is no such file is put aside as if there were none.
//
// # How durable it is
//
// What was appended survives the death of the process. Only a batch that moves the
// mark is synced to the disk, which is one in tens of thousands of connections:
// after a power cut some miners get a new extranonce1, which costs nothing.
//
// A database (bbolt, as the ledger has) would do as well; a file like this needs
// no reading back but at the start, and a batch is one small write.
package leases
