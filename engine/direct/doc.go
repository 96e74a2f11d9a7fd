// Package direct divides the reward of a block into the outputs of its coinbase, so
// that a block pays its miners itself.
//
// A Plan says who is to get what: each account's part of the block, and what it
// carries from earlier ones. It is made ahead, of as many accounts as there are, and
// holds the few that can get an output, the largest first. Pay makes of it the
// outputs for one job and one class of miners; it looks at those few only, in
// integers, and is the same for the same input.
//
// # Rules
//
// What an account is to get is its part and its carry. Who is to get less than the
// minimum has no output, and who does not fit into the limits of the class has none
// either: the operator's output, the last, has theirs, and they carry it.
//
// The outputs add up to the reward, always. Carries are paid from what the parts of
// the others leave: the operator's fee and what small accounts do not get now. An
// account whose carry and part make an output together, and whose part alone is none,
// comes first. Where what is free is not enough for that, the others lend: up to a
// hundredth of the reward, or twice the minimum, in proportion to what their parts are
// above their own minimum, which they keep, and carry what they lent. Without that a
// pool with no fee could never pay a small account: the others have taken the whole
// block. Where a block goes to its finder nothing is lent: the next block that would
// give it back is somebody else's. What is still free is divided among
// the others in proportion to their carries.
//
// A negative carry makes the account's part smaller. What would be an output of the
// operator below the dust limit goes to the first output instead, and comes off that
// account's next one.
//
// # Limits
//
// A class bounds outputs and bytes of a coinbase by what its miners' firmware can
// hash (Profile, Agent), the template by the weight and the signature operations
// that the block has left for it (Space).
//
// # What it is not
//
// It knows no shares, no ledger and no job, and it does not remember what it has
// paid: the share log does.
//
// It belongs to layer L3 and imports coins.
package direct
