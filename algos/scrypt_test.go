package algos_test

import (
	"bytes"
	"sync"
	"testing"

	oracle "golang.org/x/crypto/scrypt"
)

// oracleScrypt computes the same hash with golang.org/x/crypto.
func oracleScrypt(t testing.TB, header []byte) [32]byte {
	t.Helper()
	sum, err := oracle.Key(header, header, 1024, 1, 1, 32)
	if err != nil {
		t.Fatalf("oracle: %v", err)
	}
	return [32]byte(sum)
}

// TestScryptOracle hashes headers around every limit of HMAC's block and of the
// scratch: long and short ones in turn, so that remains of one would show in
// the next.
func TestScryptOracle(t *testing.T) {
	a := mustAlgorithm(t, "scrypt")
	for _, n := range []int{80, 0, 1, 63, 1000, 64, 65, 55, 56, 128, 129, 80, 133, 32, 80} {
		header := bytes.Repeat([]byte{0xa5, byte(n)}, n)[:n]
		var got [32]byte
		a.Sum(&got, header, nil)
		if want := oracleScrypt(t, header); got != want {
			t.Errorf("%d bytes: got %x, want %x", n, got, want)
		}
	}
}

// TestScryptConcurrent checks that no two calls share scratch.
func TestScryptConcurrent(t *testing.T) {
	a := mustAlgorithm(t, "scrypt")
	var group sync.WaitGroup
	for worker := range 4 {
		group.Go(func() {
			header := bytes.Repeat([]byte{byte(worker)}, 80)
			want := oracleScrypt(t, header)
			for range 20 {
				var got [32]byte
				a.Sum(&got, header, nil)
				if got != want {
					t.Errorf("worker %d: got %x, want %x", worker, got, want)
					return
				}
			}
		})
	}
	group.Wait()
}

func FuzzScrypt(f *testing.F) {
	for _, v := range mustLoad[headerVector](f, "scrypt-headers.json") {
		f.Add(mustHex(f, v.Header))
	}
	f.Add([]byte{})
	f.Add(make([]byte, 64))
	a := mustAlgorithm(f, "scrypt")
	f.Fuzz(func(t *testing.T, header []byte) {
		var got [32]byte
		a.Sum(&got, header, nil)
		if want := oracleScrypt(t, header); got != want {
			t.Errorf("%x: got %x, want %x", header, got, want)
		}
	})
}
