// Package rpc is a JSON-RPC client for nodes of the Bitcoin family.
//
// It speaks the one dialect that every such node answers: HTTP POST with
// "jsonrpc":"1.0", an id and params always, whatever the HTTP status of the
// reply. A node's own error is a *NodeError with its code and words; a call
// that was not answered is one of the kinds ErrUnreachable, ErrTimeout,
// ErrCredentials, ErrWarmup, ErrBusy, ErrEmpty, ErrReply and ErrTooLarge, all
// of which Unanswered reports: the outcome of the call is unknown.
//
// Credentials are a user and a password, or a cookie file that is read at each
// call because a node writes a new one at every start. They never appear in an
// error or a log line: nodes are named by host and port alone.
//
// What it is not: it holds no connection open for news, it does not batch, it
// does not retry. Few calls may be under way at once (Config.Parallel), because
// btcd refuses an eleventh connection and Core-like nodes have four threads.
//
// It is layer L2, coins/internal, and imports nothing of ours but jscan.
package rpc
