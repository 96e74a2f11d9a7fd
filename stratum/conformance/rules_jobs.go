package conformance

import (
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"slices"
	"time"
)

func jobRules() []rule {
	return []rule{
		shared("version-free", 25, "a job's version has no bit within the mask", "ESP-Miner, ckpool, BIP 310", versionFree),
		shared("byte-order", 26, "previous hash, branch, bits and time are in the byte order that miners expect", "cpuminer", byteOrder),
		alone("block", 27, "a solved block reaches the node and is taken, also one with rolled version bits", "the node", block),
		alone("clean-and-ids", 28, "clean is true for a new tip and false for other jobs, and ids do not come again", "cpuminer, ESP-Miner", cleanAndIDs),
		alone("jobs-differ", 29, "no two jobs hash the same bytes: their coinbases differ", "rolled time", jobsDiffer),
		alone("silence", 30, "the server is never silent for 60 s, with its node up or down", "cpuminer", silence),
		alone("old-jobs", 31, "an older job stays good until the tip changes, and is refused with error 21 then", "all miners", oldJobs),
		shared("coinbase", 32, "the coinbase fits the user agent's memory, its script 100 bytes, its height is pushed minimally", "NiceHash, Antminer, BIP 34", coinbase),
	}
}

func versionFree(t *trial) {
	mask := t.maskOrNeeds()
	c := t.miner()
	if v := c.job().version; v&mask != 0 {
		t.failf("the job's version %08x has the bits %08x of the mask %08x: miners disagree on how to roll them", v, v&mask, mask)
	}
}

func byteOrder(t *trial) {
	c := t.login()
	for _, m := range c.lines {
		if m.method == "mining.notify" {
			if _, err := readJob(m.params); err != nil {
				t.failf("mining.notify: %v: %s", err, short(m.text))
			}
		}
	}
	j := c.job()
	if at := time.Unix(int64(j.ntime), 0); time.Since(at).Abs() > 24*time.Hour && t.cfg.Hooks.Tip == nil {
		t.failf("the job's time, read big-endian, is %v", at.UTC())
	}
	if size := j.bits >> 24; size < 3 || size > 0x21 {
		t.failf("the job's bits, read big-endian, are %08x, which is no target", j.bits)
	}
	if t.cfg.Hooks.Tip != nil {
		tip, err := t.cfg.Hooks.Tip(t.ctx)
		t.hook("the tip", err)
		prev := j.prev
		slices.Reverse(prev[:])
		if got := hex.EncodeToString(prev[:]); got != tip {
			t.failf("the job builds on %s, read as eight swapped words; the node's tip is %s", got, tip)
		}
	} else {
		t.without("the node's tip is not known")
	}
	// By chance one of these would be accepted, not all.
	for range 8 {
		c.take(c.find(search{}), "a share whose header was built as miners do")
	}
}

func block(t *trial) {
	if t.cfg.Hooks.Block == nil {
		t.needs("a way to ask the node for a block")
	}
	mask := uint32(0)
	if !t.cfg.NoMask {
		mask = t.maskOrNeeds()
	}
	var last *share
	for _, rolled := range []uint32{0, mask} {
		c := t.miner()
		if last != nil { // the block before must not be beside this one
			c.jobWith("on the block that was found", func(j *job) bool { return j.prev != last.job.prev })
		}
		s := c.find(search{block: true, rolled: rolled & c.job().mask})
		c.take(s, fmt.Sprintf("a share that solves block %s", s.blockHash()))
		var given, taken bool
		if !t.soon(func() (done bool) {
			var err error
			given, taken, err = t.cfg.Hooks.Block(t.ctx, s.blockHash())
			t.hook("the question for a block", err)
			return taken
		}) {
			t.failf("block %s, version bits %08x, was solved; given to the node: %v, taken: %v", s.blockHash(), rolled, given, taken)
		}
		c.close()
		last = s
	}
}

func cleanAndIDs(t *trial) {
	h := t.cfg.Hooks
	if h.NewBlock == nil {
		t.needs("a way to bring about a new block")
	}
	c := t.login()
	for range 3 {
		old := c.job()
		t.hook("a new block", h.NewBlock(t.ctx))
		fresh := c.newTip(old)
		if !fresh.clean {
			t.failf("the first job on a new tip has clean_jobs false")
		}
		if h.NewJob == nil {
			continue
		}
		t.hook("a new job", h.NewJob(t.ctx))
		if j := c.newJob(fresh); j.prev == fresh.prev && j.clean {
			t.failf("a job on the same tip has clean_jobs true")
		}
	}
	if h.NewJob == nil {
		t.without("needs a way to bring about a new job on the same tip")
	}
	ids := map[string]bool{}
	for _, j := range c.jobs {
		if ids[j.id] {
			t.failf("the job id %q came twice", j.id)
		}
		ids[j.id] = true
	}
}

// newTip waits for a job that builds on another block than one does.
func (c *client) newTip(old *job) *job {
	fresh := func() bool { return c.jobs[len(c.jobs)-1].prev != old.prev }
	if !fresh() && !c.until(c.t.cfg.Timeout, func(message) bool { return fresh() }) {
		c.t.failf("no job on the new tip came within %v", c.t.cfg.Timeout)
	}
	for _, j := range c.jobs {
		if j.prev != old.prev && j.at.After(old.at) {
			return j
		}
	}
	return c.jobs[len(c.jobs)-1]
}

