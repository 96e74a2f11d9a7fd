package auxpow

import (
	"bytes"
	"encoding/hex"
	"errors"
	"runtime"
	"slices"
	"strings"
	"testing"
)

// Parts of a small transaction.
const (
	txVersion  = "02000000"
	nullPoint  = "0000000000000000000000000000000000000000000000000000000000000000ffffffff"
	oneInput   = "01" + nullPoint + "020102" + "ffffffff"
	noOutput   = "00"
	oneOutput  = "01" + "00f2052a01000000" + "0151"
	txLockTime = "11223344"
	oneItem    = "0102abcd" // one stack with one item of two bytes
)

func TestScanTransaction(t *testing.T) {
	tests := []struct {
		name  string
		raw   string
		strip string // "" for refused
		err   Error
	}{
		{"legacy", txVersion + oneInput + oneOutput + txLockTime, txVersion + oneInput + oneOutput + txLockTime, ""},
		{"legacy without outputs", txVersion + oneInput + noOutput + txLockTime, txVersion + oneInput + noOutput + txLockTime, ""},
		{"extended", txVersion + "0001" + oneInput + oneOutput + oneItem + txLockTime, txVersion + oneInput + oneOutput + txLockTime, ""},
		{"extended, an empty item", txVersion + "0001" + oneInput + oneOutput + "0100" + txLockTime, txVersion + oneInput + oneOutput + txLockTime, ""},
		{"neither inputs nor outputs", txVersion + "0000" + txLockTime, txVersion + "0000" + txLockTime, ""},
		{"extended, empty witness", txVersion + "0001" + oneInput + oneOutput + "00" + txLockTime, "", ErrNoWitness},
		{"extended, no inputs", txVersion + "0001" + "00" + noOutput + txLockTime, "", ErrNoWitness},
		{"flag 2", txVersion + "0002" + oneInput + oneOutput + txLockTime, "", ErrTxFlags},
		{"flag 3", txVersion + "0003" + oneInput + oneOutput + oneItem + txLockTime, "", ErrTxFlags},
		{"flag 8, MWEB", txVersion + "0008" + oneInput + oneOutput + "00" + txLockTime, "", ErrTxFlags},
		{"nothing", "", "", ErrTruncated},
		{"version only", txVersion, "", ErrTruncated},
		{"no flag", txVersion + "00", "", ErrTruncated},
		{"lock time cut off", txVersion + oneInput + oneOutput + "112233", "", ErrTruncated},
		{"a byte too many", txVersion + oneInput + oneOutput + txLockTime + "00", "", ErrTrailing},
		{"input count in a long form", txVersion + "fd0100" + oneInput[2:] + oneOutput + txLockTime, "", ErrNotCanonical},
		{"script length in a long form", txVersion + "01" + nullPoint + "fe02000000" + "0102ffffffff" + oneOutput + txLockTime, "", ErrNotCanonical},
		{"output count in the longest form", txVersion + oneInput + "ff0100000000000000" + oneOutput[2:] + txLockTime, "", ErrNotCanonical},
		{"input count of 32 MiB", txVersion + "fe00000002" + oneInput[2:] + oneOutput + txLockTime, "", ErrTruncated},
		{"input count above 32 MiB", txVersion + "fe01000002" + oneInput[2:] + oneOutput + txLockTime, "", ErrTooLarge},
		{"script length of 2^64-1", txVersion + "01" + nullPoint + "ffffffffffffffffff", "", ErrTooLarge},
		{"witness count above 32 MiB", txVersion + "0001" + oneInput + oneOutput + "feffffffff" + txLockTime, "", ErrTooLarge},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			got, err := Strip(mustHex(t, test.raw))
			id, idErr := TxID(mustHex(t, test.raw))
			if test.err != "" {
				if !errors.Is(err, test.err) || !errors.Is(idErr, test.err) {
					t.Fatalf("errors %v and %v, want %v", err, idErr, test.err)
				}
				return
			}
			if err != nil || idErr != nil {
				t.Fatal(err, idErr)
			}
			if hex.EncodeToString(got) != test.strip {
				t.Errorf("stripped %x, want %s", got, test.strip)
			}
			if want := DoubleHash(got); id != want {
				t.Errorf("id %x, want %x", id, want)
			}
		})
	}
}

// A transaction cut off anywhere is not one, in either form.
func TestScanTransactionCutAnywhere(t *testing.T) {
	for _, s := range []string{
		txVersion + oneInput + oneOutput + txLockTime,
		txVersion + "0001" + oneInput + oneOutput + oneItem + txLockTime,
	} {
		raw := mustHex(t, s)
		for n := range raw {
			if _, err := scanTransaction(raw[:n]); !errors.Is(err, ErrTruncated) {
				t.Errorf("%d of %d bytes: got %v, want %v", n, len(raw), err, ErrTruncated)
			}
		}
	}
}

func TestStripReturnsACopy(t *testing.T) {
	raw := mustHex(t, txVersion+oneInput+oneOutput+txLockTime)
	kept := slices.Clone(raw)
	got, err := Strip(raw)
	if err != nil {
		t.Fatal(err)
	}
	clear(got)
	if !bytes.Equal(raw, kept) {
		t.Error("the caller's bytes are shared")
	}
}

func TestCompactSizes(t *testing.T) {
	for _, n := range []int{0, 1, 0xfc, 0xfd, 0xfe, 0xffff, 0x10000, maxCount} {
		raw := appendCount(nil, n)
		r := reader{data: raw}
		if got := r.count(); r.err != nil || got != uint64(n) || r.off != len(raw) {
			t.Errorf("%d written as %x, read as %d of %d bytes: %v", n, raw, got, r.off, r.err)
		}
	}
	for _, s := range []string{"fdfc00", "feffff0000", "ffffffffff00000000"} {
		r := reader{data: mustHex(t, s)}
		if r.count(); !errors.Is(r.err, ErrNotCanonical) {
			t.Errorf("%s: got %v, want %v", s, r.err, ErrNotCanonical)
		}
	}
}

// Counts that promise gigabytes cost no more than the bytes that are there.
func TestHugeCountsDoNotAllocate(t *testing.T) {
	const hugeCount = "fe00000002" // 32 MiB, the most that a node reads
	coinbase := txVersion + oneInput + oneOutput + txLockTime
	hash := strings.Repeat("00", 32)
	for name, s := range map[string]string{
		"inputs":          txVersion + hugeCount + nullPoint,
		"script":          txVersion + "01" + nullPoint + hugeCount,
		"outputs":         txVersion + oneInput + hugeCount,
		"witness items":   txVersion + "0001" + oneInput + oneOutput + hugeCount,
		"coinbase branch": coinbase + hash + hugeCount + hash,
		"chain branch":    coinbase + hash + "00" + "00000000" + hugeCount + hash,
	} {
		raw := mustHex(t, s)
		const rounds = 100
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		for range rounds {
			if _, _, err := Parse(raw); !errors.Is(err, ErrTruncated) {
				t.Fatalf("%s: got %v, want %v", name, err, ErrTruncated)
			}
		}
		runtime.ReadMemStats(&after)
		if each := (after.TotalAlloc - before.TotalAlloc) / rounds; each > 4096 {
			t.Errorf("%s: %d bytes allocated for %d bytes of input", name, each, len(raw))
		}
	}
}
