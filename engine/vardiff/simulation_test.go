package vardiff

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"
	"time"
)

// device is a row of the simulation's table.
type device struct {
	name      string
	hashes    float64 // per second
	algorithm string
	profile   string
	start     float64 // suggested; 0: the profile's
}

var devices = []device{
	{"ESP32", 50e3, "sha256d", Low, 0},
	{"ESP32, suggests 0.00015", 50e3, "sha256d", Low, 0.00015},
	{"ESP32-S3", 300e3, "sha256d", Low, 0},
	{"processor", 10e6, "sha256d", Low, 0},
	{"one chip", 500e9, "sha256d", Low, 0},
	{"Bitaxe", 1.2e12, "sha256d", Normal, 0},
	{"Bitaxe, suggests 1000", 1.2e12, "sha256d", Normal, 1000},
	{"S9", 13.5e12, "sha256d", Normal, 0},
	{"S19", 110e12, "sha256d", Normal, 0},
	{"S21 hydro", 500e12, "sha256d", Normal, 0},
	{"S21 hydro on low", 500e12, "sha256d", Low, 0},
	{"proxy of 1,000 S19", 110e15, "sha256d", Rental, 0},
	{"processor", 20e3, "scrypt", Low, 0},
	{"stick", 4e6, "scrypt", Low, 0},
	{"L3+", 504e6, "scrypt", Normal, 0},
	{"L7", 9.5e9, "scrypt", Normal, 0},
	{"proxy of 1,000 L7", 9.5e12, "scrypt", Rental, 0},
	{"processor", 1e6, "sha3x", Low, 0},
	{"graphics card", 1.5e9, "sha3x", Normal, 0},
	{"farm", 10e12, "sha3x", Normal, 0},
}

// outcome is what the sessions of a device came to.
type outcome struct {
	arrived []float64 // seconds until the difficulty was near for the first time
	first   []float64 // shares in the first minute
	rates   []float64 // shares a minute of each session in the steady hour
	windows []float64 // shares in each 10 minutes of it
	changes int       // in the steady hour, of all sessions
	credit  float64   // credited work over that done, all sessions
}

const (
	simSeeds   = 12
	simWarmUp  = 20 * time.Minute
	simSteady  = time.Hour
	simWindow  = 10 * time.Minute
	simNearest = 2.5 // what 16 shares can tell from 1, three standard errors
)

// profileOf is the device's profile with what it suggests, and its ideal
// difficulty.
func (d device) profileOf(t testing.TB) (p Profile, work, ideal float64) {
	t.Helper()
	p, ok := ProfileFor(d.algorithm, d.profile, customary[d.algorithm])
	if !ok {
		t.Fatalf("%s has no profile %s", d.algorithm, d.profile)
	}
	if d.start > 0 {
		p.Start = d.start
	}
	work = d.hashes / customary[d.algorithm]
	return p, work, work / (p.SharesPerMinute / 60)
}

func ours(p Profile) rule {
	return New(Options{Min: p.Min, Max: p.Max, SharesPerMinute: p.SharesPerMinute})
}

// simulate takes sessions of d through an hour and more under a rule.
func simulate(t testing.TB, d device, patient bool, make func(Profile) rule) (o outcome) {
	t.Helper()
	p, work, ideal := d.profileOf(t)
	for seed := range uint64(simSeeds) {
		s := newSim(make(p), seed, work, p.Start, patient)
		arrived := math.Inf(1)
		s.each = func() {
			if math.IsInf(arrived, 1) && far(s.present, ideal) <= simNearest {
				arrived = s.now.Sub(begin).Seconds()
			}
		}
		s.each()
		s.run(time.Minute)
		o.first = append(o.first, float64(s.shares))
		s.run(simWarmUp - time.Minute)
		o.arrived = append(o.arrived, arrived)
		s.each = nil
		s.changes, s.shares, s.credit = 0, 0, 0
		for range int(simSteady / simWindow) {
			before := s.shares
			s.run(simWindow)
			o.windows = append(o.windows, float64(s.shares-before))
		}
		o.changes += s.changes
		o.rates = append(o.rates, float64(s.shares)/simSteady.Minutes())
		o.credit += s.credit / (work * simSteady.Seconds()) / simSeeds
	}
	return o
}

// quantile of values, which it sorts.
func quantile(values []float64, q float64) float64 {
	slices.Sort(values)
	return values[int(q*float64(len(values)-1)+0.5)]
}

func meanOf(values []float64) (mean float64) {
	for _, v := range values {
		mean += v / float64(len(values))
	}
	return mean
}

// scatter is the standard deviation of values over their mean.
func scatter(values []float64) float64 {
	mean, sum := meanOf(values), 0.0
	for _, v := range values {
		sum += (v - mean) * (v - mean)
	}
	return math.Sqrt(sum/float64(len(values))) / mean
}

func siHashes(h float64) string {
	for _, u := range []struct {
		one  float64
		name string
	}{{1e15, "PH/s"}, {1e12, "TH/s"}, {1e9, "GH/s"}, {1e6, "MH/s"}, {1e3, "kH/s"}} {
		if h >= u.one {
			return fmt.Sprintf("%.4g %s", h/u.one, u.name)
		}
	}
	return fmt.Sprint(h)
}

const simHeader = "| device | algorithm, profile | start | ideal | there after s, median (worst) | first minute | shares/min | of a session | scatter in 10 min (chance alone) | changes/h |\n" +
	"|---|---|---|---|---|---|---|---|---|---|\n"

