package main

import (
	"strings"
	"testing"
)

// A third party's settings are held to its schema, all at once, with the lines of
// the operator's file, also where its own check would have given up.
func TestSettingsOfAThirdPartyAreHeldToItsSchema(t *testing.T) {
	r := mustRig(t)
	file := r.config(t, r.sum(t), "chainid = 5\n  crash_after = \"x\"\n  garbage = 1")
	out, code := runBinary(t, "check", file)
	if code == 0 {
		t.Errorf("exit code 0")
	}
	for _, want := range []string{
		`coins.toy.settings.chainid: unknown key, did you mean "chain_id"?`,
		`coins.toy.settings.crash_after: expected a whole number, got a string`,
		`coins.toy.settings.garbage: expected true or false, got a number`,
	} {
		i := strings.Index(out, want)
		if i < 0 || strings.Count(out, want) != 1 {
			t.Errorf("%d times %q in\n%s", strings.Count(out, want), want, out)
			continue
		}
		if line := out[strings.LastIndex(out[:i], "\n")+1 : i]; !strings.HasPrefix(line, file+":") {
			t.Errorf("%q begins with %q, want file and line", want, line)
		}
	}
	if strings.Contains(out, "json:") {
		t.Errorf("the driver's own reading shows through: %s", out)
	}
}
