// Package stratum serves miners: lines, sessions, broadcast. It speaks the
// Stratum V1 dialect of the Bitcoin family and knows neither a coin nor a block;
// what it needs from the engine is the small interface Pool.
//
// It belongs to layer L3 and imports only the standard library and internal
// pieces.
package stratum
