// Package boltdb is the embedded store: a file of bbolt, which one process at a
// time may have open.
//
// Commits are synced to the disk. The file does not shrink; `bbolt compact` makes
// a smaller copy.
//
// It belongs to layer L3 and imports engine/store and bbolt.
package boltdb
