// Package testpostgres starts a PostgreSQL server for tests, of Debian's package
// postgresql, in a folder of its own and on a Unix socket in it. One server serves
// all tests of a package, each in a schema of its own.
//
// The server does not sync its files, so it is of no use for anything else. It dies
// with the test's process, on Linux even when that is killed. Where root runs the
// tests, the server runs as user postgres or nobody, since it refuses root.
//
// It is layer L0: it imports nothing of ours.
package testpostgres
