// Package convert makes a configuration of this program from that of another pool:
// ckpool's JSON, miningcore's JSON, public-pool's .env.
//
// Each key of the source is either carried over or named in a Note with the reason:
// nothing is left out in silence. Passwords are carried over, and a Note says so.
// What comes out is TOML with comments for a person to read before it is used; it is
// no promise that both pools behave alike.
//
// What the keys mean was read in the three programs and their samples. The package
// does no I/O and asks no node. It belongs to layer L1, beside package configs.
package convert
