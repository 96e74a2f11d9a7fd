// Package postgres is the store in a PostgreSQL server, for operators who have one
// and want to look into the accounts with SQL.
//
// All rows are in one table of a schema of its own, by default "motherlode", else
// the search_path of the connection string:
//
//	owner    one row: layout | writer | commits | hash of the set-up script
//	buckets  id | name
//	rows     bucket | key | value, by bucket and key; bytea sorts by bytes
//
// # One writer
//
// The store's own connection holds an advisory lock for as long as it lasts, so a
// second process gets store.ErrLocked. The lock keeps people from mistakes; what
// keeps the data right is the row of owner: whoever takes the lock writes his
// token there, and a transaction commits only where that and the number of commits
// are what they were after its last one. A process that lost its connection, and
// with it the lock, takes it again. If another one has written meanwhile, it
// writes nothing any more until it is started again.
//
// # Speed
//
// What an Update changes is held in memory and sent at its end, in one round trip
// and one more for the commit. Who knows which rows come next has them read in one
// round trip (store.Ahead); each other row that is not in memory costs one. Rows that were read or written stay in memory, up to
// a bound, from one Update to the next: nobody else writes. After any failure all
// of it is forgotten. A View has a connection and a snapshot of its own.
//
// # Failures
//
// Every failure of the server or of the way to it wraps store.ErrFailed; nothing
// waits longer than 40 seconds. Where the answer to a commit is lost, the
// transaction may have taken place: see the comment of package store.
//
// Keys are at most 2,600 bytes. Connection poolers that hand a connection to
// another client between transactions do not work with it.
//
// It belongs to layer L3 and imports engine/store and pgx.
package postgres