func (o outcome) row(d device, p Profile, ideal float64) string {
	chance := 1 / math.Sqrt(p.SharesPerMinute*simWindow.Minutes())
	return fmt.Sprintf("| %s, %s | %s, %s | %.4g | %.3g | %.0f (%.0f) | %.0f | %.1f | %.1f to %.1f | %.0f %% (%.0f %%) | %.2f |\n",
		d.name, siHashes(d.hashes), d.algorithm, d.profile, p.Start, ideal, quantile(o.arrived, 0.5), quantile(o.arrived, 1), quantile(o.first, 0.5),
		meanOf(o.rates), quantile(o.rates, 0), quantile(o.rates, 1), 100*scatter(o.windows), 100*chance,
		float64(o.changes)/simSeeds/simSteady.Hours())
}

// TestSimulation takes every device through an hour and more. What chance does is
// not bounded: the bounds are on medians, on means over all sessions, and on what
// only a fault can pass.
func TestSimulation(t *testing.T) {
	for _, patient := range []bool{false, true} {
		name := "takes a difficulty at once"
		if patient {
			name = "takes a difficulty with the next job"
		}
		t.Run(name, func(t *testing.T) {
			var table strings.Builder
			for _, d := range devices {
				p, _, ideal := d.profileOf(t)
				o := simulate(t, d, patient, ours)
				table.WriteString(o.row(d, p, ideal))
				o.check(t, d, p, ideal)
				o.noFlood(t, d, p, ideal, patient)
			}
			t.Log("\n" + simHeader + table.String())
		})
	}
}

// check fails where a device is steered badly, whatever chance does.
func (o outcome) check(t *testing.T, d device, p Profile, ideal float64) {
	t.Helper()
	who := fmt.Sprintf("%s, %s, %s", d.name, d.algorithm, d.profile)
	wanted := 60 / p.SharesPerMinute // seconds

	// Down is a matter of steps that each wait for a silence. Up is one of seconds;
	// only where the line carries less than the device finds, it takes some jobs
	// as well until what is sent tells the hash rate.
	limit := 10.0
	switch far := ideal / p.Start; {
	case far < 1:
		limit = wanted * newSilence * (2 + 1/math.Sqrt(far))
	case far > 1000:
		limit = 4 * simJobs.Seconds()
	case far > 1:
		limit += 2 * burstShares * wanted / far
	}
	if got := quantile(o.arrived, 0.5); got > limit {
		t.Errorf("%s: half of the sessions are near after %.0f s, want %.0f", who, got, limit)
	}
	if got := quantile(o.arrived, 1); got > 5*limit {
		t.Errorf("%s: the last session is near after %.0f s, want %.0f", who, got, 5*limit)
	}

	// The mean over all sessions; its own standard error is a few per cent.
	if got := meanOf(o.rates) / p.SharesPerMinute; got < 1/1.25 || got > 1.25 {
		t.Errorf("%s: %.2f of the wanted shares, want 1 within a quarter", who, got)
	}
	// Each session: the dead band and three standard errors.
	off := band * (1 + 3/math.Sqrt(p.SharesPerMinute*simSteady.Minutes()))
	for _, r := range o.rates {
		if f := far(r, p.SharesPerMinute); f > off {
			t.Errorf("%s: a session sends %.1f shares a minute, want %.0f within a factor of %.2f", who, r, p.SharesPerMinute, off)
		}
	}
	if perHour := float64(o.changes) / simSeeds; perHour > 3 {
		t.Errorf("%s: %.1f changes an hour, want 3 at most", who, perHour)
	}
	if o.credit < 0.95 || o.credit > 1.05 {
		t.Errorf("%s: credited %.3f of its work, want 1 within a twentieth", who, o.credit)
	}
}

// noFlood fails where a device sends too much in its first minute: two bursts and
// what is wanted if it takes a difficulty at once, what it finds until its next job
// if not. It is not held against the pool when the profile is not for the device.
func (o outcome) noFlood(t *testing.T, d device, p Profile, ideal float64, patient bool) {
	t.Helper()
	far := ideal / p.Start
	limit := 2*burstShares + 3*p.SharesPerMinute
	if patient {
		limit += far * p.SharesPerMinute * simJobs.Minutes()
	}
	if got := quantile(o.first, 0.5); far < 1000 && got > limit {
		t.Errorf("%s, %s, %s: %.0f shares in the first minute, want %.0f", d.name, d.algorithm, d.profile, got, limit)
	}
}

// TestComparison shows other pools' rules beside ours, with the device and start
// that each is made for: one share in 3.33 seconds.
func TestComparison(t *testing.T) {
	var table strings.Builder
	table.WriteString("| rule | device | start | there after s, median (worst) | first minute | shares/min | scatter in 10 min | changes/h |\n|---|---|---|---|---|---|---|---|\n")
	for _, d := range []device{
		{"Bitaxe", 1.2e12, "sha256d", Normal, 42},
		{"S19", 110e12, "sha256d", Normal, 42},
		{"S19, too high", 110e12, "sha256d", Normal, 1e6},
	} {
		for _, r := range []struct {
			name string
			make func(Profile) rule
		}{
			{"ours", ours},
			{"ckpool", func(Profile) rule { return &ckpool{} }},
			{"ckpool, low-hash-rate fork", func(Profile) rule { return &ckpool{low: true} }},
			{"NOMP family, 30 %, 90 s", func(Profile) rule { return newNomp() }},
		} {
			p, _, _ := d.profileOf(t)
			o := simulate(t, d, true, r.make)
			fmt.Fprintf(&table, "| %s | %s, %s | %.4g | %.0f (%.0f) | %.0f | %.1f | %.0f %% | %.2f |\n", r.name, d.name, siHashes(d.hashes), p.Start,
				quantile(o.arrived, 0.5), quantile(o.arrived, 1), quantile(o.first, 0.5), meanOf(o.rates), 100*scatter(o.windows), float64(o.changes)/simSeeds)
		}
	}
	t.Log("\n" + table.String())
}
