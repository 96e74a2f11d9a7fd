package bitcoin

import (
	"testing"

	"github.com/btcsuite/btcd/chaincfg/v2"

	"github.com/motherlode-pool/motherlode/coins"
	"github.com/motherlode-pool/motherlode/coins/internal/gbt"
)

// The hashes, prefixes and maturity of btcd's chain parameters, an independent
// table, must be ours.
func TestNetworksAgreeWithBTCDsParameters(t *testing.T) {
	for name, want := range map[string]*chaincfg.Params{
		"main":    &chaincfg.MainNetParams,
		"test":    &chaincfg.TestNet3Params,
		"signet":  &chaincfg.SigNetParams,
		"regtest": &chaincfg.RegressionNetParams,
		"simnet":  &chaincfg.SimNetParams,
	} {
		t.Run(name, func(t *testing.T) {
			for _, n := range networks() {
				if n.Name != name {
					continue
				}
				if name == "regtest" {
					if len(n.Genesis) != 0 {
						t.Error("a regtest chain may start with any block")
					}
				} else if got := n.Genesis[0]; got != coins.Hash(*want.GenesisHash) {
					t.Errorf("genesis: got %s, want %s", got, want.GenesisHash)
				}
				a := n.Address
				if a.P2PKH != want.PubKeyHashAddrID || a.P2SH[0] != want.ScriptHashAddrID || a.HRP != want.Bech32HRPSegwit {
					t.Errorf("prefixes: got %02x %02x %s, want %02x %02x %s", a.P2PKH, a.P2SH[0], a.HRP,
						want.PubKeyHashAddrID, want.ScriptHashAddrID, want.Bech32HRPSegwit)
				}
				return
			}
			t.Error("network is missing")
		})
	}
	if got, want := New(nil).Describe().Coin.Maturity, uint32(chaincfg.MainNetParams.CoinbaseMaturity); got != want {
		t.Errorf("maturity: got %d, want %d", got, want)
	}
}

// An empty template goes ahead of the full one only where bits and subsidy are
// certain; the numbers are btcd's.
func TestSchedule(t *testing.T) {
	p := &chaincfg.MainNetParams
	for _, n := range networks() {
		want := gbt.Schedule{}
		if n.Name == "main" {
			want = gbt.Schedule{
				Subsidy:  uint64(p.GenesisBlock.Transactions[0].TxOut[0].Value),
				Halving:  uint64(p.SubsidyReductionInterval),
				Retarget: uint64(p.TargetTimespan / p.TargetTimePerBlock),
			}
		}
		if n.Schedule != want {
			t.Errorf("%s: got %+v, want %+v", n.Name, n.Schedule, want)
		}
	}
}

func TestDescribe(t *testing.T) {
	info := New(nil).Describe()
	if info.Driver != "bitcoin" || !info.Has(coins.RoleParent) || info.Has(coins.RoleAux) {
		t.Errorf("got %+v, want the bitcoin driver, a parent and no aux", info)
	}
	if info.Networks[0] != "main" || len(info.Networks) != 5 {
		t.Errorf("networks: got %v, want five, main first", info.Networks)
	}
	c := info.Coin
	if c.Symbol != "BTC" || c.Algorithm != "sha256d" || c.VersionMask != 0x1fffe000 || c.Decimals != 8 {
		t.Errorf("coin: got %+v", c)
	}
	if c.DifficultyOne != [32]byte{4: 0xff, 5: 0xff} {
		t.Errorf("difficulty one: got %x, want 0xffff * 2^208", c.DifficultyOne)
	}
}
