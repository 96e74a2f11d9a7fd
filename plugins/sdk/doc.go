// Package sdk makes a coin a plugin. It is the whole main of one:
//
//	func main() { sdk.Serve(mycoin.Driver{}) }
//
// Serve owns the process: nothing may be printed on standard output before it,
// for the first line there is the handshake with the pool. What is printed
// later, on either output, and what is logged, ends up in the pool's log under
// the coin's name. Loggers: slog's default one is set up before Serve does
// anything else, Logger returns the same, and a driver with a method
// SetLogger(*slog.Logger) is handed it.
//
// The driver's settings are held to the JSON schema that Describe publishes before
// they become a coin: keys that it does not know and values that it does not allow
// reach the operator without a line of the author's. Open is asked all the same
// what else is wrong, so that everything is said at once, but whatever it makes of
// such settings is thrown away. A schema that is itself broken fails Describe.
//
// A plugin lives exactly as long as the pool that started it. It ignores SIGTERM
// and SIGINT while that pool lives, because the pool still has blocks to submit
// when its whole service is told to stop, and it exits within a second of the
// pool's death.
//
// A panic in a method of the driver or coin becomes an error of that call, with
// the stack in the log. A panic in a goroutine that the coin started itself ends
// the process; the pool starts a new one.
//
// Debug serves without a pool, for a debugger, and says how to attach one.
//
// It is layer L2.
package sdk
