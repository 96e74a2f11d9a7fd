// Package serve is the plugin's end of the protocol: gRPC services over a
// coins.Driver. It knows nothing of processes; package sdk adds those.
//
// Every service is registered, and a method whose role the open coin does not
// have answers Unimplemented. A panic of the driver becomes an Internal error of
// the call that met it, with the stack in the log; the process lives. (A panic in
// a goroutine of the driver's own ends the process, as in any Go program.)
//
// It is layer L2.
package serve
