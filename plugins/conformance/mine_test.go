package conformance

import (
	"context"
	"testing"
	"time"

	"github.com/motherlode-pool/motherlode/algos"
	"github.com/motherlode-pool/motherlode/coins"
	"github.com/motherlode-pool/motherlode/engine/job"
)

// No header is hashed twice, wherever in the nonce the extranonce stands.
func TestStepsAreNewHeaders(t *testing.T) {
	for _, tt := range []struct {
		name             string
		size, at, length int // of the nonce; where the extranonce is
		steps            int
	}{
		{"extranonce first", 8, 0, 2, 70_000},
		{"extranonce last", 8, 6, 2, 70_000},
		{"extranonce in between", 4, 1, 2, 70_000},
		{"one byte to count in", 4, 0, 3, 70_000},
		{"no extranonce", 4, 0, 0, 70_000},
	} {
		t.Run(tt.name, func(t *testing.T) {
			algorithm, err := algos.ByName("sha3x")
			if err != nil {
				t.Fatal(err)
			}
			s := &suite{}
			spec := &job.Spec{Algorithm: algorithm, DiffOne: algos.DiffOneSHA3x}
			m, err := s.newMiner(context.Background(), stillCoin{}, spec, &coins.Template{
				Height: 1, Target: [32]byte{31: 1}, Time: time.Now().Unix(),
				Blob: &coins.HeaderBlob{Header: make([]byte, 41), NonceSize: tt.size, ExtranonceOffset: tt.at, ExtranonceSize: tt.length},
			}, nil)
			if err != nil {
				t.Fatal(err)
			}
			var scratch job.Scratch
			seen := make(map[string]bool, tt.steps)
			for i := range tt.steps {
				m.step()
				m.job.Prepare(&scratch, m.variant, &m.nonces)
				if h := string(scratch.Header()); seen[h] {
					t.Fatalf("step %d: header %x again", i, h)
				} else {
					seen[h] = true
				}
			}
		})
	}
}

// stillCoin is a coin of which nothing is asked but an address.
type stillCoin struct{ coins.Coin }

func (stillCoin) Info() coins.CoinInfo { return coins.CoinInfo{Algorithm: "sha3x"} }
func (stillCoin) ValidateAddress(context.Context, string) (coins.Payee, error) {
	return coins.Payee{}, nil
}
