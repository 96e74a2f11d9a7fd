package personality

import "time"

// NiceHash is the marketplace's side that faces a pool, and its checker; both are
// closed.
func NiceHash() Traits {
	t := CGMiner()
	t.Name, t.Agent = "nicehash", "NiceHash/1.0.0"
	t.Sources = []Claim{
		{"the agent is NiceHash/1.0.0", Documented, "logs in oliverw/miningcore issue 1175 and TheBlueMatt/mining-proxy issue 24"},
		{"the first job's difficulty is at least 500,000 for SHA256AsicBoost", Documented, "its checker says «Pool difficulty too low (provided=..., minimum=...)»; 500,000 in HathorNetwork issue 63, 524,288 in " + datum + "src/datum_stratum.c"},
		{"extranonce2 of at least 4 bytes", Documented, "its checker: «Extranonce2 size is 3 (minimum is 4)», Stratehm/stratum-proxy issue 63"},
		{"replies have the member error", Hearsay, "a note in oliverw/miningcore"},
		{"a coinbase of 500 bytes at most", Hearsay, datum + "src/datum_coinbaser.c"},
		{"subscribe before authorize, then extranonce.subscribe, which may not be refused", Hearsay, "its checker's steps as quoted in Stratehm/stratum-proxy issue 63; the last is its own extension"},
		{"cgminer's times", Hearsay, "nothing is known; cgminer's are taken"},
	}
	t.firstID = 1
	t.steps = []step{
		configure(afterMethods, time.Minute, map[string]any{"version-rolling.mask": realMask, "version-rolling.min-bit-count": 2}),
		subscribe(afterMethods, time.Minute), authorize(afterMethods, time.Minute),
	}
	t.admitted = []step{{method: "mining.extranonce.subscribe"}}
	t.methods = usual("mining.ping", "mining.set_version_mask", "mining.set_extranonce")
	t.errorKey, t.extranonceMust, t.stacked, t.resume = true, true, false, false
	t.sixth, t.n2min, t.coinbaseMax, t.diffMin = whenGranted, 4, 500, 500_000
	return t
}

// MiningRigRentals is a rented rig behind that site's proxy: the renter has
// nothing but the password to ask for a difficulty, and the site has a band in
// which it wants it.
func MiningRigRentals() Traits {
	t := CGMiner()
	t.Name = "miningrigrentals"
	t.Sources = []Claim{
		{"the difficulty is asked for in the password, d=N, and nowhere else", Documented, "OCEAN-xyz/datum_gateway pull request 234"},
		{"mining.multi_version after authorize; an unknown method must not end the connection", Hearsay, "oliverw/miningcore issue 192"},
		{"a difficulty outside the rig's band is warned of: 76,294 to 458,000 for the one that is quoted", Documented, "the site's text in oliverw/miningcore issue 192"},
		{"the rig is cgminer's kind, and has its times", Hearsay, "oliverw/miningcore issue 192: a rented ASIC that sends multi_version"},
		{"8 to 15 shares a minute are wanted; not simulated", Hearsay, "renters' advice"},
	}
	t.firstID = 1
	t.admitted = []step{{method: "mining.multi_version", params: params(1), wait: never}}
	t.diffMin, t.diffMax = 76_294, 458_000
	return t
}
