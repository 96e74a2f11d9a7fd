package job

import (
	"math"
	"testing"
	"time"

	"github.com/motherlode-pool/motherlode/coins"
)

func TestTimesOfAJobStayInOrder(t *testing.T) {
	now := time.Unix(1_700_000_000, 0)
	for _, c := range []struct {
		name                  string
		time, earliest, last  int64
		ntime, minimum, limit uint32
	}{
		{"a latest time beyond 32 bits", 1_700_000_000, 1, 1 << 40, 1_700_000_000, 1, math.MaxUint32},
		{"a node whose clock is far behind its chain", 1_600_000_000, 1_800_000_000, 0, 1_800_000_000, 1_800_000_000, 1_800_000_000},
		{"a latest time that is past", 1_699_999_700, 1, 1_699_999_800, 1_699_999_800, 1, 1_699_999_800},
		{"a template of some minutes", 1_699_999_500, 1, 0, 1_700_000_000, 1, 1_700_006_700},
		{"a clock that is hours ahead of the node's", 1_699_990_000, 1, 0, 1_699_990_600, 1, 1_699_997_200},
		{"a clock that is behind the node's", 1_700_001_000, 1, 0, 1_700_001_000, 1, 1_700_008_200},
	} {
		j := &Job{Template: &coins.Template{Time: c.time, MinTime: c.earliest, MaxTime: c.last}}
		j.setTimes(now)
		if j.NTime != c.ntime || j.MinTime != c.minimum || j.MaxTime != c.limit {
			t.Errorf("%s: start %d, from %d to %d; want %d, from %d to %d", c.name, j.NTime, j.MinTime, j.MaxTime, c.ntime, c.minimum, c.limit)
		}
	}
}

// A session rolls what it was granted; a template that takes a bit out of its
// own mask must not change what the pool hashes, or the shares of honest miners
// fail and one share counts twice under different bits.
func TestSolvedVersionIsWhatTheMinerHashed(t *testing.T) {
	j := &Job{version: 0x30000000, mask: 0x0fffe000}
	for bits, want := range map[uint32]uint32{0: 0x20000000, 0x10000000: 0x30000000, 0x2000: 0x20002000} {
		n := &Nonces{Mask: 0x1fffe000, VersionBits: bits}
		if got := j.SolvedVersion(n); got != want {
			t.Errorf("bits %08x: version %08x, want %08x", bits, got, want)
		}
	}
}

func TestNoWitnessItemLeavesTheCoinbase(t *testing.T) {
	tx := make([]byte, 20)
	if got := withWitness(tx, []byte{}, 0); len(got) != len(tx) {
		t.Errorf("%d bytes, want %d: an empty item is none", len(got), len(tx))
	}
}
