// Package archtest holds the test that fails where an import points the wrong
// way. It reads the import lines of every Go file of the module, without
// building anything, and compares them with the table in rules_test.go: the layers
// of the project, and what each package may import.
//
// # The rules
//
//   - A package that is not in the table fails the test: a new one needs a line
//     there, and with it a decision.
//   - Of the module's own packages, one may import only those that its line
//     names. Of other modules', only those that its line names. The standard
//     library is open to all.
//   - Every package has a doc.go whose comment says what it is for.
//
// Test files are held to less: a test may import whatever helps to test,
// real nodes and other layers included, except where a line of the table says
// that independence is the point (internal/simchain and auxpow), for there the
// tests of the package count too. The external tests (package x_test) are free
// even of that: they compare the two.
//
// It has no code that another package could use, and belongs to layer L0.
package archtest
