// Package engine mines: it keeps the coins open, makes jobs of a parent's
// template and the work of its auxiliary chains, judges what miners send, and
// sees every solution through to the best chain of its own network.
//
// New takes a Config and its Deps and does no I/O beyond opening its files; Run
// owns every goroutine. The three flows, each a straight path:
//
//   - template to job to notify: chain.Runner -> pool.makeJobs (maker.go) ->
//     job.Spec.Build -> job.Book.Put -> stratum.Server.Broadcast
//   - submit to verdict to share log: stratum session -> turn.Judge (turn.go) ->
//     share.Judge -> turn.Commit -> sharelog.Log.Append
//   - found to delivered: turn.Judge -> pool.found (found.go) -> submit.Courier
//     -> block records in the share log -> ledger
//
// A coin is a coins.Driver to the engine; whether it runs in this process or in
// another it cannot tell. The package belongs to layer L4 and does not import
// plugins.
package engine
