// Package guidetest holds guides in Markdown against the program that they speak
// of: it finds their fenced blocks, plays those that are marked, and checks that
// every command line names commands and flags that there are, and every link a file
// and a heading.
//
// What a block is for stands behind its language, where readers do not see it:
//
//	```toml file=NAME     a file, written as it stands
//	```toml add=NAME      lines that are added to the end of that file
//	```toml top=NAME      lines that are put at the top of it
//	```sh run             commands that must succeed
//	```sh start           a command that goes on; it is ended with the test
//	```text output        what the commands before printed; see [Match]
//	```text log           what the started commands have printed by now, or soon
//	<!-- test: NAME -->   something that the test does itself
//
// All other blocks are only read. Names of machines, ports and addresses that a
// guide has for its reader are replaced, text by text; one that the guide does not
// have any more is an error, so that no test runs beside what is written.
//
// It is for tests alone. It knows nothing of pools and nodes: what must run
// around the commands is the test's part.
package guidetest
