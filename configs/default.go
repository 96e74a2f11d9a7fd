package configs

import "time"

// MaxTag is the longest pool tag in bytes that fits into a coinbase script of
// 100 bytes beside the height, the merged-mining commitment, the job id and the
// extranonce.
const MaxTag = 28

// Default is a configuration with every default and neither coins nor pools.
func Default() Config {
	return Config{
		DataDir:  "data",
		Log:      Log{Level: "info"},
		HTTP:     HTTP{Listen: "127.0.0.1:8080"},
		ShareLog: ShareLog{Sync: "os"},
		Coins:    map[string]Coin{},
		Pools:    map[string]Pool{},
		Notices:  DefaultNotices(),
	}
}

// DefaultPool is a pool with every default and neither parent nor listener.
func DefaultPool() Pool {
	return Pool{
		Reward:      "solo",
		Payout:      "pool",
		Tag:         "/motherlode/",
		StaleAfter:  Duration(2 * time.Minute),
		StaleGrace:  Duration(2 * time.Second),
		Refresh:     Duration(30 * time.Second),
		AuxCoalesce: Duration(time.Second),
		ResumeFor:   Duration(10 * time.Minute),
		Limits:      DefaultLimits(),
		Extranonce2: 8,
		MaxMiners:   65_536,
		PPLNSWindow: 2,
	}
}

// DefaultListen is a listener with every default and no address. The numbers of
// its difficulty come from the profile, when the algorithm is known.
func DefaultListen() Listen { return Listen{Profile: "normal", Ladder: DefaultLadder()} }

// DefaultAux is an auxiliary chain of a pool with every default.
func DefaultAux() Aux { return Aux{Cap: true} }
