package main

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"
)

// The committed code must be what the .proto beside it makes, or a field that
// someone reads in the .proto is not on the wire.
func TestGeneratedCodeIsUpToDate(t *testing.T) {
	const committed = "../coinv1"
	fresh := t.TempDir()
	if err := run(t.Context(), fresh, "motherlode/coin/v1", []string{filepath.Join(committed, "coin.proto")}); err != nil {
		t.Fatal(err)
	}
	made, err := filepath.Glob(filepath.Join(fresh, "*.go"))
	if err != nil || len(made) != 2 {
		t.Fatalf("made %v, %v; want two files", made, err)
	}
	for _, file := range made {
		want, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		got, err := os.ReadFile(filepath.Join(committed, filepath.Base(file)))
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(got, want) {
			t.Errorf("%s is not what coin.proto makes: go generate ./plugins/proto/coinv1", filepath.Base(file))
		}
	}
}
