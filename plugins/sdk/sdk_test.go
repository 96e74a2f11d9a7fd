package sdk

import (
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/motherlode-pool/motherlode/plugins/internal/fakecoin"
)

func TestParentWatch(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var parent, called atomic.Int64
		parent.Store(7)
		go watchParent(func() int { return int(parent.Load()) }, "7", parentPoll, func() { called.Add(1) })
		time.Sleep(time.Minute)
		if called.Load() != 0 {
			t.Error("gone though the parent lives")
		}
		parent.Store(1)
		time.Sleep(time.Second)
		if called.Load() != 1 {
			t.Errorf("a second after the parent's death: called %d times, want 1", called.Load())
		}
	})
}

func TestParentThatDiedBeforeTheFirstLook(t *testing.T) {
	called := false
	watchParent(func() int { return 1 }, "4711", time.Hour, func() { called = true })
	if !called {
		t.Error("not noticed")
	}
}

func TestExplainsItselfToAPerson(t *testing.T) {
	var b strings.Builder
	explain(&b, &fakecoin.Driver{})
	for _, want := range []string{`"fake"`, "motherlode check", "sha256", "MOTHERLODE_DEBUG=NAME"} {
		if !strings.Contains(b.String(), want) {
			t.Errorf("no %q in %q", want, b.String())
		}
	}
	b.Reset()
	explain(&b, nil) // a driver that panics
	if !strings.Contains(b.String(), "a coin") {
		t.Errorf("got %q", b.String())
	}
}
