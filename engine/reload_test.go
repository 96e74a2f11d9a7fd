package engine

import (
	"slices"
	"testing"

	"github.com/motherlode-pool/motherlode/configs"
)

// What a pool takes over of a newer configuration is of the same chain and the same
// port, wherever these stand in it.
func TestAdoptGoesByNames(t *testing.T) {
	port := func(address string, start float64) configs.Listen {
		return configs.Listen{Address: address, Profile: "normal", Difficulty: configs.Difficulty{Start: start, Fixed: true}}
	}
	have := configs.Pool{
		Parent: "p", Reward: "pplns", FeeBPS: 100, PPLNSWindow: 2, Address: "x",
		Aux:    []configs.Aux{{Coin: "alpha", Cap: true, Reward: "solo"}, {Coin: "beta", Cap: true, Reward: "pps"}},
		Listen: []configs.Listen{port(":1", 1), port(":2", 2)},
	}
	rewards := func(p *configs.Pool) (all string) {
		for _, a := range p.Aux {
			all += a.Coin + " " + a.Reward + " "
		}
		return all
	}
	starts := func(p *configs.Pool) (all []float64) {
		for _, l := range p.Listen {
			all = append(all, l.Difficulty.Start)
		}
		return all
	}
	change := func(do func(*configs.Pool)) *configs.Pool {
		p := have
		p.Aux, p.Listen = slices.Clone(have.Aux), slices.Clone(have.Listen)
		do(&p)
		return &p
	}
	for _, c := range []struct {
		name    string
		newer   *configs.Pool
		fee     int
		rewards string
		starts  []float64
	}{
		{"as it is", change(func(*configs.Pool) {}), 100, "alpha solo beta pps ", []float64{1, 2}},
		{"another order", change(func(p *configs.Pool) { slices.Reverse(p.Aux); slices.Reverse(p.Listen); p.FeeBPS = 50 }), 50, "alpha solo beta pps ", []float64{1, 2}},
		{"another order and other values", change(func(p *configs.Pool) {
			slices.Reverse(p.Aux)
			slices.Reverse(p.Listen)
			p.Aux[0].Reward, p.Listen[1].Difficulty.Start = "prop", 7
		}), 100, "alpha solo beta prop ", []float64{7, 2}},
		{"other chains", change(func(p *configs.Pool) { p.Aux[0].Coin, p.Aux[1].Reward, p.FeeBPS = "gamma", "prop", 50 }), 100, "alpha solo beta pps ", []float64{1, 2}},
		{"a chain less", change(func(p *configs.Pool) { p.Aux, p.FeeBPS = p.Aux[1:], 50 }), 100, "alpha solo beta pps ", []float64{1, 2}},
		{"another parent", change(func(p *configs.Pool) { p.Parent, p.FeeBPS = "q", 50 }), 100, "alpha solo beta pps ", []float64{1, 2}},
		{"a port in place of another", change(func(p *configs.Pool) { p.Listen[0] = port(":3", 9) }), 100, "alpha solo beta pps ", []float64{1, 2}},
		{"a port in another protocol", change(func(p *configs.Pool) { p.Listen[0].Protocol, p.Listen[0].Difficulty.Start = "sha3x", 9 }), 100, "alpha solo beta pps ", []float64{1, 2}},
	} {
		t.Run(c.name, func(t *testing.T) {
			got := adopt(have, c.newer)
			if got.FeeBPS != c.fee || rewards(got) != c.rewards || !slices.Equal(starts(got), c.starts) {
				t.Errorf("fee %d, rewards %q, difficulties %v; want %d, %q, %v", got.FeeBPS, rewards(got), starts(got), c.fee, c.rewards, c.starts)
			}
			if rewards(&have) != "alpha solo beta pps " || !slices.Equal(starts(&have), []float64{1, 2}) {
				t.Error("what runs was changed")
			}
		})
	}

	// Ports that the system chooses are called the same: then the places tell them apart.
	twins := configs.Pool{Parent: "p", Listen: []configs.Listen{port(":0", 1), port(":0", 2)}}
	newer := twins
	newer.Listen = []configs.Listen{port(":0", 1), port(":0", 5)}
	if got := starts(adopt(twins, &newer)); !slices.Equal(got, []float64{1, 5}) {
		t.Errorf("two ports of one name: %v, want 1 and 5", got)
	}
}
