package stratum

import (
	"testing"
	"time"
)

// Every submission is counted, taken or refused, with the time that its turn took.
func TestAnswersAreTimed(t *testing.T) {
	p := newPool()
	p.put(newJob(1, true))
	srv, addr := serve(t, p, nil)
	c := dial(t, addr)
	job := c.login()
	if got := srv.Answers(); got.Count != 0 {
		t.Errorf("%d answers before a submission", got.Count)
	}
	c.send(submission("4", "w", job, "00000001"), submission("5", "w", "none", "00000002"), submission("6", "stranger", job, "00000003"))
	for range 3 {
		c.line()
	}
	eventually(t, "three answers", func() bool { return srv.Answers().Count == 3 })
	c.sync()
	got := srv.Answers()
	if got.Count != 3 || got.Sum <= 0 || got.Sum > time.Minute {
		t.Errorf("got %d in %v, want 3", got.Count, got.Sum)
	}
}
