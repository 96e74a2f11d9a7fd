// Package batch gathers headers of many sessions into batches for a hash
// function that lives elsewhere: in the process of a coin whose algorithm the
// engine does not have. One call over a process boundary costs as much as 35
// shares, one header more in the call nearly nothing.
//
// # The rules
//
//   - A batch leaves when FlushAt headers wait, or FlushAfter after the first of
//     them came, whichever is earlier. It takes all that wait, up to
//     coins.MaxHashBatch: while the calls in flight are slow, the next batch
//     grows, and the function is called less often.
//   - At most InFlight batches are under way. There is one Batcher for each coin,
//     so a slow function holds up nobody but those who mine by it.
//   - A batch has headers of one size and one parameter.
//   - A Request is what one turn of one session hands in. It stays whole, waits
//     for itself alone, and those that came first are served first: with one
//     request at a time each, no session comes in front of another.
//   - A request waits no longer than Deadline, then it fails and its shares can be
//     refused. More than MaxQueued waiting headers are refused at once.
//   - The function depends on nothing but its arguments, so what a dying process
//     leaves undone is asked again of the next one: headers that were not asked for
//     because nobody was there wait, and headers whose call failed are tried
//     once more.
//
// # What it is not
//
// It judges nothing and remembers nothing: a request that failed leaves no
// trace, and the same headers can be handed in again.
//
// # Caveats
//
// A function that ignores its context keeps a goroutine; Run waits StopGrace for
// it and says so. Nothing that it returns afterwards is taken.
//
// It belongs to layer L3 and imports coins.
package batch
