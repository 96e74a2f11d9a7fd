// Package configs is the operator's TOML file: its schema, its defaults and a
// strict loader that reports everything that is wrong at once, each with file,
// line and key.
//
// Load reads a file; Default is the one place where defaults live. What a coin's
// settings table means is the driver's business: it is handed on as JSON. Sample
// files stand beside this package.
//
// It belongs to layer L1 and imports the standard library and BurntSushi/toml.
package configs
