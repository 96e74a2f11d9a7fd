package address

// Network is what tells one network's addresses from another's.
type Network struct {
	Coin     string // "Bitcoin"
	Name     string // "main"
	P2PKH    byte   // version byte of base58 addresses of keys
	NoP2PKH  bool   // there are none, whatever P2PKH is
	OldP2PKH []byte // further version bytes that are read and not written
	P2SH     []byte // version bytes; the first is the one that is written
	HRP      string // bech32 prefix without the 1; empty where there is none
	MWEB     string // prefix of MWEB addresses; empty where there are none
	CashAddr string // CashAddr prefix without the colon; empty where there is none

	// CashTokens says that the network knows CashTokens (Bitcoin Cash from May
	// 2023): addresses for wallets that do, and scripts of 32-byte hashes,
	// which anyone could spend elsewhere.
	CashTokens bool

	// Borrowed says that the base58 form is that of another coin, after which a
	// refusal does not name this one.
	Borrowed bool
}

// String is the network's name for people.
func (n Network) String() string { return n.Coin + " " + n.Name }

// The networks, from the chain parameters of Bitcoin Core, btcd, Litecoin Core,
// Namecoin Core, Dogecoin Core, Bitcoin Cash Node, DigiByte Core, Syscoin Core and
// Elastos.ELA. Where two
// share prefixes (test and signet) an address is good on both; so are base58
// addresses of Bitcoin and Bitcoin Cash, and of Dogecoin and DigiByte.
var (
	BitcoinMain    = Network{Coin: "Bitcoin", Name: "main", P2PKH: 0x00, P2SH: []byte{0x05}, HRP: "bc"}
	BitcoinTest    = Network{Coin: "Bitcoin", Name: "test", P2PKH: 0x6f, P2SH: []byte{0xc4}, HRP: "tb"}
	BitcoinSignet  = Network{Coin: "Bitcoin", Name: "signet", P2PKH: 0x6f, P2SH: []byte{0xc4}, HRP: "tb"}
	BitcoinRegtest = Network{Coin: "Bitcoin", Name: "regtest", P2PKH: 0x6f, P2SH: []byte{0xc4}, HRP: "bcrt"}
	BitcoinSimnet  = Network{Coin: "Bitcoin", Name: "simnet", P2PKH: 0x3f, P2SH: []byte{0x7b}, HRP: "sb"}

	LitecoinMain    = Network{Coin: "Litecoin", Name: "main", P2PKH: 0x30, P2SH: []byte{0x32, 0x05}, HRP: "ltc", MWEB: "ltcmweb"}
	LitecoinTest    = Network{Coin: "Litecoin", Name: "test", P2PKH: 0x6f, P2SH: []byte{0x3a, 0xc4}, HRP: "tltc", MWEB: "tmweb"}
	LitecoinRegtest = Network{Coin: "Litecoin", Name: "regtest", P2PKH: 0x6f, P2SH: []byte{0x3a, 0xc4}, HRP: "rltc", MWEB: "tmweb"}

	NamecoinMain    = Network{Coin: "Namecoin", Name: "main", P2PKH: 0x34, P2SH: []byte{0x0d}, HRP: "nc"}
	NamecoinTest    = Network{Coin: "Namecoin", Name: "test", P2PKH: 0x6f, P2SH: []byte{0xc4}, HRP: "tn"}
	NamecoinRegtest = Network{Coin: "Namecoin", Name: "regtest", P2PKH: 0x6f, P2SH: []byte{0xc4}, HRP: "ncrt"}

	DogecoinMain    = Network{Coin: "Dogecoin", Name: "main", P2PKH: 0x1e, P2SH: []byte{0x16}}
	DogecoinTest    = Network{Coin: "Dogecoin", Name: "test", P2PKH: 0x71, P2SH: []byte{0xc4}}
	DogecoinRegtest = Network{Coin: "Dogecoin", Name: "regtest", P2PKH: 0x6f, P2SH: []byte{0xc4}}

	// All test networks of Bitcoin Cash but regtest share one prefix.
	BitcoinCashMain    = Network{Coin: "Bitcoin Cash", Name: "main", P2PKH: 0x00, P2SH: []byte{0x05}, CashAddr: "bitcoincash", CashTokens: true, Borrowed: true}
	BitcoinCashTest    = Network{Coin: "Bitcoin Cash", Name: "test", P2PKH: 0x6f, P2SH: []byte{0xc4}, CashAddr: "bchtest", CashTokens: true, Borrowed: true}
	BitcoinCashRegtest = Network{Coin: "Bitcoin Cash", Name: "regtest", P2PKH: 0x6f, P2SH: []byte{0xc4}, CashAddr: "bchreg", CashTokens: true, Borrowed: true}

	// The test networks of Syscoin share their prefixes with Bitcoin's, and its
	// scripts' addresses look like Bitcoin's everywhere.
	SyscoinMain    = Network{Coin: "Syscoin", Name: "main", P2PKH: 0x3f, P2SH: []byte{0x05}, HRP: "sys", Borrowed: true}
	SyscoinTest    = Network{Coin: "Syscoin", Name: "test", P2PKH: 0x41, P2SH: []byte{0xc4}, HRP: "tsys", Borrowed: true}
	SyscoinRegtest = Network{Coin: "Syscoin", Name: "regtest", P2PKH: 0x6f, P2SH: []byte{0xc4}, HRP: "bcrt", Borrowed: true}

	// All networks of Elastos share their addresses: of a key, and of several.
	ElastosMain    = Network{Coin: "Elastos", Name: "main", P2PKH: 0x21, P2SH: []byte{0x12}}
	ElastosTest    = Network{Coin: "Elastos", Name: "test", P2PKH: 0x21, P2SH: []byte{0x12}}
	ElastosRegtest = Network{Coin: "Elastos", Name: "regtest", P2PKH: 0x21, P2SH: []byte{0x12}}

	DigiByteMain    = Network{Coin: "DigiByte", Name: "main", P2PKH: 0x1e, P2SH: []byte{0x3f}, HRP: "dgb"}
	DigiByteTest    = Network{Coin: "DigiByte", Name: "test", P2PKH: 0x7e, P2SH: []byte{0x8c}, HRP: "dgbt"}
	DigiByteRegtest = Network{Coin: "DigiByte", Name: "regtest", P2PKH: 0x7e, P2SH: []byte{0x8c}, HRP: "dgbrt"}
)

// known are the networks that a refusal can name.
var known = []Network{
	BitcoinMain, BitcoinTest, BitcoinSignet, BitcoinRegtest, BitcoinSimnet,
	LitecoinMain, LitecoinTest, LitecoinRegtest,
	NamecoinMain, NamecoinTest, NamecoinRegtest,
	DogecoinMain, DogecoinTest, DogecoinRegtest,
	BitcoinCashMain, BitcoinCashTest, BitcoinCashRegtest,
	DigiByteMain, DigiByteTest, DigiByteRegtest,
	SyscoinMain, SyscoinTest, ElastosMain,
}
