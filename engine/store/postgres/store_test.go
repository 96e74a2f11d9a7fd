package postgres

import (
	"os"
	"sync"
	"testing"
	"time"

	"github.com/motherlode-pool/motherlode/engine/store"
	"github.com/motherlode-pool/motherlode/engine/store/storetest"
	"github.com/motherlode-pool/motherlode/internal/testpostgres"
)

func TestMain(m *testing.M) { os.Exit(testpostgres.Main(m)) }

func TestConformance(t *testing.T) {
	server := testpostgres.Must(t)
	for _, c := range []struct {
		name string
		rows int
	}{{"rows in memory", 0}, {"hardly any row in memory", 2000}} {
		t.Run(c.name, func(t *testing.T) {
			var mu sync.Mutex
			schemas := map[string]string{}
			storetest.Run(t, func(t testing.TB, name string) (store.Store, error) {
				mu.Lock()
				defer mu.Unlock()
				k := t.Name() + "/" + name
				if schemas[k] == "" {
					schemas[k] = server.MustURL(t)
				}
				s, err := New(schemas[k], Options{Rows: c.rows})
				if err == nil {
					s.lockWait = 300 * time.Millisecond
				}
				return s, err
			})
		})
	}
}
