// Package storetest is the behaviour suite of stores: what the comments of package
// engine/store promise, tried against a model in memory.
//
// It belongs to layer L3 and imports engine/store.
package storetest
