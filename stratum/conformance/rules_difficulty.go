package conformance

import (
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"time"
)

func difficultyRules() []rule {
	return []rule{
		shared("suggest", 46, "a suggested difficulty of any form is taken within bounds, and confirmed", "ESP-Miner, NerdMiner", suggest),
		shared("password", 47, "d= and diff= in a password set the difficulty; anything else is let pass", "rental sites", password),
		shared("minimum-difficulty", 48, "minimum-difficulty is kept to where it is granted", "BIP 310", minimumDifficulty),
		shared("nicehash", 49, "NiceHash gets at least its least difficulty at once", "NiceHash", niceHash),
		shared("vardiff", 50, "difficulty that is far too low rises a hundredfold within 30 s", "all miners", vardiff),
		shared("difficulty-form", 51, "set_difficulty holds a number above 0, whole ones without point or exponent", "ASICs, NerdMiner", difficultyForm),
	}
}

func suggest(t *trial) {
	low := t.cfg.MinDifficulty
	base := t.login().diff
	for _, f := range []struct{ what, params string }{
		{"a float", fmt.Sprintf("[%v]", base*4)},
		{"a string", fmt.Sprintf(`["%v"]`, base*4)},
		{"whole", "[1]"},
	} {
		for _, early := range []bool{false, true} {
			c := t.dial()
			c.subscribe()
			if !early {
				c.authorize(t.cfg.User, t.cfg.Password)
				c.job()
			}
			from := len(c.lines)
			c.write(`{"id":77,"method":"mining.suggest_difficulty","params":` + f.params + "}\n")
			if m := c.await("77"); !m.ok() {
				t.failf("suggest_difficulty %s (%s) was answered by %s", f.params, f.what, short(m.text))
			}
			c.last = 77
			if early {
				c.authorize(t.cfg.User, t.cfg.Password)
				c.job()
			} else {
				c.alive("a suggested difficulty") // so that one repeated in between does not count
			}
			said := func() bool {
				for _, m := range c.lines[from:] {
					if m.method == "mining.set_difficulty" {
						return true
					}
				}
				return false
			}
			if !said() && !c.until(t.cfg.Timeout, func(message) bool { return said() }) {
				t.failf("suggest_difficulty %s (%s) was not confirmed by set_difficulty", f.params, f.what)
			}
			if c.diff <= base*1.01 && f.what != "whole" && t.cfg.MaxDifficulty > base*4 {
				t.failf("suggest_difficulty %s (%s) left the difficulty at %v", f.params, f.what, c.diff)
			}
			c.close()
		}
	}
	c := t.login()
	if low > 0 {
		if got := c.suggest(low / 1000); got < low*0.999 {
			t.failf("difficulty %v was suggested, %v given: below the least, %v", low/1000, got, low)
		}
	} else {
		t.without("the least difficulty is not known")
	}
	if high := t.cfg.MaxDifficulty; high > 0 {
		if got := c.suggest(high * 1000); got > high*1.001 {
			t.failf("difficulty %v was suggested, %v given: above the greatest, %v", high*1000, got, high)
		}
	} else {
		t.without("the greatest difficulty is not known")
	}
}

func password(t *trial) {
	base := t.loginTo(t.cfg.Address, t.cfg.User, "x").diff
	want := base * 4
	if t.cfg.MaxDifficulty > 0 && want > t.cfg.MaxDifficulty {
		want = base / 4
	}
	for _, form := range []string{"d=%v", "diff=%v", "x,d=%v", "a=b;d=%v;c"} {
		pass := fmt.Sprintf(form, want)
		c := t.loginTo(t.cfg.Address, t.cfg.User, pass)
		if c.diff < want*0.99 || c.diff > want*1.01 {
			t.failf("with the password %q the first job has difficulty %v", pass, c.diff)
		}
		c.close()
	}
	for _, pass := range []string{"", "x", "d=", "d=-1", "d=abc", "d=0", "d=1e999", ";,;=", "d"} {
		c := t.loginTo(t.cfg.Address, t.cfg.User, pass)
		if c.diff < base*0.99 || c.diff > base*1.01 {
			t.failf("with the password %q, which means nothing, the difficulty is %v and not %v", pass, c.diff, base)
		}
		c.close()
	}
}

func minimumDifficulty(t *trial) {
	base := t.login().diff
	least := base * 4
	c := t.dial()
	m := c.call("mining.configure", []string{"minimum-difficulty"}, map[string]any{"minimum-difficulty.value": least})
	var result map[string]json.RawMessage
	_ = json.Unmarshal(m.keys["result"], &result)
	switch string(result["minimum-difficulty"]) {
	case "true":
	case "false":
		t.needs("a server that grants minimum-difficulty; this one says false, as it may")
	default:
		t.failf("minimum-difficulty has no true or false in the reply: %s", short(m.text))
	}
	if t.cfg.MaxDifficulty > 0 && least > t.cfg.MaxDifficulty {
		t.needs("a greatest difficulty four times that of the start")
	}
	c.subscribe()
	c.authorize(t.cfg.User, t.cfg.Password)
	c.job()
	if c.diff < least*0.999 {
		t.failf("minimum-difficulty %v was granted, the first job has %v", least, c.diff)
	}
	if got := c.suggest(base); got < least*0.999 {
		t.failf("minimum-difficulty %v was granted, and %v given later", least, got)
	}
}

func niceHash(t *trial) {
	floor := t.cfg.NiceHashFloor
	if floor <= 0 {
		t.needs("the least difficulty for NiceHash")
	}
	c := t.dial()
	c.agent = "NiceHash/1.0.0"
	c.subscribe()
	c.authorize(t.cfg.User, t.cfg.Password)
	c.job()
	for _, m := range c.lines {
		if m.method != "mining.set_difficulty" || len(m.params) == 0 {
			continue
		}
		if d, err := strconv.ParseFloat(string(m.params[0]), 64); err != nil || d < floor {
			t.failf("NiceHash was given difficulty %s; it refuses less than %v", m.params[0], floor)
		}
	}
}

func vardiff(t *trial) {
	if t.cfg.Vardiff == "" {
		t.needs("the address of a listener that steers difficulty, starting where shares are easy")
	}
	c := t.loginTo(t.cfg.Vardiff, t.cfg.User, t.cfg.Password)
	start := c.diff
	for end := time.Now().Add(t.cfg.VardiffWithin); c.diff < 100*start; {
		if time.Now().After(end) {
			t.failf("shares at full speed for %v took the difficulty from %v to %v only", t.cfg.VardiffWithin, start, c.diff)
		}
		c.submit(c.find(search{}))
	}
	t.without("the way down, which takes minutes, was not waited for")
}

func difficultyForm(t *trial) {
	c := t.login()
	for _, v := range []any{1e-10, 2.5, 1, 4096, 123456789, 1e15} {
		c.suggest(v)
	}
	for _, m := range c.lines {
		if m.method != "mining.set_difficulty" {
			continue
		}
		if len(m.params) != 1 {
			t.failf("set_difficulty should have one parameter: %s", short(m.text))
		}
		text := string(m.params[0])
		d, err := strconv.ParseFloat(text, 64)
		if err != nil || d <= 0 {
			t.failf("set_difficulty should hold a number above 0, not %s", text)
		}
		if d >= 1 && strings.ContainsAny(text, ".eE") {
			t.failf("from 1 on, difficulty should be a whole number without point and exponent, not %s", text)
		}
	}
}
