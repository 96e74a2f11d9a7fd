package conformance

import (
	"encoding/json"
	"fmt"
)

func configureRules() []rule {
	return []rule{
		shared("mask-forms", 21, "the granted mask is what both sides can roll, however mask and min-bit-count are written", "BIP 310, S9, Whatsminer", maskForms),
		shared("configure-entries", 22, "each extension that was named has an entry in the reply, false where it is unknown", "BIP 310", configureEntries),
		alone("configure-again", 23, "a later configure changes the mask from the next job on", "BIP 310", configureAgain),
		shared("mask-zero", 24, "a coin without free version bits refuses version rolling, and rolled bits with error 20", "BIP 310", maskZero),
	}
}

// maskOrNeeds is the mask that the server should have.
func (t *trial) maskOrNeeds() uint32 {
	if t.cfg.NoMask {
		t.needs("a server that lets version bits be rolled")
	}
	if t.cfg.Mask != 0 {
		return t.cfg.Mask
	}
	mask := t.dial().roll("ffffffff")
	if mask == 0 {
		t.needs("a server that grants version rolling")
	}
	return mask
}

func maskForms(t *trial) {
	all := t.maskOrNeeds()
	low := all & -all
	forms := []struct {
		what, params string
		want         uint32
	}{
		{"every bit", `{"version-rolling.mask":"ffffffff"}`, all},
		{"upper case", `{"version-rolling.mask":"FFFFFFFF","version-rolling.min-bit-count":2}`, all},
		{"no mask", `{}`, all},
		{"min-bit-count in hex", `{"version-rolling.mask":"ffffffff","version-rolling.min-bit-count":"02"}`, all},
		{"all but the lowest bit", fmt.Sprintf(`{"version-rolling.mask":"%08x"}`, ^low), all &^ low},
		{"no common bit", fmt.Sprintf(`{"version-rolling.mask":"%08x"}`, ^all), 0},
	}
	for _, f := range forms {
		c := t.dial()
		c.write(`{"id":1,"method":"mining.configure","params":[["version-rolling"],` + f.params + "]}\n")
		m := c.await("1")
		if got := granted(m); got != f.want {
			t.failf("asked with %s, the mask is %08x; %08x expected: %s", f.what, got, f.want, short(m.text))
		}
		c.close()
	}
}

func configureEntries(t *trial) {
	c := t.dial()
	m := c.call("mining.configure", []string{"version-rolling", "minimum-difficulty", "subscribe-extranonce", "info", "conformance-unknown"},
		map[string]any{"version-rolling.mask": "ffffffff", "minimum-difficulty.value": t.easy(), "info.sw-version": "1"})
	var result map[string]json.RawMessage
	if json.Unmarshal(m.keys["result"], &result) != nil {
		t.failf("the result of configure is no object: %s", short(m.text))
	}
	for _, name := range []string{"version-rolling", "minimum-difficulty", "subscribe-extranonce", "info", "conformance-unknown"} {
		if _, ok := result[name]; !ok {
			t.failf("the reply to configure has no entry for %q: %s", name, short(m.text))
		}
	}
	if string(result["conformance-unknown"]) != "false" {
		t.failf("an unknown extension should be false: %s", short(m.text))
	}
	if m := c.call("mining.configure", []string{}, map[string]any{}); m.result() != "{}" {
		t.failf("configure that names nothing should get {}, got %s", short(m.text))
	}
}

// easy is a difficulty that is surely not above the server's.
func (t *trial) easy() float64 { return 1e-10 }

func configureAgain(t *trial) {
	all := t.maskOrNeeds()
	if t.cfg.Hooks.NewJob == nil {
		t.needs("a way to bring about a new job")
	}
	c := t.miner()
	low := all & -all
	c.take(c.find(search{rolled: all}), "a share with every granted bit rolled")
	old := c.job()
	c.roll(fmt.Sprintf("%08x", ^low))
	c.take(c.find(search{job: old, rolled: low}), "a share for the job before the second configure, rolled within that job's mask,")
	t.hook("a new job", t.cfg.Hooks.NewJob(t.ctx))
	fresh := c.jobWith("of after the second configure", func(n *job) bool { return n != old && n.mask == all&^low })
	s := c.find(search{job: fresh, rolled: all &^ low})
	c.take(s, "a share within the new mask")
	p := c.find(search{job: fresh}).params(t.cfg.User)
	c.refused("a share with bits outside the new mask", append(p, hex8(low)), 20)
}

func maskZero(t *trial) {
	door := t.cfg.NoMaskDoor
	if t.cfg.NoMask {
		door = t.cfg.Address
	}
	if door == "" {
		t.needs("the address of a coin whose version bits may not be rolled")
	}
	c := t.dialTo(door)
	if mask := c.roll("ffffffff"); mask != 0 {
		t.failf("the mask %08x was granted; version-rolling false expected", mask)
	}
	c.subscribe()
	c.authorize(t.cfg.User, t.cfg.Password)
	c.job()
	c.take(c.find(search{}), "a share without rolled bits")
	c.refused("a share with rolled bits", append(c.find(search{}).params(t.cfg.User), "00002000"), 20)
}