func jobsDiffer(t *trial) {
	h := t.cfg.Hooks
	if h.NewJob == nil {
		t.needs("a way to bring about a new job on the same tip")
	}
	c := t.login()
	for range 3 {
		old := c.job()
		t.hook("a new job", h.NewJob(t.ctx))
		c.newJob(old)
	}
	if h.Restart != nil {
		t.hook("a restart", h.Restart(t.ctx))
		after := t.login()
		c.jobs = append(c.jobs, after.jobs...)
	} else {
		t.without("not across a restart, for want of a way to bring one about")
	}
	seen := map[string]string{}
	for _, j := range c.jobs {
		text := hex.EncodeToString(j.part1) + "/" + hex.EncodeToString(j.part2)
		if id, again := seen[text]; again && id != j.id {
			t.failf("jobs %s and %s have the same coinbase: a miner that rolls time finds the same share twice", id, j.id)
		}
		seen[text] = j.id
	}
}

func silence(t *trial) {
	bound := t.cfg.Silence
	if bound <= 0 {
		t.needs("to wait, which it was not asked to")
	}
	c := t.login()
	speaks := func(when string) {
		if !c.until(bound, func(message) bool { return true }) {
			t.failf("%s, the server said nothing for %v", when, bound)
		}
	}
	c.during(t.cfg.Quiet)
	speaks("with nothing to do")
	if t.cfg.Hooks.NodeDown == nil {
		t.without("not with its node down, for want of a way to bring that about")
		return
	}
	t.hook("the node's absence", t.cfg.Hooks.NodeDown(t.ctx, true))
	defer func() { t.hook("the node's return", t.cfg.Hooks.NodeDown(t.ctx, false)) }()
	c.during(t.cfg.Quiet)
	speaks("without its node")
}

func oldJobs(t *trial) {
	h := t.cfg.Hooks
	if h.NewBlock == nil {
		t.needs("a way to bring about a new block")
	}
	c := t.login()
	old := c.job()
	if h.NewJob != nil {
		t.hook("a new job", h.NewJob(t.ctx))
		c.newJob(old)
		c.take(c.find(search{job: old}), "a share for an older job on the same tip")
		old = c.job()
	} else {
		t.without("needs a way to bring about a new job on the same tip")
	}
	inGrace, after := c.find(search{job: old}), c.find(search{job: old})
	t.hook("a new block", h.NewBlock(t.ctx))
	c.newTip(old)
	if m := c.submit(inGrace); !m.ok() && m.code() != 21 {
		t.failf("a share for a job of the old tip: true within a grace or error 21 expected, got %s", short(m.text))
	}
	if t.cfg.Grace > 0 {
		t.pause(t.cfg.Grace + t.cfg.Quiet)
	}
	c.refused("a share for a job of the old tip, its grace being over,", after.params(t.cfg.User), 21)
	c.take(c.find(search{}), "a share for the new tip")
}

// sizes are the greatest coinbases, in bytes, by user agent.
var sizes = []struct {
	agent string
	bytes int
}{
	{"NiceHash/1.0.0", 500},
	{"bmminer/2.0.0", 750},
	{"cgminer/4.12.1", 750},
	{"bosminer-plus-tuner/1.0", 2250},
	{"whatsminer/v1.0", 6500},
	{"bitaxe/BM1370/v2.9.0", 6500},
}

func coinbase(t *trial) {
	for _, size := range sizes {
		c := t.dial()
		c.agent = size.agent
		c.subscribe()
		c.authorize(t.cfg.User, t.cfg.Password)
		j := c.job()
		tx := slices.Concat(j.part1, c.e1, make([]byte, c.e2size), j.part2)
		if len(tx) > size.bytes {
			t.failf("%s takes coinbases of %d bytes at most; this one has %d", size.agent, size.bytes, len(tx))
		}
		script, err := coinbaseScript(tx)
		if err != nil {
			t.failf("the coinbase cannot be read: %v", err)
		}
		if len(script) < 2 || len(script) > 100 {
			t.failf("the coinbase's script has %d bytes; a node takes 2 to 100", len(script))
		}
		if err := minimalHeight(script); err != nil {
			t.failf("the coinbase's script begins with % x: %v", script[:min(len(script), 6)], err)
		}
		c.close()
	}
}

// coinbaseScript is the input script of a coinbase without a witness.
func coinbaseScript(tx []byte) ([]byte, error) {
	const before = 4 + 1 + 32 + 4
	if len(tx) < before+1 || tx[4] != 1 || binary.LittleEndian.Uint32(tx[37:]) != 0xffffffff {
		return nil, fmt.Errorf("it has no single input that spends nothing")
	}
	n := int(tx[before])
	if n > 100 || len(tx) < before+1+n {
		return nil, fmt.Errorf("its script's length is %d", n)
	}
	return tx[before+1 : before+1+n], nil
}

// minimalHeight checks the height at a script's beginning (BIP 34).
func minimalHeight(script []byte) error {
	n := int(script[0])
	if n >= 0x51 && n <= 0x60 {
		return nil // OP_1 to OP_16
	}
	if n < 1 || n > 5 || len(script) < 1+n {
		return fmt.Errorf("no push of a height")
	}
	b := script[1 : 1+n]
	top := b[n-1]
	if top&0x80 != 0 {
		return fmt.Errorf("the height is negative")
	}
	if top == 0 && (n == 1 || b[n-2]&0x80 == 0) {
		return fmt.Errorf("the height has a byte too many")
	}
	if n == 1 && top <= 16 {
		return fmt.Errorf("a height up to 16 is pushed by one opcode")
	}
	return nil
}
