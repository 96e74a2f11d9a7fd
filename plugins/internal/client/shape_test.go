package client

import (
	"context"
	"testing"

	"google.golang.org/grpc"

	"github.com/motherlode-pool/motherlode/coins"
)

// noLink is a link that nobody uses.
type noLink struct{ grpc.ClientConnInterface }

func (noLink) Life() context.Context { return context.Background() }
func (noLink) Close() error          { return nil }
func (noLink) PID() int              { return 7 }

// Every set of roles makes a coin that has these powers and no others.
func TestEveryShape(t *testing.T) {
	all := []coins.Role{coins.RoleParent, coins.RoleAux, coins.RoleHasher, coins.RoleWallet, coins.RoleMessageVerifier}
	for set := range 1 << len(all) {
		var info coins.Info
		for i, role := range all {
			if set>>i&1 == 1 {
				info.Roles = append(info.Roles, role)
			}
		}
		link := noLink{}
		coin := shape(&base{link: link}, info)
		_, parent := coin.(coins.Parent)
		_, aux := coin.(coins.Aux)
		_, hasher := coin.(coins.Hasher)
		_, wallet := coin.(coins.Wallet)
		_, verifier := coin.(coins.MessageVerifier)
		for i, has := range []bool{parent, aux, hasher, wallet, verifier} {
			if has != info.Has(all[i]) {
				t.Errorf("%v: has the power of %s: %t", info.Roles, all[i], has)
			}
		}
		if p, ok := coin.(interface{ PID() int }); !ok || p.PID() != 7 {
			t.Errorf("%v: no PID", info.Roles)
		}
	}
}
