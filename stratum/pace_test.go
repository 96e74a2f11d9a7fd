package stratum

import (
	"testing"
	"testing/synctest"
	"time"
)

// timedJob came from a template of its own time.
type timedJob struct {
	*fakeJob
	from time.Time
}

func (j timedJob) From() time.Time { return j.from }

func TestPaceOfUrgentJobs(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var p pace
		job := timedJob{newJob(2, true), time.Now().Add(-time.Millisecond)}
		p.begin(job, 2, 2)
		p.first(1) // of the job before
		time.Sleep(time.Millisecond)
		p.first(2)
		time.Sleep(time.Millisecond)
		p.first(2)
		p.last(2)
		if got := p.toLast.Counts(); got.Count != 0 {
			t.Errorf("last though a shard is not through: %+v", got)
		}
		time.Sleep(time.Millisecond)
		p.last(2)
		if got := p.toFirst.Counts(); got.Count != 1 || got.Sum != 2*time.Millisecond {
			t.Errorf("first: got %d in %v, want 1 in 2ms", got.Count, got.Sum)
		}
		if got := p.toLast.Counts(); got.Count != 1 || got.Sum != 4*time.Millisecond {
			t.Errorf("last: got %d in %v, want 1 in 4ms", got.Count, got.Sum)
		}

		p.begin(newJob(3, false), 2, 2) // a refresh, which is spread
		p.first(3)
		p.begin(newJob(4, true), 4, 2) // nobody is there
		p.last(4)
		p.last(4)
		if first, last := p.toFirst.Counts(), p.toLast.Counts(); first.Count != 1 || last.Count != 1 {
			t.Errorf("got %d and %d, want 1 and 1", first.Count, last.Count)
		}
	})
}

func TestServerMeasuresItsPaceAndCountsByPort(t *testing.T) {
	p := newPool()
	p.put(newJob(1, true))
	srv, addr := serve(t, p, nil)
	c := dial(t, addr)
	c.login()
	if got := srv.Ports(); len(got) != 1 || got[0].Live != 1 || got[0].Address == "" {
		t.Errorf("ports: got %+v, want one with a session", got)
	}
	before, _ := srv.Pace()
	srv.Broadcast(p.put(newJob(2, true)))
	c.expect("mining.notify")
	eventually(t, "the job measured", func() bool {
		first, last := srv.Pace()
		return first.Count == before.Count+1 && last.Count == before.Count+1
	})
	c.conn.Close()
	eventually(t, "the session gone from its port", func() bool { return srv.Ports()[0].Live == 0 })
}
