// Package client is the host's end of the protocol: coins over a gRPC
// connection. It knows nothing of processes; a Link tells it when the other end
// is gone, and why.
//
// Every answer is checked in form before it is used (package convert). Errors of
// context come back as such; the end of the link comes back as the link's cause
// from every call and stream, also from those under way.
//
// It is layer L2.
package client
