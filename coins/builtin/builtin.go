package builtin

import (
	"github.com/motherlode-pool/motherlode/coins"
	"github.com/motherlode-pool/motherlode/coins/bitcoin"
	"github.com/motherlode-pool/motherlode/coins/bitcoincash"
	"github.com/motherlode-pool/motherlode/coins/bitcoinlike"
	"github.com/motherlode-pool/motherlode/coins/digibyte"
	"github.com/motherlode-pool/motherlode/coins/litecoin"
	"github.com/motherlode-pool/motherlode/coins/namecoin"
	"github.com/motherlode-pool/motherlode/coins/rsk"
	"github.com/motherlode-pool/motherlode/coins/tari"
)

// Drivers returns a new driver of every built-in coin, in the order in which
// help texts list them. They log to slog's default.
func Drivers() []coins.Driver {
	return []coins.Driver{
		bitcoin.New(nil),
		bitcoincash.New(nil),
		litecoin.New(nil),
		digibyte.New(nil),
		bitcoinlike.New(nil),
		namecoin.New(nil),
		namecoin.NewDogecoin(nil),
		namecoin.NewSyscoin(nil),
		namecoin.NewElastos(nil),
		namecoin.NewGeneric(nil),
		rsk.New(nil),
		tari.New(nil),
	}
}

// Lookup returns a new driver by its name.
func Lookup(name string) (coins.Driver, bool) {
	for _, d := range Drivers() {
		if d.Describe().Driver == name {
			return d, true
		}
	}
	return nil, false
}
