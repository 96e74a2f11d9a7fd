// Command motherlode is a merged-mining pool in one binary.
//
//	motherlode run FILE       run the pools of a configuration file
//	motherlode solo           mine on one node with one line
//	motherlode check FILE     say everything that is wrong with a configuration
//	motherlode demo           a whole pool with real nodes, on this machine alone
//	motherlode miner URL      a CPU miner for any stratum server
//	motherlode version
//
// This package wires the parts together and holds no logic that a test would
// want: that lives in the packages it imports.
package main
