package chain

import (
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/motherlode-pool/motherlode/coins"
)

func TestWhatMayComeAfterWhat(t *testing.T) {
	for _, c := range []struct {
		name             string
		id, height       uint64 // of the first
		nextID, nextHigh uint64
		want             string
	}{
		{"the next block", 7, 800_000, 8, 800_001, ""},
		{"more at the same tip", 7, 800_000, 8, 800_000, ""},
		{"a reorganisation", 7, 800_000, 8, 799_990, ""},
		{"ids with gaps", 7, 800_000, 700, 800_001, ""},
		{"the same id again", 7, 800_000, 7, 800_001, "id 7 came after 7"},
		{"an older id", 7, 800_000, 6, 800_001, "id 6 came after 7"},
		{"a fall of a thousand", 7, 800_000, 8, 799_000, ""},
		{"a fall of more", 7, 800_000, 8, 798_999, "height 798999 came after 800000"},
		{"a fall to one", 7, 800_000, 8, 1, "goes back"},
		{"a small chain that falls", 7, 900, 8, 1, ""},
		{"a rise of a million", 7, 800_000, 8, 1_800_000, ""},
		{"a rise of more", 7, 800_000, 8, 1_800_001, "height 1800001 came after 800000"},
		{"the largest height", 7, 800_000, 8, maxHeight, "at once"},
	} {
		t.Run(c.name, func(t *testing.T) {
			var q sequence
			expect(t, q.next(c.id, c.height), "")
			expect(t, q.next(c.nextID, c.nextHigh), c.want)
		})
	}
	var q sequence
	expect(t, q.next(0, 1), "") // the first may be anything
}

// TestASessionEndsWhereHeightsJump sees both streams held to it, and the next
// session begin anew.
func TestASessionEndsWhereHeightsJump(t *testing.T) {
	for name, lie := range map[string]func(*fakeCoin){
		"template": func(c *fakeCoin) { c.templates <- templateAt(6001, 5) },
		"aux work": func(c *fakeCoin) { w := auxWork(5); w.ID = 6001; c.works <- w },
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				g := start(t, Options{}, coins.RoleParent, coins.RoleAux)
				defer g.stop()
				g.coin().templates <- template(6000)
				g.coin().works <- auxWork(6000)
				synctest.Wait()
				lie(g.coin())
				synctest.Wait()
				if err := g.r.LastError(); !errors.Is(err, ErrBadWork) || coins.FaultOf(err) != coins.BadWork {
					t.Errorf("got %v, want ErrBadWork", err)
				}
				if m, _ := g.r.Latest(); m.Height != 6000 {
					t.Errorf("a template of height %d was taken", m.Height)
				}
				g.wait(time.Second)
				g.coin().templates <- templateAt(1, 5) // a test chain that was wiped
				synctest.Wait()
				if m, _ := g.r.Latest(); m.Height != 5 {
					t.Errorf("height %d in the next session, want 5", m.Height)
				}
			})
		})
	}
}
