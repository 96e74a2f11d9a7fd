// Package convert turns the messages of plugins/proto into the plain types of
// package coins and back.
//
// To the wire nothing can fail but what has no place there (a negative size).
// From the wire everything is checked that a wrong peer could get wrong in form:
// lengths of hashes and targets, enums that are unset or unknown, missing parts,
// numbers that do not fit. Whether a template is true is not its business.
//
// Byte slices are not copied: a message belongs to the value made of it, and the
// other way round. An empty slice and nil are the same on the wire and come back
// as nil.
//
// It is layer L2.
package convert
