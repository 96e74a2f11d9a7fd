// Package repeats keeps a log from saying the same thing every few seconds while it
// lasts: it is said at once, and then once in a while with how often it has come
// meanwhile; the rest are debug lines.
package repeats
