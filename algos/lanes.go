package algos

// Lanes hashes several headers at a time by an algorithm that is slow enough to
// want memory and company: it holds the scratch of its hashes, so it belongs to
// one goroutine at a time, and it does not allocate.
type Lanes interface {
	// Width is how many headers are hashed at most at a time. They take hardly
	// longer than one alone.
	Width() int

	// Sum is Algorithm.Sum of the headers: dst[i] gets the hash of headers[i].
	// There are as many of both, one to Width. Neither is kept.
	Sum(dst []*[32]byte, headers [][]byte)
}

// laned is an algorithm that one hash at a time is a waste of.
type laned interface{ lanes() Lanes }

// NewLanes makes Lanes for a. Ok is false for an algorithm that is as quick as
// the work around it, where Sum is all there is to want.
func NewLanes(a Algorithm) (l Lanes, ok bool) {
	if a, ok := a.(laned); ok {
		return a.lanes(), true
	}
	return nil, false
}

// Slow reports whether NewLanes makes something for a. It costs nothing.
func Slow(a Algorithm) bool {
	_, ok := a.(laned)
	return ok
}
