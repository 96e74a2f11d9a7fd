package vardiff

import "math"

// Profile is what a listener's difficulty starts from and moves in.
type Profile struct {
	Start           float64 // of a new session
	Min             float64 // lowest to give out
	Max             float64 // highest; 0 for none
	SharesPerMinute float64 // wanted

	// NiceHashMin is the lowest for the NiceHash agent, which refuses less; 0
	// where it does not buy the algorithm.
	NiceHashMin float64
}

// The names of the profiles that there are for every algorithm.
const (
	Low    = "low"    // hobby devices: a microcontroller, a processor, a single chip
	Normal = "normal" // machines of one's own
	Rental = "rental" // rented power, many machines behind one connection
)

// Names are the names of the profiles.
func Names() []string { return []string{Low, Normal, Rental} }

// Wanted shares a minute by profile. Hobby devices send few, for their lines and
// the pool's sake; rental sites want 8 to 15.
const (
	lowRate    = 6
	normalRate = 18
	rentalRate = 12
)

// niceHashMin is what NiceHash asks of a pool for SHA-256 and for scrypt, 500,000
// by its public list of algorithms, as the power of two above.
const niceHashMin = 524_288

// profiles are in the units that miners of the algorithm count in: 2^32 hashes for
// sha256d, 2^16 for scrypt, one for sha3x.
var profiles = map[string]map[string]Profile{
	"sha256d": {
		Low:    {Start: 0.001, Min: 1e-6, SharesPerMinute: lowRate, NiceHashMin: niceHashMin},
		Normal: {Start: 8192, Min: 1, SharesPerMinute: normalRate, NiceHashMin: niceHashMin},
		Rental: {Start: 524_288, Min: 65_536, SharesPerMinute: rentalRate, NiceHashMin: niceHashMin},
	},
	"scrypt": {
		Low:    {Start: 16, Min: 0.01, SharesPerMinute: lowRate, NiceHashMin: niceHashMin},
		Normal: {Start: 65_536, Min: 64, SharesPerMinute: normalRate, NiceHashMin: niceHashMin},
		Rental: {Start: 524_288, Min: 65_536, SharesPerMinute: rentalRate, NiceHashMin: niceHashMin},
	},
	"sha3x": {
		Low:    {Start: 1e7, Min: 1e5, SharesPerMinute: lowRate},
		Normal: {Start: 4e9, Min: 1e6, SharesPerMinute: normalRate},
		Rental: {Start: 1e12, Min: 1e10, SharesPerMinute: rentalRate},
	},
}

// unknown are the profiles of an algorithm that only a coin's plugin knows, in
// hashes: it can be as slow as RandomX, and up goes quicker than down.
var unknown = map[string]Profile{
	Low:    {Start: 1e4, Min: 10, SharesPerMinute: lowRate},
	Normal: {Start: 1e5, Min: 1e3, SharesPerMinute: normalRate},
	Rental: {Start: 1e8, Min: 1e6, SharesPerMinute: rentalRate},
}

// ProfileFor is the profile called name, normal when that is empty, of an
// algorithm, in units of hashes: a difficulty is the number of hashes that a
// share costs on average over hashesOfOne, that of difficulty 1. Ok is false for a
// name that there is not.
func ProfileFor(algorithm, name string, hashesOfOne float64) (p Profile, ok bool) {
	if name == "" {
		name = Normal
	}
	if own, known := profiles[algorithm]; known {
		p, ok = own[name]
		return p.times(customary[algorithm] / hashesOfOne), ok
	}
	p, ok = unknown[name]
	return p.times(1 / hashesOfOne), ok
}

// customary is how many hashes miners of an algorithm call difficulty 1.
var customary = map[string]float64{"sha256d": 1 << 32, "scrypt": 1 << 16, "sha3x": 1}

// times is p in units that are smaller by f. Nearly 1 is 1: the customary units
// are a little more than the powers of two.
func (p Profile) times(f float64) Profile {
	if math.Abs(f-1) < 1e-3 {
		return p
	}
	for _, d := range []*float64{&p.Start, &p.Min, &p.Max, &p.NiceHashMin} {
		*d = round(*d * f)
	}
	return p
}

// With is p with what is set in o, which is positive, instead of its own. Start and
// Min give way to what was set: a start below the profile's minimum lowers that,
// and both stay under the maximum.
func (p Profile) With(o Profile) Profile {
	set := func(d *float64, v float64) {
		if positive(v) {
			*d = v
		}
	}
	set(&p.Start, o.Start)
	set(&p.Min, o.Min)
	set(&p.Max, o.Max)
	set(&p.SharesPerMinute, o.SharesPerMinute)
	set(&p.NiceHashMin, o.NiceHashMin)
	switch {
	case positive(o.Min):
		p.Start = max(p.Start, p.Min)
	case positive(o.Start):
		p.Min = min(p.Min, p.Start)
	}
	if p.Max > 0 {
		p.Start, p.Min = min(p.Start, p.Max), min(p.Min, p.Max)
	}
	return p
}
