package personality

import "time"

const (
	cgWhere  = "ckolivas/cgminer v4.11.1-98-gb8491c66, "
	bmWhere  = "bitmaintech/bmminer-mix 7aebcf2, "
	datum    = "OCEAN-xyz/datum_gateway v0.4.1beta-92, "
	anyMask  = "ffffffff"
	realMask = "1fffe000"
)

// CGMiner is ckolivas' cgminer, the ancestor of most firmware.
func CGMiner() Traits {
	return Traits{
		Name: "cgminer", Agent: "cgminer/4.11.1",
		Sources: []Claim{
			{"subscribe, then authorize, each awaited; notifications in between are obeyed", Source, cgWhere + "util.c initiate_stratum, auth_stratum"},
			{"until the authorize reply, a method that it does not know is taken for the reply", Source, cgWhere + "util.c auth_stratum"},
			{"ids begin with 0 and go on counting over all connections", Source, cgWhere + "swork_id"},
			{"extranonce2 below 2 bytes is refused; above 8 bytes it mines but never submits a share", Source, cgWhere + "util.c initiate_stratum, cgminer.c stratum_sthread"},
			{"two set_difficulty before one job are for this job and the next: the second is not used at once", Source, cgWhere + "util.c parse_diff, parse_notify"},
			{"a difficulty of zero or below is none", Source, cgWhere + "util.c parse_diff"},
			{"90 s without a byte, or a line that takes 60 s, ends the connection", Source, cgWhere + "cgminer.c stratum_rthread, util.c recv_line"},
			{"a submission has a buffer of 1,024 bytes", Source, cgWhere + "cgminer.c stratum_sthread"},
			{"mining.ping is answered with the result pong", Source, cgWhere + "util.c send_pong"},
			{"client.reconnect is obeyed without a host, or with one of the same domain", Source, cgWhere + "util.c parse_reconnect"},
			{"a lost connection is taken up at once with the old session id, then every 5 s", Source, cgWhere + "cgminer.c stratum_rthread"},
		},
		request:    `{"id": %[1]d, "method": "%[2]s", "params": %[3]s}`,
		submission: `{"params": %[3]s, "id": %[1]d, "method": "%[2]s"}`,
		steps:      []step{subscribe(afterMethods, time.Minute), authorize(afterMethods, time.Minute)},
		resume:     true, requestMax: 1023,

		silence: 90 * time.Second, lineTime: time.Minute,
		methods: usual("mining.ping", "mining.set_version_mask"),
		n2min:   2, n2max: 8,
		params:  8,
		stacked: true, defaultDif: 1,
		retryDial: 5 * time.Second, retryLogin: 5 * time.Second,
	}
}

// Antminer is Bitmain's stock firmware up to the S19: cgminer's state machine with
// Bitmain's additions. Only that of the S9 was ever published.
func Antminer() Traits {
	t := CGMiner()
	t.Name, t.Agent = "antminer", "Antminer S19/1.0"
	t.Sources = append([]Claim{
		{"all of cgminer's", Source, bmWhere + "cgminer.c, util.c"},
		{"mining.configure first, with a mask and min-bit-count as a number", Hearsay, "public pools' logs; not in the published source"},
		{"mining.extranonce.subscribe between subscribe and authorize for addresses with #xnsub; 2 s without a reply are borne, a refusal is not", Source, bmWhere + "util.c subscribe_extranonce, cgminer.c"},
		{"mining.multi_version after authorize; nobody looks for the reply", Source, bmWhere + "util.c auth_stratum"},
		{"a coinbase of 750 bytes at most", Hearsay, datum + "src/datum_coinbaser.c (about 730 for the S19)"},
	}, t.Sources...)
	t.steps = []step{
		configure(afterMethods, time.Minute, map[string]any{"version-rolling.mask": realMask, "version-rolling.min-bit-count": 2}),
		subscribe(afterMethods, time.Minute),
		{method: "mining.extranonce.subscribe", wait: afterMethods, within: 2 * time.Second, bearable: true},
		authorize(afterMethods, time.Minute),
	}
	t.admitted = []step{{method: "mining.multi_version", params: params(4), wait: never}}
	t.methods = usual("mining.ping", "mining.set_version_mask", "mining.set_extranonce")
	t.extranonceMust, t.sixth, t.coinbaseMax = true, whenGranted, 750
	return t
}

// AntminerS21 is Bitmain's firmware of the S21.
func AntminerS21() Traits {
	t := Antminer()
	t.Name, t.Agent = "antminer-s21", "Antminer S21/1.0"
	t.Sources = append([]Claim{
		{"a coinbase of 2,250 bytes at most", Hearsay, datum + "src/datum_stratum.c, datum_coinbaser.c"},
		{"one firmware of the S21+ drops a connection where mining.set_version_mask comes before the authorize reply", Hearsay, "OCEAN-xyz/datum_gateway pull request 104"},
	}, t.Sources...)
	t.coinbaseMax, t.maskOnlyWhenAdmitted = 2250, true
	return t
}

// Whatsminer is MicroBT's firmware, which is closed; cgminer's family by what it
// says and bears.
func Whatsminer() Traits {
	t := CGMiner()
	t.Name, t.Agent = "whatsminer", "whatsminer/v1.0"
	t.Sources = []Claim{
		{"cgminer's handshake, times and limits", Hearsay, "stratum-mining/stratum issue 1861 supposes cgminer inside"},
		{"mining.configure with a mask and no min-bit-count", Hearsay, "seen by public pools"},
		{"extranonce2 of 8 bytes at most", Hearsay, "stratum-mining/stratum issue 1861"},
		{"user names above 127 bytes overflow a buffer; here they are cut", Hearsay, datum + "doc/usernames.md"},
		{"a coinbase of 6,500 bytes at most", Hearsay, datum + "src/datum_coinbaser.c (tested that far)"},
	}
	t.steps = append([]step{configure(afterMethods, time.Minute, map[string]any{"version-rolling.mask": anyMask})}, t.steps...)
	t.sixth, t.coinbaseMax, t.userCut = whenGranted, 6500, 127
	return t
}

// Avalon is Canaan's cgminer with its controller of the series 7 and 8.
func Avalon() Traits {
	const where = "Canaan-Creative/cgminer b8491c66, "
	t := CGMiner()
	t.Name, t.Agent = "avalon", "cgminer/4.11.1"
	t.Sources = append([]Claim{
		{"all of cgminer's", Source, where + "util.c, cgminer.c"},
		{"mining.configure first; the line after it must be the reply", Source, where + "util.c configure_stratum_mining (USE_VMASK)"},
		{"without version rolling and a mask that is not zero it does not subscribe", Source, where + "util.c configure_stratum_mining"},
		{"extranonce2 of at least 3 bytes", Source, where + "driver-avalon7.c, driver-avalon8.c sswork_update"},
		{"a merkle branch of at most 30 steps", Source, where + "driver-avalon8.h AVA8_P_MERKLES_COUNT"},
		{"6,144 bytes of coinbase from the 64-byte block on in which extranonce2 begins", Source, where + "driver-avalon8.c AVA8_P_COINBASE_SIZE"},
		{"user names are cut at 63 bytes", Hearsay, datum + "doc/usernames.md"},
	}, t.Sources...)
	t.steps = append([]step{configure(nextLine, time.Minute, map[string]any{"version-rolling.mask": anyMask})}, t.steps...)
	t.rolling, t.sixth, t.n2min, t.branchMax, t.coinbaseTail, t.userCut = true, whenGranted, 3, 30, 6144, 63
	return t
}
