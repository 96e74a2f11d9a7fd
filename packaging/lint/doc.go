// Lint reads the files that containers are made from, as Docker itself would,
// without a daemon, an image or the network:
//
//	lint dockerfile FILE...              BuildKit's own parser and its rules
//	lint compose FILE [OVER-IT...]       the loader and the schema of docker compose
//	lint scripts FILE                    the shell lines of RUN, for shellcheck
//
// On top of that stand rules for what this project ships: an image that runs as
// a number other than root, can be asked for its health and is built from
// pinned images, and services with neither a password nor more power than they
// need. It prints a line for each finding and then ends with 1.
//
// It cannot see what only a build shows: a file that COPY does not find, a
// command that fails, an image that is not there.
//
// It is a module of its own, because nothing of it belongs to the program.
package main
