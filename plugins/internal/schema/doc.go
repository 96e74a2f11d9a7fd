// Package schema holds a coin's settings to the JSON schema that its driver
// publishes, and says what is wrong in the words of the file that the operator
// wrote: with the key's path and what was expected, everything at once.
//
// It reads drafts 4 to 2020-12 of JSON schema; one that names none is read as
// 2020-12. A schema must be whole in itself: a reference to a file or an address
// is an error of the schema and is never followed. "format" is an annotation, as
// the newer drafts have it; where it must bind, a pattern says it better.
//
// No message quotes a value of the settings, because any of them may be a
// password. What it does quote, names of keys and the allowed values, comes from
// the schema or is the name of a key.
//
// It is layer L2.
package schema
