// Package pythonexample holds the files of the example plugin in Python, a
// complete project that others are made from.
//
// It is no code that runs in a pool: the plugin is what the files are, and
// /usr/bin/python3 runs it. The tests of this package run it as a third party's
// file, and need Python's gRPC for that; without it they are skipped.
//
// It is layer L2.
package pythonexample
