package stratum

import (
	"net/netip"
	"testing"
	"time"

	"github.com/motherlode-pool/motherlode/stratum/admission"
)

func TestProfileChangesWhileMinersAreThere(t *testing.T) {
	p := newPool()
	p.put(newJob(1, true))
	srv, addr := serve(t, p, func(c *Config) {
		c.Listeners[0].Profile = Profile{Name: "here", Start: 64, Min: 1, Max: 4096}
	})
	low, high := dial(t, addr), dial(t, addr)
	low.login()
	low.send(`{"id":7,"method":"mining.suggest_difficulty","params":[2]}`)
	low.want(accepted("7"))
	high.login()
	high.send(`{"id":7,"method":"mining.suggest_difficulty","params":[4000]}`)
	high.want(accepted("7"))
	early := dial(t, addr) // has no job yet
	early.subscribe(`[]`)

	tuner := &fakeTuner{}
	srv.SetProfile(5, Profile{Min: 999}) // there is no such port
	srv.SetProfile(0, Profile{Name: "here", Start: 100, Min: 8, Max: 1024, NewTuner: func(float64, float64) Tuner { return tuner }})
	srv.Broadcast(p.put(newJob(2, true)))
	given := func() (all []float64) {
		for _, s := range srv.Sessions() {
			all = append(all, s.Difficulty)
		}
		return all
	}
	if got := given(); len(got) != 3 || got[0] != 8 || got[1] != 1024 || got[2] != 64 {
		t.Errorf("difficulties %v, want 8, 1024 and 64: moved into the bounds", got)
	}
	for c, want := range map[*client]string{low: "8", high: "1024"} {
		for m := c.message(); m.Method != "mining.set_difficulty" || m.param(0) != want; m = c.message() {
		}
	}
	fresh := dial(t, addr)
	if fresh.login(); given()[3] != 100 {
		t.Errorf("a new session has %v, want the new start 100", given()[3])
	}
	tuner.want(50)
	srv.pick(Who{Session: 1})[0].out.retune(time.Now(), nil)
	if got := given()[0]; got != 50 {
		t.Errorf("difficulty %v, want 50: the new tuner steers an old session", got)
	}

	// A lower minimum is of use to who stood at the old one.
	tuner.want(0)
	srv.SetProfile(0, Profile{Name: "here", Start: 100, Min: 2, Max: 1024})
	low.send(`{"id":8,"method":"mining.suggest_difficulty","params":[3]}`)
	eventually(t, "the miner gets what it asks for", func() bool { return given()[0] == 3 })
}

func TestLimitsAndBansByHand(t *testing.T) {
	p := newPool()
	p.put(newJob(1, true))
	srv, addr := serve(t, p, nil)
	dial(t, addr).login()
	here := netip.MustParseAddr("127.0.0.1")
	if !srv.Ban(here, time.Hour) || len(srv.Bans()) != 1 {
		t.Fatalf("not shut out: %v", srv.Bans())
	}
	turnedAway(t, addr, Banned)
	if srv.Live() != 1 {
		t.Errorf("%d miners, want the one that was there", srv.Live())
	}
	if !srv.Unban(here) {
		t.Error("not let in again")
	}
	srv.SetLimits(admission.Limits{Connections: 1})
	turnedAway(t, addr, AddressFull)
	srv.SetLimits(admission.Limits{})
	dial(t, addr).login()
}
