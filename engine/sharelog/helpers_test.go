package sharelog

import (
	"errors"
	"fmt"
	"io"
	"slices"
	"testing"
)

func mustOpen(t testing.TB, dir string, o Options) *Log {
	t.Helper()
	l, err := Open(dir, o)
	if err != nil {
		t.Fatalf("Open: %v", err)
	}
	t.Cleanup(func() {
		if err := l.Close(); err != nil && !errors.Is(err, ErrClosed) {
			t.Errorf("Close: %v", err)
		}
	})
	return l
}

// numbered is a batch of n shares that are told apart by their job id.
func numbered(first uint64, n int) *Batch {
	b := &Batch{}
	for i := range uint64(n) {
		b.Share(testShare(first + i))
	}
	return b
}

func testShare(id uint64) *Share {
	return &Share{
		Time: 1_700_000_000_000 + int64(id), Pool: "btc", Account: fmt.Sprint("account", id%7), Worker: "rig", Job: id,
		Extranonce: []byte{1, 2, 3, 4, byte(id)}, NTime: 5, Nonce: uint32(id), Version: 0x20000000, Difficulty: 1.5, Achieved: 2.5, Height: 9,
	}
}

// readIDs reads job ids of all shares to the present end.
func readIDs(l *Log, from Position) ([]uint64, error) {
	r := l.Read(from)
	defer r.Close()
	var ids []uint64
	for {
		rec, _, err := r.Next()
		if err == io.EOF {
			return ids, nil
		}
		if err != nil {
			return ids, err
		}
		ids = append(ids, rec.Share.Job)
	}
}

func mustIDs(t testing.TB, l *Log, want []uint64) {
	t.Helper()
	got, err := readIDs(l, l.Start())
	if err != nil {
		t.Fatalf("reading: %v", err)
	}
	if !slices.Equal(got, want) {
		t.Fatalf("log holds %d records %v, want %d %v", len(got), tail(got), len(want), tail(want))
	}
}

func tail(ids []uint64) []uint64 { return ids[max(0, len(ids)-12):] }
