package notify

import "time"

// bucket limits messages: a quarter of an hour's may go at once.
type bucket struct {
	perHour int
	tokens  float64
	at      time.Time
}

// wait is how long until the next message may go, 0 for now.
func (b *bucket) wait(now time.Time) time.Duration {
	rate, burst := float64(b.perHour)/float64(time.Hour), max(1, float64(b.perHour)/4)
	if b.at.IsZero() {
		b.tokens = burst
	} else {
		b.tokens = min(burst, b.tokens+rate*float64(max(now.Sub(b.at), 0)))
	}
	b.at = now
	if b.tokens >= 1-1e-9 {
		return 0
	}
	return time.Duration((1-b.tokens)/rate) + time.Millisecond
}

func (b *bucket) take() { b.tokens-- }
