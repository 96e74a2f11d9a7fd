package convert

import (
	"math"
	"time"

	"github.com/motherlode-pool/motherlode/coins"
	pb "github.com/motherlode-pool/motherlode/plugins/proto/coinv1"
)

// InfoToProto is the answer to Describe. The minor version is that of these
// converters, unless the driver insists on another.
func InfoToProto(i coins.Info) (*pb.DescribeResponse, error) {
	c := checker{message: "Info"}
	coin, err := CoinInfoToProto(i.Coin)
	c.nested("coin", err)
	if i.APIMinor == 0 {
		i.APIMinor = pb.Minor
	}
	m := &pb.DescribeResponse{
		ApiMinor: i.APIMinor, Driver: text(i.Driver), Version: text(i.Version), Summary: text(i.Summary),
		Coin: coin, Networks: texts(i.Networks), SettingsSchema: i.Schema,
	}
	for _, r := range i.Roles {
		m.Roles = append(m.Roles, toWire(&c, "roles", roles, r))
	}
	return m, c.err()
}

// roleMinor is the minor version since which a role is known; 0 where it is not
// listed.
var roleMinor = map[coins.Role]uint32{coins.RoleWallet: 3, coins.RoleMessageVerifier: 3}

// RolesFor are the roles that a pool of a minor version knows: to an older one the
// others would be an error.
func RolesFor(minor uint32, roles []coins.Role) (known []coins.Role) {
	for _, r := range roles {
		if roleMinor[r] <= minor {
			known = append(known, r)
		}
	}
	return known
}

// InfoFromProto reads an answer to Describe. Roles of a later minor version are
// an error like any unknown enum: a plugin announces by the minor it was told.
func InfoFromProto(m *pb.DescribeResponse) (coins.Info, error) {
	c := checker{message: "DescribeResponse"}
	coin, err := CoinInfoFromProto(m.GetCoin())
	c.nested("coin", err)
	i := coins.Info{
		Driver: m.GetDriver(), Version: m.GetVersion(), Summary: cut(m.GetSummary()), APIMinor: m.GetApiMinor(),
		Coin: coin, Networks: m.GetNetworks(), Schema: orNil(m.GetSettingsSchema()),
	}
	if i.Driver == "" {
		c.failf("driver", "is empty")
	}
	c.name("driver", i.Driver)
	c.name("version", i.Version)
	for _, n := range i.Networks {
		c.name("networks", n)
	}
	for _, r := range m.GetRoles() {
		role := fromWire(&c, "roles", roles, r)
		if role != "" && i.Has(role) {
			c.failf("roles", "%s is there twice", role)
		}
		i.Roles = append(i.Roles, role)
	}
	return i, c.err()
}

// CoinInfoToProto converts what is fixed for a coin.
func CoinInfoToProto(i coins.CoinInfo) (*pb.CoinInfo, error) {
	c := checker{message: "CoinInfo"}
	if i.BlockTime < 0 {
		c.failf("block_time_ns", "%v cannot be sent", i.BlockTime)
	}
	return &pb.CoinInfo{
		Symbol: text(i.Symbol), Name: text(i.Name), Network: text(i.Network), Algorithm: text(i.Algorithm),
		DifficultyOne: i.DifficultyOne[:], BlockTimeNs: uint64(i.BlockTime), Maturity: i.Maturity,
		Decimals: uint32(i.Decimals), VersionMask: i.VersionMask,
		AuxChainId: i.ChainID, HasAuxChainId: i.HasChainID, HashParamBytes: c.put("hash_param_bytes", i.HashParam),
		ExampleAddress: text(i.ExampleAddress),
	}, c.err()
}

// CoinInfoFromProto reads what is fixed for a coin.
func CoinInfoFromProto(m *pb.CoinInfo) (coins.CoinInfo, error) {
	c := checker{message: "CoinInfo"}
	if m == nil {
		c.failf("coin", "is missing")
		return coins.CoinInfo{}, c.err()
	}
	if m.BlockTimeNs > math.MaxInt64 {
		c.failf("block_time_ns", "%d is above the limit", m.BlockTimeNs)
	}
	if m.Decimals > math.MaxUint8 {
		c.failf("decimals", "%d is above the limit", m.Decimals)
	}
	i := coins.CoinInfo{
		Symbol: m.Symbol, Name: m.Name, Network: m.Network, Algorithm: m.Algorithm,
		BlockTime: time.Duration(m.BlockTimeNs), Maturity: m.Maturity,
		Decimals: uint8(m.Decimals), VersionMask: m.VersionMask,
		ChainID: m.AuxChainId, HasChainID: m.HasAuxChainId, HashParam: c.size("hash_param_bytes", m.HashParamBytes),
		ExampleAddress: m.ExampleAddress,
	}
	c.array("difficulty_one", i.DifficultyOne[:], m.DifficultyOne)
	c.name("symbol", i.Symbol)
	c.name("name", i.Name)
	c.name("network", i.Network)
	c.name("algorithm", i.Algorithm)
	c.name("example_address", i.ExampleAddress)
	return i, c.err()
}

// SettingsToProto is the request of Open.
func SettingsToProto(s coins.Settings) *pb.OpenRequest {
	return &pb.OpenRequest{Instance: text(s.Instance), Network: text(s.Network), SettingsJson: s.JSON, HostMinor: pb.Minor}
}

// SettingsFromProto reads the request of Open.
func SettingsFromProto(m *pb.OpenRequest) coins.Settings {
	return coins.Settings{Instance: m.GetInstance(), Network: m.GetNetwork(), JSON: orNil(m.GetSettingsJson())}
}

// ProblemsToProto converts what is wrong with settings.
func ProblemsToProto(list coins.Problems) []*pb.Problem {
	var out []*pb.Problem
	for _, p := range list {
		out = append(out, &pb.Problem{Path: text(p.Path), Message: text(p.Message)})
	}
	return out
}

// ProblemsFromProto reads what is wrong with settings.
func ProblemsFromProto(list []*pb.Problem) coins.Problems {
	var out coins.Problems
	for _, p := range list {
		out = append(out, coins.Problem{Path: cut(p.GetPath()), Message: cut(p.GetMessage())})
	}
	return out
}
