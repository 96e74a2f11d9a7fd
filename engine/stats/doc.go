// Package stats sums what a pool, an account or a worker does by the minute, and
// rolls old minutes up to hours and days, so that its size is bounded.
//
// It is pure: a Live takes the records of one name in the order of the share log
// and keeps what is over in the rows of a Store; a Series is all of it, to be
// queried. Both are a function of the records alone. Nothing asks for the time of
// day: what is old is decided by the records' own times, and a query is told as
// of when it is asked.
//
// # Four levels, each unit of work in one of them
//
// A minute that is over goes to the row of minutes. With the first record of
// another hour, what has left its level's window moves up, by whole hours to the
// hours and by whole days to the days. Days beyond the largest number, the oldest
// first, are summed in one tally, the older ones. So the sum over all levels is
// the sum of the records, always.
//
// # Time that goes backwards
//
// The newest record's time is the clock of the name. A record that is up to an
// hour behind it counts in its own minute, and the clock stays. One that is
// further behind sets the clock back, so that a time in the far future, of a
// machine that started with a wrong clock, does harm to no more than its own
// minutes: they move up to the day that they claim. Times before 1970 count as
// the first minute.
//
// # The best share of a round
//
// Chains of a pool have rounds of their own over the same shares. Each start of a
// round, of whichever chain, begins a new generation of the pool; a name keeps
// its largest shares by generation, falling, as many as it has chains at most.
//
// # What it is not
//
// It knows no database, no hash rate of an algorithm (a query is told how many
// hashes are behind a difficulty of 1) and no money.
//
// It belongs to layer L3 and imports engine/work only.
package stats
