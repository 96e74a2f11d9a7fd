// Package store is the seam between the ledger and its database: ordered rows in
// named buckets, read and written in transactions.
//
// It is the smallest set of operations that the ledger needs, in the shape of
// bbolt, which is the default (engine/store/boltdb). A store keeps what it was
// given, knows nothing of what the rows mean, and has one writer at a time.
//
// # Errors while reading
//
// Get and the cursor return no error, so that folding reads as it does in memory.
// A store that can fail while reading, as one behind a socket can, remembers the
// failure, answers as if there were nothing, and has View or Update return an
// error that wraps ErrFailed, whatever the function in it returned: what was
// computed of the answers is never committed nor handed out.
//
// It belongs to layer L3 and imports nothing of the module.
package store
