package boltdb

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/motherlode-pool/motherlode/engine/store"
	"github.com/motherlode-pool/motherlode/engine/store/storetest"
)

func TestConformance(t *testing.T) {
	dir := t.TempDir()
	storetest.Run(t, func(t testing.TB, name string) (store.Store, error) {
		return Open(filepath.Join(dir, strings.ReplaceAll(t.Name(), "/", "-")+name))
	})
}

// mustFill makes a file with a few hundred pages of two buckets.
func mustFill(t *testing.T, path string) {
	t.Helper()
	s, err := Open(path)
	if err != nil {
		t.Fatal(err)
	}
	s.SetNoSync()
	for round := range byte(4) { // so that some pages are free
		err := s.Update(func(tx store.Tx) error {
			for _, name := range []string{"small", "large"} {
				if err := tx.MakeBucket([]byte(name)); err != nil {
					return err
				}
			}
			var err error
			for i := range 300 {
				key := binary.BigEndian.AppendUint32(nil, uint32(i*7919))
				err = errors.Join(err, tx.Bucket([]byte("large")).Put(key, bytes.Repeat([]byte{round}, 500)))
			}
			return errors.Join(err, tx.Bucket([]byte("small")).Put([]byte("k"), []byte{round}))
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
}

// use opens the file, reads all of it and writes to it, as far as it goes.
func use(t *testing.T, path string) (failed error) {
	s, err := Open(path)
	if err != nil {
		return err
	}
	s.SetNoSync()
	defer func() {
		if err := s.Close(); err != nil {
			t.Errorf("Close: %v", err)
		}
	}()
	read := func(tx store.Tx) error {
		return tx.ForEach(func(_ []byte, b store.Bucket) error {
			c := b.Cursor()
			for k, v := c.First(); k != nil; k, v = c.Next() {
				_ = bytes.Clone(v)
			}
			return nil
		})
	}
	write := func(tx store.Tx) (err error) {
		for i := range 200 {
			key := binary.BigEndian.AppendUint32(nil, uint32(i*31337))
			err = errors.Join(err, tx.Bucket([]byte("large")).Put(key, bytes.Repeat([]byte{9}, 500)))
		}
		return err
	}
	return errors.Join(s.View(read), s.Update(write), s.View(read), s.Update(write))
}

// TestDamaged changes bytes in the heads of pages, or cuts the file: whatever is
// noticed is ErrBroken with what to do, never a panic, and the file is let go.
func TestDamaged(t *testing.T) {
	dir := t.TempDir()
	whole := filepath.Join(dir, "whole")
	mustFill(t, whole)
	good, err := os.ReadFile(whole)
	if err != nil {
		t.Fatal(err)
	}
	const page = 4096
	broken := 0
	for seed := range uint64(80) {
		r := rand.New(rand.NewPCG(seed, 0))
		bad := bytes.Clone(good)
		for range 1 + r.IntN(40) {
			at := r.IntN(len(bad)/page)*page + r.IntN(48) // head and first elements
			bad[at] ^= byte(1 + r.IntN(255))
		}
		if seed%10 == 0 {
			bad = bad[:r.IntN(len(bad))]
		}
		path := filepath.Join(dir, fmt.Sprint(seed))
		if err := os.WriteFile(path, bad, 0o600); err != nil {
			t.Fatal(err)
		}
		if err := use(t, path); errors.Is(err, store.ErrBroken) {
			broken++
			if !strings.Contains(err.Error(), "move "+path+" away") || errors.Is(err, store.ErrFailed) {
				t.Errorf("seed %d: got %v, want what to do", seed, err)
			}
		}
		if err := os.Remove(path); err != nil {
			t.Fatal(err)
		}
	}
	if broken < 40 {
		t.Errorf("%d of 80 were noticed", broken)
	}
}

// TestBrokenForGood fails each transaction after the first panic at once, though
// bbolt may hold its locks, and lets another process have the file.
func TestBrokenForGood(t *testing.T) {
	path := filepath.Join(t.TempDir(), "db")
	mustFill(t, path)
	s, err := Open(path)
	if err != nil {
		t.Fatal(err)
	}
	nothing := func(store.Tx) error { return nil }
	if err := s.View(func(store.Tx) error { panic("page 7") }); !errors.Is(err, store.ErrBroken) || !strings.Contains(err.Error(), "page 7") {
		t.Errorf("got %v, want ErrBroken", err)
	}
	if err := errors.Join(s.View(nothing), s.Update(nothing)); !errors.Is(err, store.ErrBroken) {
		t.Errorf("afterwards: got %v, want ErrBroken", err)
	}
	if err := s.Close(); err != nil {
		t.Error(err)
	}
	if err := use(t, path); err != nil {
		t.Errorf("the file is not free: %v", err)
	}
}
