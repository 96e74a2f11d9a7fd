// Package ckpoolfiles writes what a pool, its accounts and their workers do as the
// JSON files that monitors of ckpool read: pool/pool.status, users/ADDRESS and
// workers/ADDRESS.NAME below a folder.
//
// The facts were read in ckpool's public trees: of October 2025 (skaisser/ckpool) for
// pool.status and users, of March 2026 (Z3r0XG/ckpool-lhr) for comparison, and of June
// 2017 (ctubio/ckpool) for workers, which newer trees keep in users alone. Names,
// order and JSON types of the fields, the suffixes of hash rates and the white space
// are ckpool's; fields of both ages of workers are in one file.
//
// A Writer asks its Source once a minute, in a goroutine of its own that works half of
// the time at the most, and writes those files whose numbers have changed. Each is
// written beside the old one and renamed, so that who reads sees one or the other. It is
// not flushed to the disk: after a power cut the next round writes it again. The folder
// may be a symbolic link; what is below it is not: no link there is followed, and a file
// is never written into what is there already.
//
// # Who has a file
//
// An account has one from its first share on. It is looked at each minute while the
// account is connected or mines; later the longer it has been idle the less often, by
// a sixteenth of that time. A worker that has been idle for 600,000 seconds leaves its
// account's file, and its own is removed. An account's file is looked at for the last
// time after eight days, when all its rates are 0, and stays, as ckpool has it.
//
// # What it is not
//
// It is no record of anything: what it has written it never reads back. It knows no
// ledger and no session. What goes wrong is said once in the log, and tried again
// with the next round; nobody waits for it.
//
// It belongs to layer L3 and imports the standard library only.
package ckpoolfiles
