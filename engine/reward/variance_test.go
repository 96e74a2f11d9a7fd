package reward

import (
	"flag"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"strings"
	"testing"

	"github.com/motherlode-pool/motherlode/engine/work"
)

var variance = flag.Bool("variance", false, "simulate 10,000 miners over 2,000 blocks, print the table and write docs/img/variance.svg")

// world is a pool whose miners all send shares at the same rate, as vardiff has
// them do: what differs is what a share weighs. A share solves a block by chance,
// as likely as its work says.
type world struct {
	miners, blocks int
	rate           int // shares of one miner in the expected time of a block
	period         int // blocks over which an income is looked at
}

// income is what the simulation found of one scheme.
type income struct {
	name  string
	ratio [][]float64 // by class of miners: income of a period by the fair income
}

const classes = 5 // by hash rate, each four times the one before

func (w world) class(i int) int { return i * classes / w.miners }

// run simulates every scheme over the same shares and blocks. Miners of class c
// have 4^c times the hash rate of the smallest.
func (w world) run(t testing.TB, seed uint64) []income {
	rng := rand.New(rand.NewPCG(seed, 1))
	weight := make([]float64, w.miners)
	share := make([]work.Work, w.miners)
	total := 0.0
	for i := range weight {
		weight[i] = math.Pow(4, float64(w.class(i)))
		share[i] = work.Of(weight[i])
		total += weight[i]
	}
	network := total * float64(w.rate)
	const subsidy, meanFees = 312_500_000, 10_000_000
	chain := Chain{Network: work.Of(network), Height: 1, Reward: subsidy + meanFees, Fees: meanFees}

	var schemes []Scheme
	got := make([][]float64, len(Names)) // in the present period, by miner
	out := make([]income, len(Names))
	for k, name := range Names {
		s, err := New(name, Terms{})
		if err != nil {
			t.Fatal(err)
		}
		s.Job(chain)
		schemes = append(schemes, s)
		got[k] = make([]float64, w.miners)
		out[k] = income{name: name, ratio: make([][]float64, classes)}
	}
	shares := w.miners * w.rate * w.period // of a period; blocks come as they come
	for n := range w.blocks / w.period * shares {
		i := rng.IntN(w.miners)
		for k, s := range schemes {
			if a := s.Share(Account(i+1), share[i]); a != (Amount{}) {
				got[k][i] += float64(a.Units) + float64(a.Fraction)/(1<<64)
			}
		}
		if rng.Float64()*network < weight[i] {
			fees := uint64(rng.ExpFloat64() * meanFees)
			for k, s := range schemes {
				for _, c := range s.Block(Block{Reward: subsidy + fees, Fees: fees, Finder: Account(i + 1)}).Credits {
					got[k][c.Account-1] += float64(c.Amount)
				}
			}
			chain.Height++
			chain.Fees = uint64(rng.ExpFloat64() * meanFees)
			chain.Reward = subsidy + chain.Fees
			for _, s := range schemes {
				s.Job(chain)
			}
		}
		if (n+1)%shares == 0 {
			for k := range schemes {
				out[k].close(w, got[k], weight, total, float64(w.period)*(subsidy+meanFees))
			}
		}
	}
	return out
}

// close ends a period.
func (in *income) close(w world, got, weight []float64, total, reward float64) {
	for i := range got {
		fair := reward * weight[i] / total
		in.ratio[w.class(i)] = append(in.ratio[w.class(i)], got[i]/fair)
		got[i] = 0
	}
}

// spread is mean and relative standard deviation.
func spread(v []float64) (mean, deviation float64) {
	for _, x := range v {
		mean += x / float64(len(v))
	}
	for _, x := range v {
		deviation += (x - mean) * (x - mean) / float64(len(v))
	}
	return mean, math.Sqrt(deviation)
}

