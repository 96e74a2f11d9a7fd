package engine

import (
	"github.com/motherlode-pool/motherlode/algos"
	"github.com/motherlode-pool/motherlode/configs"
	"github.com/motherlode-pool/motherlode/engine/vardiff"
	"github.com/motherlode-pool/motherlode/stratum"
)

// listenDifficulty is the difficulty that a listener's profile gives for an algorithm,
// with what the configuration says otherwise. DiffOne is the coin's target of
// difficulty 1, in whose units it counts.
func listenDifficulty(l configs.Listen, algorithm string, diffOne algos.Target) vardiff.Profile {
	hashes := diffOne.Difficulty(algos.DiffOneSHA3x) // of SHA3x, where each hash counts
	v, ok := vardiff.ProfileFor(algorithm, l.Profile, hashes)
	if !ok { // a configuration that was not validated
		v, _ = vardiff.ProfileFor(algorithm, vardiff.Normal, hashes)
	}
	d := l.Difficulty
	return v.With(vardiff.Profile{
		Start: d.Start, Min: d.Min, Max: d.Max, SharesPerMinute: d.TargetSharesPerMinute, NiceHashMin: d.NiceHashMin,
	})
}

// profile is what the server steers the miners of l by.
func (p *pool) profile(l configs.Listen) stratum.Profile {
	info, _ := p.parent.Info() // it is open
	v := listenDifficulty(l, info.Algorithm, p.diffOne)
	profile := stratum.Profile{Name: l.Address, Start: v.Start, Min: v.Min, Max: v.Max, NiceHashFloor: v.NiceHashMin}
	if !l.Difficulty.Fixed {
		profile.NewTuner = func(_, min float64) stratum.Tuner {
			return vardiff.New(vardiff.Options{Min: min, Max: v.Max, SharesPerMinute: v.SharesPerMinute})
		}
	}
	p.log.Info("difficulty of a port", "address", l.Address, "profile", l.Profile, "start", v.Start, "min", v.Min, "max", v.Max,
		"shares_per_minute", v.SharesPerMinute, "fixed", l.Difficulty.Fixed)
	return profile
}
