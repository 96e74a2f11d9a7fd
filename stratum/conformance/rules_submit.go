package conformance

import (
	"encoding/hex"
	"fmt"
	"strings"
	"time"
)

func submitRules() []rule {
	return []rule{
		shared("submit-forms", 33, "five parameters without version rolling, six with; a sixth that is missing counts as no bits", "BIP 310", submitForms),
		shared("bits-outside", 34, "bits outside the mask are refused with error 20, bits that were never granted by another text", "BIP 310, DATUM", bitsOutside),
		shared("time-window", 35, "time may be rolled forward a little, not before the job's least time nor far ahead", "consensus of the parent", timeWindow),
		shared("submit-malformed", 36, "fields of wrong length or kind get error 20; time and nonce may be numbers", "old firmware", submitMalformed),
		shared("duplicate", 37, "the same share again gets error 22; the same nonce with another field is another share", "all miners", duplicate),
		alone("duplicate-other-job", 38, "the same fields for another job are no duplicate", "cgminer", duplicateOtherJob),
		shared("low-difficulty", 39, "a hash just above the target gets error 23, one just below is accepted", "all miners", lowDifficulty),
	}
}

func submitForms(t *trial) {
	plain := t.login()
	plain.take(plain.find(search{}), "a share of five parameters")
	if t.cfg.NoMask {
		t.without("the coin has no mask")
		return
	}
	t.maskOrNeeds()
	c := t.miner()
	c.take(c.find(search{rolled: c.job().mask}), "a share of six parameters")
	c.take(c.find(search{}), "a share of five parameters after version rolling was granted")
}

func bitsOutside(t *trial) {
	if t.cfg.NoMask {
		t.needs("a server that lets version bits be rolled")
	}
	mask := t.maskOrNeeds()
	c := t.miner()
	outside := ^mask & -^mask
	granted := c.refused("a share with bits outside the mask", append(c.find(search{}).params(t.cfg.User), hex8(outside)), 20)
	plain := t.login()
	never := plain.refused("a share with bits without a grant", append(plain.find(search{}).params(t.cfg.User), hex8(mask)), 20)
	if string(granted.keys["error"]) == string(never.keys["error"]) {
		t.failf("bits outside the mask and bits without a grant are refused by the same text: %s", short(never.text))
	}
}

func timeWindow(t *trial) {
	c := t.login()
	j := c.job()
	c.take(c.find(search{ntime: j.ntime + 30}), "a share with its time rolled 30 s forward")
	early := c.find(search{ntime: 1_000_000})
	c.refused("a share with a time of 1970", early.params(t.cfg.User), 20, 21, 23)
	late := uint32(time.Now().Unix()) + tomorrow
	c.refused("a share with a time of tomorrow", c.find(search{ntime: max(late, j.ntime+tomorrow)}).params(t.cfg.User), 20, 21, 23)
	c.alive("shares out of time")
}

func submitMalformed(t *trial) {
	c := t.login()
	change := func(i int, v any) []any {
		p := c.find(search{}).params(t.cfg.User)
		p[i] = v
		return p
	}
	e2 := func(n int) string { return strings.Repeat("00", n) }
	for _, w := range []struct {
		what   string
		params []any
	}{
		{"an extranonce2 too short", change(2, e2(c.e2size-1))},
		{"an extranonce2 too long", change(2, e2(c.e2size+1))},
		{"an extranonce2 that is not hexadecimal", change(2, strings.Repeat("zz", c.e2size))},
		{"an extranonce2 that is null", change(2, nil)},
		{"a time of 7 digits", change(3, "1234567")},
		{"a time that is not hexadecimal", change(3, "xxxxxxxx")},
		{"a nonce of 9 digits", change(4, "123456789")},
		{"a nonce that is a list", change(4, []int{1})},
		{"a nonce below zero", change(4, -1)},
		{"four parameters", change(4, "00000000")[:4]},
	} {
		c.refused(w.what, w.params, 20)
	}
	s := c.find(search{})
	p := s.params(t.cfg.User)
	p[3], p[4] = s.ntime, s.nonce
	if m := c.call("mining.submit", p...); !m.ok() {
		t.failf("a share with time and nonce as numbers was refused: %s", short(m.text))
	}
}

func duplicate(t *trial) {
	c := t.login()
	if !t.cfg.NoMask {
		c.close()
		c = t.miner()
	}
	s := c.find(search{})
	c.take(s, "a share")
	c.refused("the same share again", s.params(t.cfg.User), 22)
	upper := s.params(t.cfg.User)
	upper[2], upper[3], upper[4] = strings.ToUpper(upper[2].(string)), strings.ToUpper(upper[3].(string)), strings.ToUpper(upper[4].(string))
	c.refused("the same share in upper case", upper, 22)

	// The same nonce with another field hashes to something else: whatever that is
	// worth, it is no duplicate.
	other := func(what string, p []any) {
		if m := c.call("mining.submit", p...); m.code() == 22 {
			t.failf("a share that differs in %s only is called a duplicate: the key of duplicates lacks it", what)
		}
	}
	p := s.params(t.cfg.User)
	p[2] = hex.EncodeToString(c.freshE2())
	other("extranonce2", p)
	p = s.params(t.cfg.User)
	p[3] = hex8(s.ntime + 1)
	other("time", p)
	p = s.params(t.cfg.User)
	p[4] = hex8(s.nonce + 1)
	other("nonce", p)
	if mask := s.job.mask; mask != 0 {
		other("version bits", append(s.params(t.cfg.User)[:5:5], hex8(mask)))
	}
}

func duplicateOtherJob(t *trial) {
	if t.cfg.Hooks.NewJob == nil {
		t.needs("a way to bring about a new job on the same tip")
	}
	c := t.login()
	s := c.find(search{})
	c.take(s, "a share")
	t.hook("a new job", t.cfg.Hooks.NewJob(t.ctx))
	p := s.params(t.cfg.User)
	p[1] = c.newJob(s.job).id
	if m := c.call("mining.submit", p...); m.code() == 22 {
		t.failf("the fields of a share for another job are called a duplicate")
	}
	c.refused("the share for its own job again", s.params(t.cfg.User), 22)
}

func lowDifficulty(t *trial) {
	c := t.login()
	j := c.job()
	near := 0.1
	if j.diff*t.cfg.HashScale < 4e-9 { // some hashes a share, so that a close one is soon found
		near = 1e-4
	}
	c.take(c.find(search{below: j.diff * (1 + near)}), fmt.Sprintf("a hash less than %v %% better than the target", near*100))
	c.refused(fmt.Sprintf("a hash less than %v %% worse than the target", near*100), c.find(search{diff: j.diff * (1 - near), below: j.diff}).params(t.cfg.User), 23)
	t.without("a hash exactly at the target cannot be searched")
}
