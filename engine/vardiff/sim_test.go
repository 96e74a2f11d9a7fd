package vardiff

import (
	"math/rand/v2"
	"time"
)

// rule is a pool's way to steer a difficulty; Tuner is ours.
type rule interface {
	Share(now time.Time, difficulty float64)
	Next(now time.Time, present float64) float64
}

// The simulated pool looks at every share and once a second, as the server does,
// sends a job every 30 seconds, and judges a share by the smaller of its job's
// difficulty and the present one.
const (
	simTick = time.Second
	simJobs = 30 * time.Second

	// simLimit is what a device or its line sends at most in a second.
	simLimit = 2000.0
)

// sim is a session with a device that finds shares by chance, at a hash rate.
type sim struct {
	rule rule
	rng  *rand.Rand
	now  time.Time

	work    float64 // difficulty per second that the device can do
	off     bool    // it does nothing
	patient bool    // it takes a new difficulty with its next job only, as Bitaxe and cpuminer do

	present float64 // what the pool gives out
	job     float64 // frozen in the device's job
	device  float64 // what the device filters by
	nextJob time.Time
	tick    time.Time

	shares  int
	credit  float64
	changes int
	each    func() // after every share and tick
}

func newSim(r rule, seed uint64, work, start float64, patient bool) *sim {
	s := &sim{rule: r, rng: rand.New(rand.NewPCG(seed, 99)), now: begin, work: work, present: start, job: start, device: start, patient: patient}
	s.nextJob = begin.Add(time.Duration(s.rng.Float64() * float64(simJobs)))
	s.tick = begin.Add(simTick)
	return s
}

// run simulates d.
func (s *sim) run(d time.Duration) {
	for end := s.now.Add(d); s.now.Before(end); {
		next := s.tick
		if s.nextJob.Before(next) {
			next = s.nextJob
		}
		at := next
		if !s.off {
			rate := min(s.work/s.device, simLimit)
			at = s.now.Add(time.Duration(min(s.rng.ExpFloat64()/rate, 3600) * float64(time.Second)))
		}
		switch { // arrivals have no memory: they are drawn again from each event on
		case at.Before(next):
			s.now = at
			s.share()
		case next.Equal(s.tick):
			s.now, s.tick = s.tick, s.tick.Add(simTick)
			s.steer()
		default:
			s.now, s.nextJob = s.nextJob, s.nextJob.Add(simJobs)
			s.job, s.device = s.present, s.present
		}
		if s.each != nil {
			s.each()
		}
	}
}

// share is one that the device sends: good, if its hash is good enough for what
// it is judged by.
func (s *sim) share() {
	judged := min(s.job, s.present)
	if s.device < judged && s.rng.Float64() > s.device/judged {
		return // refused: low difficulty
	}
	s.shares++
	s.credit += judged
	s.rule.Share(s.now, judged)
	s.steer()
}

func (s *sim) steer() {
	next := s.rule.Next(s.now, s.present)
	if next == s.present {
		return
	}
	s.present = next
	s.changes++
	if !s.patient {
		s.device = next
	}
}

// restart makes it a new connection of the same device, which begins at start.
func (s *sim) restart(r rule, start float64) {
	s.rule, s.present, s.job, s.device = r, start, start, start
}
