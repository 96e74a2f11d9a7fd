package engine

import (
	"errors"

	"github.com/motherlode-pool/motherlode/algos"
	"github.com/motherlode-pool/motherlode/engine/batch"
	"github.com/motherlode-pool/motherlode/engine/hashpool"
	"github.com/motherlode-pool/motherlode/stratum"
)

// elsewhere computes hashes outside the sessions' own goroutines: the process of a
// coin whose algorithm the engine does not have, or the workers for an algorithm
// so slow that one session could keep the processors from the others.
type elsewhere interface {
	request() request
	submit(r request)
	wait(r request) // its Err says whether there are hashes
}

// request is headers of one turn that are hashed together. It is one of the
// elsewhere that made it.
type request interface {
	Fits(size int, param []byte) bool
	Reset(size int, param []byte)
	Add(header []byte) int
	Err() error
	Hash(i int) *[32]byte
}

// byCoin is a coin that hashes.
type byCoin struct{ b *batch.Batcher }

func (e byCoin) request() request { return batch.NewRequest() }
func (e byCoin) submit(r request) { e.b.Submit(r.(*batch.Request)) }
func (e byCoin) wait(r request)   { _ = e.b.Wait(r.(*batch.Request)) }

// byWorkers is the workers of a slow algorithm. No such algorithm has a parameter,
// and headers need not be of one size.
type byWorkers struct{ p *hashpool.Pool }

type workersRequest struct{ hashpool.Request }

func (r *workersRequest) Fits(int, []byte) bool { return true }
func (r *workersRequest) Reset(int, []byte)     { r.Request.Reset() }

func (e byWorkers) request() request { return &workersRequest{*hashpool.NewRequest()} }
func (e byWorkers) submit(r request) { e.p.Submit(&r.(*workersRequest).Request) }
func (e byWorkers) wait(r request)   { _ = e.p.Wait(&r.(*workersRequest).Request) }

// newWorkers makes the workers of every slow algorithm, by its name. They cost
// nothing until there is something to hash.
func newWorkers() map[string]*hashpool.Pool {
	all := map[string]*hashpool.Pool{}
	for _, name := range algos.Names() {
		a, err := algos.ByName(name)
		if err != nil || !algos.Slow(a) {
			continue
		}
		all[name] = hashpool.New(func() algos.Lanes {
			l, _ := algos.NewLanes(a)
			return l
		})
	}
	return all
}

// hashReason is what miners are told of a share without a hash.
func hashReason(err error) stratum.Reason {
	if errors.Is(err, batch.ErrFull) || errors.Is(err, batch.ErrClosed) || errors.Is(err, hashpool.ErrClosed) {
		return stratum.Overload
	}
	return stratum.HashFailed
}
