package boltdb

import (
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
