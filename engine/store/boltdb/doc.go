// Package boltdb is the embedded store: a file of bbolt, which one process at a
// time may have open.
//
// Commits are synced to the disk. The file does not shrink; `bbolt compact` makes
// a smaller copy.
//
// A page that is damaged is found when it is used, if its head is wrong: the
// transaction fails with store.ErrBroken, and so does all that follows. Bytes of rows
// that have changed, and pages that point at one another in a ring, are not found out.
//
// It belongs to layer L3 and imports engine/store and bbolt.
package boltdb
