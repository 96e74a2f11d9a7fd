// Package host runs a coin in a process of its own and presents it as a
// coins.Driver, so that the engine cannot tell it from one in process.
//
// One process is one open coin: Open starts a process, Close ends it, and after
// a death Open starts another. Everything that a start uses up is made new: the
// command, the check of the file, the socket folder. A death, whatever its
// cause, is an ErrPluginDied from every stream and call, with the last lines
// that the plugin wrote on standard error.
//
// What a plugin may not do to the pool, and the cure:
//
//	start slowly          a minute to the handshake, and a line in the log every 10 s
//	crash, exit           each stream and call fails at once; Open again
//	hang                  a ping every 5 s with 2 s of patience, three strikes, SIGKILL
//	write garbage         its stderr is parsed here, tolerantly; go-plugin never sees it
//	flood its log         bounded lines, a limit of lines and bytes a second, a count of the dropped
//	send huge messages    64 MiB each, and gRPC's flow control
//	outlive the pool      parent watch in the SDK; a death signal where Linux has one
//	leave sockets behind  a folder per process in a private one, removed with the process
//	read our environment  it gets PATH and what Config.Env says, an empty stdin,
//	                      and no open file of ours
//	be another file       SHA-256, owner and mode are checked at every start
//	fork                  it leads a process group, which is killed as one
//
// With Config.Attach no process is started: the plugin is one that its author runs
// under a debugger, which is neither checked nor watched nor killed.
//
// Close cuts calls in flight: whoever has blocks to submit does that first.
//
// It is layer L3.
package host
