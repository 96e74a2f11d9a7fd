package conformance

import "context"

// T is what Run needs of a *testing.T. It is here so that a program may import
// this package without linking package testing.
type T[Self any] interface {
	Helper()
	Run(name string, f func(Self)) bool
	Context() context.Context
	Fatal(args ...any)
	Error(args ...any)
	Skip(args ...any)
	Log(args ...any)
	Cleanup(f func())
}

// Run tries every rule over every transport of cfg, each as a subtest named by
// the transport and the rule's id. A rule that is not applicable is skipped with
// its reason; those of other transports are left out.
func Run[Self T[Self]](t Self, cfg Config) {
	t.Helper()
	if err := cfg.check(); err != nil {
		t.Fatal(err)
	}
	for _, over := range cfg.Transports() {
		t.Run(over.String(), func(t Self) {
			s, err := newSuite(t.Context(), cfg, over)
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(s.close)
			for _, r := range s.rules() {
				if r.Only != 0 && r.Only != over {
					continue
				}
				t.Run(r.ID, func(t Self) { report(t, s.judge(t.Context(), r)) })
			}
		})
	}
}

func report[Self T[Self]](t Self, r Result) {
	t.Helper()
	switch r.Outcome {
	case Passed:
		if r.Detail != "" {
			t.Log(r.Detail)
		}
	case NotApplicable:
		t.Skip("not applicable: " + r.Detail)
	default:
		t.Error(r.Says + "\n" + r.Detail)
	}
}
