// Package familytest mines with coins of the Bitcoin family in their tests: it
// opens a driver on a node, takes templates, solves them on the CPU and hands
// the blocks in. The blocks are put together by package block, not by the
// engine.
//
// It is of use in tests only. It is layer L2, coins/internal.
package familytest
