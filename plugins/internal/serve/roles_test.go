package serve

import (
	"log/slog"
	"testing"

	"github.com/motherlode-pool/motherlode/coins"
	"github.com/motherlode-pool/motherlode/plugins/internal/fakecoin"
	pb "github.com/motherlode-pool/motherlode/plugins/proto/coinv1"
)

// A pool of an older minor version takes a role that it does not know for an
// error, so it is told only of those that it does.
func TestOlderPoolsHearOfNoNewerRoles(t *testing.T) {
	all := []coins.Role{coins.RoleParent, coins.RoleWallet, coins.RoleHasher, coins.RoleMessageVerifier}
	server := New(&fakecoin.Driver{Announce: all}, slog.New(slog.DiscardHandler))
	for minor, want := range map[uint32]int{0: 2, 2: 2, 3: 4, 99: 4} {
		m, err := driverService{s: server}.Describe(t.Context(), &pb.DescribeRequest{HostMinor: minor})
		if err != nil || len(m.GetRoles()) != want || m.GetRoles()[0] != pb.Role_ROLE_PARENT {
			t.Errorf("minor %d: got %v, %v; want %d roles", minor, m.GetRoles(), err, want)
		}
	}
}
