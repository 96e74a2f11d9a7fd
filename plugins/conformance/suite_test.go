package conformance

import (
	"context"
	"errors"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/motherlode-pool/motherlode/coins"
)

// judged tries one made-up rule against a toy with the roles.
func judged(t *testing.T, r rule, roles ...coins.Role) Result {
	t.Helper()
	d := newToy()
	d.roles = roles
	cfg := toyConfig(d)
	cfg.Limits.Rule, cfg.Limits.Cancel = 100*time.Millisecond, 50*time.Millisecond
	s, err := newSuite(t.Context(), cfg, InProcess)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.close)
	return s.judge(t.Context(), r)
}

func TestJudgement(t *testing.T) {
	absent := func(context.Context, *suite) error { return errAbsent("nothing to try") }
	for _, tt := range []struct {
		name string
		rule rule
		want Outcome
		says string
	}{
		{"keeps it", every("x", "x", func(_ context.Context, s *suite) error { s.note("a remark"); return nil }), Passed, "a remark"},
		{"breaks it", every("x", "x", func(context.Context, *suite) error { return errors.New("why\xff") }), Failed, "why\uFFFD"},
		{"role that it has not", of(coins.RoleHasher, "x", "x", absent), NotApplicable, `"hasher"`},
		{"announced role may not be absent", of(coins.RoleAux, "x", "x", absent), Failed, "must be answered"},
		{"every coin's may not be absent", every("x", "x", absent), Failed, "must be answered"},
		{"another transport", rule{Rule: Rule{Only: OwnProcess}, try: absent}, NotApplicable, `"process"`},
		{"this transport's may be absent", rule{Rule: Rule{Only: InProcess}, try: absent}, NotApplicable, "nothing to try"},
		{"panics", every("x", "x", func(context.Context, *suite) error { panic("oh") }), Failed, "panic: oh"},
		{"hangs", every("x", "x", func(context.Context, *suite) error { select {} }), Failed, "hangs"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			r := judged(t, tt.rule, coins.RoleAux)
			if r.Outcome != tt.want || !strings.Contains(r.Detail, tt.says) {
				t.Errorf("got %s, %q; want %s with %q", r.Outcome, r.Detail, tt.want, tt.says)
			}
		})
	}
}

// Each role alone: its own rules pass, and those of the others do not apply.
func TestRolesAlone(t *testing.T) {
	for _, role := range []coins.Role{coins.RoleParent, coins.RoleAux} {
		d := newToy("only " + string(role))
		d.roles = []coins.Role{role, coins.RoleHasher}
		Check(t.Context(), toyConfig(d), Pair, func(r Result) {
			want := Passed
			if r.Role != "" && r.Role != role && r.Role != coins.RoleHasher || r.Only != 0 {
				want = NotApplicable
			}
			if r.Outcome != want {
				t.Errorf("%s alone: %s: got %s %s, want %s", role, r.ID, r.Outcome, r.Detail, want)
			}
		})
	}
}

func TestRulesAreNamed(t *testing.T) {
	kebab := regexp.MustCompile(`^[a-z0-9]+(-[a-z0-9]+)*$`)
	seen := map[string]bool{}
	for _, r := range Rules() {
		if !kebab.MatchString(r.ID) || seen[r.ID] || r.Says == "" || strings.Contains(r.Says, "\n") {
			t.Errorf("rule %q: %q", r.ID, r.Says)
		}
		seen[r.ID] = true
	}
}

func TestWrongUse(t *testing.T) {
	for name, tt := range map[string]struct {
		cfg  Config
		over Transport
		says string
	}{
		"nothing to try":  {Config{}, InProcess, "neither"},
		"no command":      {Config{Process: &Process{}}, OwnProcess, "without a command"},
		"unknown rule":    {Config{Driver: newToy(), Rules: []string{"nope"}}, InProcess, "nope"},
		"other transport": {NewConfig(newToy()), OwnProcess, "process"},
		"no plugin":       {NewProcessConfig("/bin/true"), OwnProcess, "does not describe itself"},
		"no such program": {NewProcessConfig("/nonexistent"), OwnProcess, "nonexistent"},
	} {
		t.Run(name, func(t *testing.T) {
			sum := Check(t.Context(), tt.cfg, tt.over, nil)
			if sum.Err == nil || !strings.Contains(sum.Err.Error(), tt.says) || sum.OK() {
				t.Errorf("got %+v, want an error with %q", sum, tt.says)
			}
		})
	}
}

func TestOneRuleAlone(t *testing.T) {
	cfg := toyConfig(newToy())
	cfg.Rules = []string{"aux-status"}
	if sum := Check(t.Context(), cfg, InProcess, nil); sum.Passed != 1 || !sum.OK() {
		t.Errorf("got %s, want it passed", sum)
	}
}

// A hard chain is given up at once, and the advice is there.
func TestHopelessMiningIsGivenUpSoon(t *testing.T) {
	cfg := toyConfig(newToy("hard"))
	cfg.Rules, cfg.Limits.Mine = []string{"block-accepted"}, time.Minute
	begin := time.Now()
	sum := Check(t.Context(), cfg, InProcess, func(r Result) {
		if r.Outcome != Failed || !strings.Contains(r.Detail, "regtest") {
			t.Errorf("got %s %s", r.Outcome, r.Detail)
		}
	})
	if took := time.Since(begin); sum.Failed != 1 || took > 10*time.Second {
		t.Errorf("%s after %v", sum, took)
	}
}
