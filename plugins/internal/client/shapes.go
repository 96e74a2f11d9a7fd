package client

import "github.com/motherlode-pool/motherlode/coins"

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
	coinW struct {
		*base
		wallet
	}
	coinV struct {
		*base
		verifier
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
	coinPW struct {
		*base
		parent
		wallet
	}
	coinPV struct {
		*base
		parent
		verifier
	}
	coinAH struct {
		*base
		aux
		hasher
	}
	coinAW struct {
		*base
		aux
		wallet
	}
	coinAV struct {
		*base
		aux
		verifier
	}
	coinHW struct {
		*base
		hasher
		wallet
	}
	coinHV struct {
		*base
		hasher
		verifier
	}
	coinWV struct {
		*base
		wallet
		verifier
	}
	coinPAH struct {
		*base
		parent
		aux
		hasher
	}
	coinPAW struct {
		*base
		parent
		aux
		wallet
	}
	coinPAV struct {
		*base
		parent
		aux
		verifier
	}
	coinPHW struct {
		*base
		parent
		hasher
		wallet
	}
	coinPHV struct {
		*base
		parent
		hasher
		verifier
	}
	coinPWV struct {
		*base
		parent
		wallet
		verifier
	}
	coinAHW struct {
		*base
		aux
		hasher
		wallet
	}
	coinAHV struct {
		*base
		aux
		hasher
		verifier
	}
	coinAWV struct {
		*base
		aux
		wallet
		verifier
	}
	coinHWV struct {
		*base
		hasher
		wallet
		verifier
	}
	coinPAHW struct {
		*base
		parent
		aux
		hasher
		wallet
	}
	coinPAHV struct {
		*base
		parent
		aux
		hasher
		verifier
	}
	coinPAWV struct {
		*base
		parent
		aux
		wallet
		verifier
	}
	coinPHWV struct {
		*base
		parent
		hasher
		wallet
		verifier
	}
	coinAHWV struct {
		*base
		aux
		hasher
		wallet
		verifier
	}
	coinPAHWV struct {
		*base
		parent
		aux
		hasher
		wallet
		verifier
	}
)

var (
	_ coins.Parent          = coinPAHWV{}
	_ coins.Aux             = coinPAHWV{}
	_ coins.Hasher          = coinPAHWV{}
	_ coins.Wallet          = coinPAHWV{}
	_ coins.MessageVerifier = coinPAHWV{}
)
