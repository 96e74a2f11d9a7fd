package client

import (
	"github.com/motherlode-pool/motherlode/coins"
	pb "github.com/motherlode-pool/motherlode/plugins/proto/coinv1"
)

// The powers, as bits.
const (
	hasParent = 1 << iota
	hasAux
	hasHasher
	hasWallet
	hasVerifier
)

// powersOf are those that a driver announces.
func powersOf(info coins.Info) (powers int) {
	for bit, role := range map[int]coins.Role{
		hasParent: coins.RoleParent, hasAux: coins.RoleAux, hasHasher: coins.RoleHasher, hasWallet: coins.RoleWallet, hasVerifier: coins.RoleMessageVerifier,
	} {
		if info.Has(role) {
			powers |= bit
		}
	}
	return powers
}

// shape gives b the powers that info announces.
func shape(b *base, info coins.Info) coins.Coin {
	p := parent{b: b}
	a := aux{b: b, rpc: pb.NewAuxClient(b.link)}
	h := hasher{b: b, rpc: pb.NewHasherClient(b.link)}
	w := wallet{b: b, rpc: pb.NewWalletClient(b.link)}
	v := verifier{b: b, rpc: pb.NewMessageVerifierClient(b.link)}
	switch powersOf(info) {
	case hasParent:
		return coinP{b, p}
	case hasAux:
		return coinA{b, a}
	case hasHasher:
		return coinH{b, h}
	case hasWallet:
		return coinW{b, w}
	case hasVerifier:
		return coinV{b, v}
	case hasParent | hasAux:
		return coinPA{b, p, a}
	case hasParent | hasHasher:
		return coinPH{b, p, h}
	case hasParent | hasWallet:
		return coinPW{b, p, w}
	case hasParent | hasVerifier:
		return coinPV{b, p, v}
	case hasAux | hasHasher:
		return coinAH{b, a, h}
	case hasAux | hasWallet:
		return coinAW{b, a, w}
	case hasAux | hasVerifier:
		return coinAV{b, a, v}
	case hasHasher | hasWallet:
		return coinHW{b, h, w}
	case hasHasher | hasVerifier:
		return coinHV{b, h, v}
	case hasWallet | hasVerifier:
		return coinWV{b, w, v}
	case hasParent | hasAux | hasHasher:
		return coinPAH{b, p, a, h}
	case hasParent | hasAux | hasWallet:
		return coinPAW{b, p, a, w}
	case hasParent | hasAux | hasVerifier:
		return coinPAV{b, p, a, v}
	case hasParent | hasHasher | hasWallet:
		return coinPHW{b, p, h, w}
	case hasParent | hasHasher | hasVerifier:
		return coinPHV{b, p, h, v}
	case hasParent | hasWallet | hasVerifier:
		return coinPWV{b, p, w, v}
	case hasAux | hasHasher | hasWallet:
		return coinAHW{b, a, h, w}
	case hasAux | hasHasher | hasVerifier:
		return coinAHV{b, a, h, v}
	case hasAux | hasWallet | hasVerifier:
		return coinAWV{b, a, w, v}
	case hasHasher | hasWallet | hasVerifier:
		return coinHWV{b, h, w, v}
	case hasParent | hasAux | hasHasher | hasWallet:
		return coinPAHW{b, p, a, h, w}
	case hasParent | hasAux | hasHasher | hasVerifier:
		return coinPAHV{b, p, a, h, v}
	case hasParent | hasAux | hasWallet | hasVerifier:
		return coinPAWV{b, p, a, w, v}
	case hasParent | hasHasher | hasWallet | hasVerifier:
		return coinPHWV{b, p, h, w, v}
	case hasAux | hasHasher | hasWallet | hasVerifier:
		return coinAHWV{b, a, h, w, v}
	case hasParent | hasAux | hasHasher | hasWallet | hasVerifier:
		return coinPAHWV{b, p, a, h, w, v}
	}
	return b
}
