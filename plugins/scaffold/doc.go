// Package scaffold writes new plugin projects: "motherlode plugin new" is made of
// it.
//
// A project is a plugin that works, with a toy chain in memory where a coin of
// its own would ask a node. The one in Go is the folder toychain beside this
// file: a package of this module, compiled and tested like any other, whose
// files are embedded here. The one in Python is the example under
// plugins/examples/python. Both are written with one name throughout, and a new
// project is a copy of them with another name in its place:
//
//	toychain   the name as given: file, driver, key in the pool's configuration
//	Toychain   for people and for types
//	TOY        the ticker, which addresses begin with
//
// The project in Go has a complete go.mod and go.sum, so that it builds without a
// network once a replace line names this module's folder. A nested go.mod cannot
// be embedded, so they are kept as go.mod.tmpl and go.sum.tmpl. A test holds them
// against what "go mod tidy" makes of them.
//
// The package prints nothing and runs nothing.
//
// It is layer L2.
package scaffold
