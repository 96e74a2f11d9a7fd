package ckpoolfiles

import (
	"bytes"
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

var update = flag.Bool("update", false, "write testdata anew")

var someRates = Rates{Minute: 1.714e12, FiveMinutes: 1.79e12, Hour: 1.48e12, Day: 121e9, Week: 17.84e9}

func somePool() *Pool {
	return &Pool{
		Runtime: 3*time.Hour + 1500*time.Millisecond, Users: 1, Workers: 4, Idle: 1, Disconnected: 3,
		Rates: someRates, QuarterHour: 1.8e12, SixHours: 439e9,
		Effort: 0.0024, Accepted: 2525312.7, Rejected: 637048, BestShare: 169302.9,
		SharesPerSecond: [4]float64{0.3981, 0.42, 0.429, 0.351},
	}
}

func someAccount() *Account {
	return &Account{
		Name: "bc1qexample", Rates: someRates, LastShare: 1700000100_999, Sessions: 2, Shares: 2525312.7,
		BestShare: 1234.5678, BestEver: 169302.9, Authorised: 1600000000_000,
		Workers: []Worker{
			{Name: "bc1qexample", LastShare: 1700000000_000},
			{Name: `bc1qexample.<rig> & "1"`, Rates: someRates, LastShare: 1700000100_000, Shares: 99.9, BestShare: 1000, BestEver: 169302.9},
		},
	}
}

// TestGolden holds the documents to files that were compared by hand with what ckpool
// prints: see the comments of fields below.
func TestGolden(t *testing.T) {
	now := time.Unix(1700000123, 0)
	status, err := somePool().Status(now)
	if err != nil {
		t.Fatal(err)
	}
	user, err := someAccount().User()
	if err != nil {
		t.Fatal(err)
	}
	none, err := (&Account{Name: "a"}).User()
	if err != nil {
		t.Fatal(err)
	}
	worker, err := someAccount().Workers[1].File(now)
	if err != nil {
		t.Fatal(err)
	}
	for name, got := range map[string][]byte{"pool.status": status, "user": user, "user-without-workers": none, "worker": worker} {
		path := filepath.Join("testdata", name)
		if *update {
			if err := os.WriteFile(path, got, 0o644); err != nil {
				t.Fatal(err)
			}
		}
		want, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(got, want) {
			t.Errorf("%s: got\n%s\nwant\n%s", name, got, want)
		}
	}
}

// field is a field of ckpool's with its JSON type: s is a text, i a whole number, f
// one with a point, a a list.
type field struct {
	name string
	kind byte
}

// Order and types as ckpool's stratifier.c has them: pool.status and users in
// statsupdate of skaisser/ckpool 11692101 (October 2025), workers in statsupdate of
// ctubio/ckpool 4718cea (June 2017).
var (
	statusFields = [][]field{
		{{"runtime", 'i'}, {"lastupdate", 'i'}, {"Users", 'i'}, {"Workers", 'i'}, {"Idle", 'i'}, {"Disconnected", 'i'}},
		{{"hashrate1m", 's'}, {"hashrate5m", 's'}, {"hashrate15m", 's'}, {"hashrate1hr", 's'}, {"hashrate6hr", 's'}, {"hashrate1d", 's'}, {"hashrate7d", 's'}},
		{{"diff", 'f'}, {"accepted", 'i'}, {"rejected", 'i'}, {"bestshare", 'i'}, {"SPS1m", 'f'}, {"SPS5m", 'f'}, {"SPS15m", 'f'}, {"SPS1h", 'f'}},
	}
	rateFields = []field{{"hashrate1m", 's'}, {"hashrate5m", 's'}, {"hashrate1hr", 's'}, {"hashrate1d", 's'}, {"hashrate7d", 's'}}
	userFields = append(slices.Clone(rateFields), field{"lastshare", 'i'}, field{"workers", 'i'}, field{"shares", 'i'},
		field{"bestshare", 'f'}, field{"bestever", 'i'}, field{"authorised", 'i'}, field{"worker", 'a'})
	userWorkerFields = append(append([]field{{"workername", 's'}}, rateFields...), field{"lastshare", 'i'}, field{"shares", 'i'},
		field{"bestshare", 'f'}, field{"bestever", 'i'})
	workerFields = append(slices.Clone(rateFields), field{"lastupdate", 'i'}, field{"shares", 'i'}, field{"bestshare", 'f'})
)

func TestFieldsAreThoseOfCKPool(t *testing.T) {
	status, err := somePool().Status(time.Unix(1700000123, 0))
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(string(status), "\n")
	if len(lines) != 4 || lines[3] != "" {
		t.Fatalf("pool.status has the lines %q, want three", lines)
	}
	for i, want := range statusFields {
		checkFields(t, []byte(lines[i]), want, true)
	}
	user, err := someAccount().User()
	if err != nil {
		t.Fatal(err)
	}
	checkFields(t, user, userFields, true)
	var u struct {
		Worker []json.RawMessage `json:"worker"`
	}
	if err := json.Unmarshal(user, &u); err != nil || len(u.Worker) != 2 {
		t.Fatalf("%v, %d workers", err, len(u.Worker))
	}
	for _, w := range u.Worker {
		checkFields(t, w, userWorkerFields, true)
	}
	worker, err := someAccount().Workers[1].File(time.Unix(1700000123, 0))
	if err != nil {
		t.Fatal(err)
	}
	checkFields(t, worker, workerFields, false) // newer fields follow
}

// checkFields holds an object to a list of fields in order; with all, it has no others.
func checkFields(t *testing.T, object []byte, want []field, all bool) {
	t.Helper()
	var got []field
	dec := json.NewDecoder(bytes.NewReader(object))
	dec.UseNumber()
	if tok, err := dec.Token(); err != nil || tok != json.Delim('{') {
		t.Fatalf("%s is no object: %v", object, err)
	}
	for dec.More() {
		key, err := dec.Token()
		if err != nil {
			t.Fatal(err)
		}
		var raw json.RawMessage
		if err := dec.Decode(&raw); err != nil {
			t.Fatal(err)
		}
		kind := byte('i')
		switch text := string(raw); {
		case text[0] == '"':
			kind = 's'
		case text[0] == '[':
			kind = 'a'
		case strings.ContainsAny(text, "eE"):
			kind = 'e'
		case strings.Contains(text, "."):
			kind = 'f'
		}
		got = append(got, field{key.(string), kind})
	}
	if !all && len(got) > len(want) {
		got = got[:len(want)]
	}
	if !slices.Equal(got, want) {
		t.Errorf("got  %v\nwant %v", got, want)
	}
}
