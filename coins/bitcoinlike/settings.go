package bitcoinlike

import (
	"time"

	"github.com/motherlode-pool/motherlode/coins"
	"github.com/motherlode-pool/motherlode/coins/internal/nodes"
	"github.com/motherlode-pool/motherlode/coins/internal/settings"
	"github.com/motherlode-pool/motherlode/coins/internal/wallet"
)

// described are the settings, which describe a chain.
type described struct {
	nodes.Settings
	wallet.Paying
	Symbol        string            `json:"symbol" required:"true" doc:"the coin's ticker, like BTC"`
	Name          string            `json:"name" doc:"the coin's name; by default its symbol"`
	Algorithm     string            `json:"algorithm" doc:"proof of work: sha256d or scrypt"`
	DifficultyOne string            `json:"difficulty_one" doc:"target of difficulty 1, 64 hex digits; by default what miners of the algorithm count with"`
	BlockTime     settings.Duration `json:"block_time" doc:"expected time between blocks"`
	Maturity      uint32            `json:"maturity" doc:"confirmations after which a block reward may be spent"`
	Decimals      uint8             `json:"decimals" doc:"digits behind the decimal point of an amount"`
	Genesis       string            `json:"genesis" doc:"hash of the first block, by which a node of another chain is refused; empty for no check"`

	P2PKH    []int64 `json:"p2pkh" doc:"version bytes of base58 addresses of keys; the first is the one that is shown"`
	P2SH     []int64 `json:"p2sh" doc:"version bytes of base58 addresses of scripts; the first is the one that is shown"`
	HRP      string  `json:"hrp" doc:"prefix of bech32 addresses, without the 1; empty where there are none"`
	CashAddr string  `json:"cashaddr" doc:"prefix of CashAddr addresses, without the colon; empty where there are none"`
	Magic    string  `json:"message_magic" doc:"what the coin's wallets put before a message that they sign; by default the name, followed by Signed Message:"`

	Segwit      bool     `json:"segwit" doc:"the chain has witness data; where templates name their rules, these decide when it is active"`
	MWEB        bool     `json:"mweb" doc:"blocks end with an MWEB block once the rule mweb is active, as Litecoin's do"`
	Rules       []string `json:"rules" doc:"rules that a request for a template names; by default segwit and mweb where the chain has them"`
	VersionMask uint32   `json:"version_mask" doc:"version bits that miners may roll; 0 for none"`

	Outputs         []output `json:"outputs" doc:"outputs that the coinbase must have, as the template names them"`
	CoinbaseVersion uint32   `json:"coinbase_version" doc:"transaction version of the coinbase"`
	Payload         string   `json:"coinbase_payload" doc:"member of the template whose bytes follow the coinbase's lock time, like coinbase_payload; empty for none"`
	PayloadVersion  uint32   `json:"coinbase_payload_version" doc:"transaction version, with the type in its upper half, of a coinbase with a payload"`
}

// output is where the template names outputs that the coinbase must have.
type output struct {
	Field    string `json:"field" doc:"path of a table, or of a list of tables, in the template, like coinbasetxn.minerfund; empty for the template itself"`
	Value    string `json:"value" doc:"path within it of the amount in base units; empty where field is the amount"`
	Script   string `json:"script" doc:"path within it of the output script in hex"`
	Address  string `json:"address" doc:"path within it of the address, where there is no script"`
	To       string `json:"to" doc:"the address that is paid, where the template names neither"`
	OnTop    bool   `json:"on_top" doc:"coinbasevalue does not contain the amount"`
	Optional bool   `json:"optional" doc:"a template without it asks for nothing"`
}

// Defaults that are not those of the family.
const (
	versionMask    = 0x1fffe000 // what BIP320 leaves to miners
	payloadVersion = 5<<16 | 3  // Dash's coinbase
)

// defaults are the settings of an operator who gives none.
func defaults() *described {
	return &described{
		Settings:        nodes.DefaultSettings(),
		Algorithm:       "sha256d",
		BlockTime:       settings.Duration(10 * time.Minute),
		Maturity:        100,
		Decimals:        8,
		Segwit:          true,
		VersionMask:     versionMask,
		CoinbaseVersion: 2,
		PayloadVersion:  payloadVersion,
	}
}

// decode reads settings; what is wrong with them is added to problems.
func decode(text []byte, problems *coins.Problems) *described {
	d := defaults()
	*problems = append(*problems, settings.Decode(text, d)...)
	d.Settings.Check(problems)
	d.CheckWallet(problems)
	return d
}
