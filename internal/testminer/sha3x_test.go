package testminer

import (
	"encoding/hex"
	"testing"
)

// Vectors of Tari's own tests and of Snipa22's pool.
func TestSumSHA3x(t *testing.T) {
	for _, tt := range []struct {
		name   string
		nonce  [8]byte
		mining string
		hash   string
	}{
		{"A, Esmeralda 2024, nonce 631", [8]byte{0x77, 2}, "9772499ab56bf2594caf3c5ed55c964b8b621aaa38f0aee4c7a77fb5f8ba2df7", "08ec894c5559b64bb7e26008c4eb3bf96db4b37c0c574f0339d65ba074526cfd"},
		{"C, MainNet, nonce 4", [8]byte{4}, "55f5e1fb50c7146f54bd171fc8bc1eb658bff07b7befe5d140ddccffe5aff41c", "3e3cbf120eea5ba10bd273747f909c45df7593af33eb03a485f3e1dd81867863"},
	} {
		mining, err := hex.DecodeString(tt.mining)
		if err != nil {
			t.Fatal(err)
		}
		if got := SumSHA3x(tt.nonce, mining); hex.EncodeToString(got[:]) != tt.hash {
			t.Errorf("%s: got %x, want %s", tt.name, got, tt.hash)
		}
	}
}
