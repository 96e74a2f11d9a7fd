// Package sharedays offers the share log for download, a day of UTC at a time, so
// that miners and others can audit it.
//
//	GET /sharelog/            the days: date, position, bytes, SHA-256, whether it has ended
//	GET /sharelog/2026-11-20  the bytes of a day
//
// The days in their order, put behind each other, are the log; each begins with
// the mark of a write and stands for itself (package engine/sharelog). A day that
// has ended never changes, and its ETag is its SHA-256. The present day goes up to
// the last write that was acknowledged when it was asked for; it only grows, so a
// download of it is taken up again with Range.
//
// # What it is not
//
// It checks nobody: whoever reaches it reads the names of accounts and workers.
// No address of a miner is in the log; names of the operator's nodes are.
//
// It belongs to layer L3 and imports engine/sharelog.
package sharedays
