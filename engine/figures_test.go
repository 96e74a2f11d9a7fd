package engine

import (
	"errors"
	"math"
	"testing"

	"github.com/motherlode-pool/motherlode/algos"
	"github.com/motherlode-pool/motherlode/engine/status"
)

// rows are those of a ledger, by number from 1.
type rows []tallied

func (all *rows) add(state string, settled bool) {
	*all = append(*all, tallied{uint64(len(*all) + 1), status.Kind{Pool: "p", Chain: "c", State: state}, settled})
}

// before is the page of the ledger before a number; it counts what was read.
func (all rows) before(number uint64, read *int) (page []tallied) {
	if number == 0 {
		number = uint64(len(all) + 1)
	}
	for i := int(number) - 2; i >= 0 && len(page) < figuresPage; i-- {
		page = append(page, all[i])
	}
	*read += len(page)
	return page
}

func TestTallyCountsEveryRowOnce(t *testing.T) {
	var all rows
	for range 2500 { // more than two pages
		all.add("mature", true)
	}
	all.add("accepted", false)
	all.add("mature", true) // behind one that is not settled
	var count tally
	look := func() (read int) {
		t.Helper()
		if err := count.count(func(before uint64) ([]tallied, error) { return all.before(before, &read), nil }); err != nil {
			t.Fatal(err)
		}
		return read
	}
	check := func(accepted, mature uint64) {
		t.Helper()
		a, m := count.now[status.Kind{Pool: "p", Chain: "c", State: "accepted"}], count.now[status.Kind{Pool: "p", Chain: "c", State: "mature"}]
		if a != accepted || m != mature {
			t.Errorf("accepted %d, mature %d; want %d, %d", a, m, accepted, mature)
		}
	}
	look()
	check(1, 2501)
	if read := look(); read > figuresPage {
		t.Errorf("the second look read %d rows, want those that are not settled: a page", read)
	}
	check(1, 2501)
	all[2500].kind.State, all[2500].settled = "mature", true
	look()
	check(0, 2502)
	all.add("accepted", false)
	look()
	check(1, 2502)
}

func TestTallyThatFailsCountsNothingTwice(t *testing.T) {
	var all rows
	for range 1500 {
		all.add("mature", true)
	}
	var count tally
	read := 0
	broken := errors.New("disk")
	calls := 0
	err := count.count(func(before uint64) ([]tallied, error) {
		if calls++; calls == 2 {
			return nil, broken
		}
		return all.before(before, &read), nil
	})
	if !errors.Is(err, broken) {
		t.Fatalf("got %v", err)
	}
	if err := count.count(func(before uint64) ([]tallied, error) { return all.before(before, &read), nil }); err != nil {
		t.Fatal(err)
	}
	if got := count.now[status.Kind{Pool: "p", Chain: "c", State: "mature"}]; got != 1500 {
		t.Errorf("got %d, want 1500", got)
	}
}

func TestHashesOfADifficulty(t *testing.T) {
	for name, c := range map[string]struct {
		one  algos.Target
		want float64
	}{
		"bitcoin": {algos.DiffOneBitcoin, 1 << 32},
		"scrypt":  {algos.DiffOneScrypt, 1 << 16},
		"sha3x":   {algos.DiffOneSHA3x, 1},
	} {
		if got := hashesOf(c.one); math.Abs(got/c.want-1) > 1e-4 {
			t.Errorf("%s: got %v, want %v", name, got, c.want)
		}
	}
}
