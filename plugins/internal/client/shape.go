package client

import (
	"github.com/motherlode-pool/motherlode/coins"
	pb "github.com/motherlode-pool/motherlode/plugins/proto/coinv1"
)

// Powers are found by assertion, so a coin must be of a type that has those
// which its driver announces and none besides: one type per combination.
type (
	coinP struct {
		*base
		parent
	}
	coinA struct {
		*base
		aux
	}
	coinH struct {
		*base
		hasher
	}
	coinPA struct {
		*base
		parent
		aux
	}
	coinPH struct {
		*base
		parent
		hasher
	}
	coinAH struct {
		*base
		aux
		hasher
	}
	coinPAH struct {
		*base
		parent
		aux
		hasher
	}
)

var (
	_ coins.Parent = coinPAH{}
	_ coins.Aux    = coinPAH{}
	_ coins.Hasher = coinPAH{}
)

// shape gives b the powers that info announces.
func shape(b *base, info coins.Info) coins.Coin {
	p := parent{b: b}
	a := aux{b: b, rpc: pb.NewAuxClient(b.link)}
	h := hasher{b: b, rpc: pb.NewHasherClient(b.link)}
	powers := [3]bool{info.Has(coins.RoleParent), info.Has(coins.RoleAux), info.Has(coins.RoleHasher)}
	switch powers {
	case [3]bool{true, false, false}:
		return coinP{b, p}
	case [3]bool{false, true, false}:
		return coinA{b, a}
	case [3]bool{false, false, true}:
		return coinH{b, h}
	case [3]bool{true, true, false}:
		return coinPA{b, p, a}
	case [3]bool{true, false, true}:
		return coinPH{b, p, h}
	case [3]bool{false, true, true}:
		return coinAH{b, a, h}
	case [3]bool{true, true, true}:
		return coinPAH{b, p, a, h}
	}
	return b
}