// TestVarianceOfIncome compares the schemes by how far an income of a period is
// from the fair one: with -variance at full size.
func TestVarianceOfIncome(t *testing.T) {
	w := world{miners: 1000, blocks: 400, rate: 5, period: 40}
	if *variance {
		w = world{miners: 10_000, blocks: 2000, rate: 10, period: 100}
	}
	all := w.run(t, 1)
	t.Logf("%d miners, %d blocks, %d shares of each miner a block, income over %d blocks by the fair income\n%s", w.miners, w.blocks, w.rate, w.period, table(all))
	by := map[string]float64{}
	for _, in := range all {
		for c := range in.ratio {
			mean, dev := spread(in.ratio[c])
			by[fmt.Sprint(in.name, c)] = dev
			// The mean of so many miners and periods is the fair income, but for the
			// luck of all of them together; a single one's is anything.
			if in.name != "solo" && math.Abs(mean-1) > 0.25 {
				t.Errorf("%s, class %d: mean income is %.3f of the fair one", in.name, c, mean)
			}
		}
	}
	for c := range classes {
		at := func(name string) float64 { return by[fmt.Sprint(name, c)] }
		if c >= 2 && at("pplns") >= at("solo") { // the smaller may find nothing at all
			t.Errorf("class %d: pplns %.3f scatters no less than solo %.3f", c, at("pplns"), at("solo"))
		}
		if !(at("pps") < at("pplns") && at("pps+") < at("pplns") && at("fpps") < at("prop")) {
			t.Errorf("class %d: pps %.3f, pps+ %.3f, pplns %.3f, fpps %.3f, prop %.3f are in the wrong order", c, at("pps"), at("pps+"), at("pplns"), at("fpps"), at("prop"))
		}
	}
	if *variance {
		if err := os.WriteFile("../../docs/img/variance.svg", []byte(plot(all)), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

func table(all []income) string {
	var b strings.Builder
	fmt.Fprintf(&b, "| scheme | mean | deviation, smallest miners | ×4 | ×16 | ×64 | ×256 | worst and best period of all |\n|---|---|---|---|---|---|---|---|\n")
	for _, in := range all {
		var every []float64
		for _, r := range in.ratio {
			every = append(every, r...)
		}
		mean, _ := spread(every)
		least, most := every[0], every[0]
		for _, x := range every {
			least, most = min(least, x), max(most, x)
		}
		fmt.Fprintf(&b, "| `%s` | %.3f |", in.name, mean)
		for _, r := range in.ratio {
			_, dev := spread(r)
			fmt.Fprintf(&b, " %.1f %% |", 100*dev)
		}
		fmt.Fprintf(&b, " %.2f to %.2f |\n", least, most)
	}
	return b.String()
}

// plot draws the deviation by class on a logarithmic scale.
func plot(all []income) string {
	const wide, high, left, top, right, bottom = 720, 420, 70, 40, 100, 60
	const lowest, highest = 0.01, 100.0 // deviation
	x := func(c int) float64 { return left + float64(c)/(classes-1)*(wide-left-right) }
	y := func(dev float64) float64 {
		return top + (math.Log10(highest)-math.Log10(max(dev, lowest)))/(math.Log10(highest)-math.Log10(lowest))*(high-top-bottom)
	}
	var b strings.Builder
	fmt.Fprintf(&b, `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %d %d" font-family="sans-serif" font-size="12" role="img">`+"\n", wide, high)
	fmt.Fprintf(&b, "<title>Scatter of income by reward scheme and hash rate</title>\n<rect width=\"%d\" height=\"%d\" fill=\"#fff\"/>\n", wide, high)
	fmt.Fprintf(&b, "<text x=\"%d\" y=\"22\" font-size=\"14\">Standard deviation of an income by the fair one, over the expected time of 100 blocks</text>\n", left)
	for dev := lowest; dev <= highest*1.01; dev *= 10 {
		fmt.Fprintf(&b, "<path d=\"M%d %.1fH%d\" stroke=\"#ddd\"/><text x=\"%d\" y=\"%.1f\" text-anchor=\"end\">%g %%</text>\n", left, y(dev), wide-right, left-8, y(dev)+4, math.Round(dev*10000)/100)
	}
	for c := range classes {
		fmt.Fprintf(&b, "<text x=\"%.1f\" y=\"%d\" text-anchor=\"middle\">×%d</text>\n", x(c), high-bottom+20, 1<<(2*c))
	}
	fmt.Fprintf(&b, "<text x=\"%d\" y=\"%d\" text-anchor=\"middle\">hash rate of the miner, by the smallest</text>\n", (wide-right+left)/2, high-18)
	colours := []string{"#888888", "#e69f00", "#0072b2", "#009e73", "#cc79a7", "#d55e00"}
	dashes := []string{"", "6 3", "", "2 3", "8 3 2 3", "4 2"}
	for k, in := range all {
		var points []string
		last := 0.0
		for c := range in.ratio {
			_, dev := spread(in.ratio[c])
			last = y(dev)
			points = append(points, fmt.Sprintf("%.1f,%.1f", x(c), last))
		}
		fmt.Fprintf(&b, "<polyline points=\"%s\" fill=\"none\" stroke=\"%s\" stroke-width=\"2\" stroke-dasharray=\"%s\"/>\n", strings.Join(points, " "), colours[k], dashes[k])
		fmt.Fprintf(&b, "<path d=\"M%d %dh22\" stroke=\"%s\" stroke-width=\"2\" stroke-dasharray=\"%s\"/><text x=\"%d\" y=\"%d\">%s</text>\n", wide-right+12, top+20+20*k, colours[k], dashes[k], wide-right+40, top+24+20*k, in.name)
	}
	b.WriteString("</svg>\n")
	return b.String()
}
