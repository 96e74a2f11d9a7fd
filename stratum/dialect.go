package stratum

import (
	"context"
	"time"
)

// Dialect names what a server speaks with its miners. All listeners of a server
// speak the same: it goes with the shape of the pool's work.
type Dialect string

// The dialects.
const (
	V1    Dialect = "stratum" // Stratum V1 of the Bitcoin family
	SHA3x Dialect = "sha3x"   // of Tari's SHA3x miners, see sha3x.go
)

// dialect is how miners are spoken to, of which everything else (sockets, turns,
// limits, output, time-outs) is independent. One value serves all sessions of a
// server, so it holds no state of its own.
type dialect interface {
	// forms are those of the replies.
	forms() *forms

	// names are the parameters that have names, nil where they have places.
	names() []string

	// submission reports whether method is that of a share.
	submission(method []byte) bool

	// call answers any other request of s.
	call(ctx context.Context, s *session, r *request)

	// fill makes s.submission out of a request; Accepted means that its form is
	// right. The worker is whom to count it for, nil for nobody.
	fill(s *session, r *request) (Worker, Reason)

	// open prepares what the dialect keeps of a session's output.
	open(o *output)

	// earn applies what the turn has earned besides jobs. mu is held.
	earn(o *output)

	// due reports whether there is something to send. mu is held.
	due(o *output) bool

	// render takes all that is due; notify may be memory that sessions share. mu
	// is held, and writing is true.
	render(o *output, dst []byte, now time.Time) (head, notify []byte)

	// tick is the passing of time. With a reason, the session ends when what is
	// due has been sent. mu is held.
	tick(o *output, now time.Time) CloseReason

	// farewell appends what miners are told when the server stops.
	farewell(dst []byte, message string) []byte

	// extranonce is how many bytes tell sessions apart, at most extranonce1Size.
	extranonce() int

	// whole brings a difficulty to one that can be said.
	whole(difficulty float64) float64

	// present is the difficulty that submissions are judged by and that the next
	// job gets. mu is held.
	present(o *output) float64

	// target is what a share of a difficulty must meet.
	target(p Pool, difficulty float64) [32]byte
}

// dialectOf is the dialect of a name, V1 for none.
func dialectOf(name Dialect) dialect {
	if name == SHA3x {
		return sha3xDialect{}
	}
	return v1Dialect{}
}

// forms are the replies that every dialect has, in its own form.
type forms struct {
	tails [reasonCount]string // of the reply to a submission, behind its id
	full  string              // the line for a connection too many
	fault func(dst, id []byte, code int, text string) []byte
}

// judgement appends the reply to a submission.
func (f *forms) judgement(dst, id []byte, r Reason) []byte {
	return append(appendID(dst, id), f.tails[r]...)
}

// idOf is the request's id in a reply that calls a share accepted.
func (f *forms) idOf(reply []byte) []byte {
	return reply[len(replyHead) : len(reply)-len(f.tails[Accepted])]
}
