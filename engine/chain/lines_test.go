package chain

import (
	"log/slog"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/motherlode-pool/motherlode/coins"
)

func TestLastLines(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := start(t, Options{}, coins.RoleParent)
		defer g.stop()
		want := []LogLine{{time.Unix(1, 0), slog.LevelInfo, "first"}, {time.Unix(2, 0), slog.LevelWarn, "second"}}
		if got := g.r.LastLines(); !slices.Equal(got, want) {
			t.Errorf("got %v, want %v", got, want)
		}
	})
}
