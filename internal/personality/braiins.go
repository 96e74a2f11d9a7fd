package personality

// Braiins is Braiins OS, by the protocol crate that Braiins published; the
// firmware that uses it is closed.
func Braiins() Traits {
	const where = "braiins/braiins-open, protocols/stratum/src/v1/"
	return Traits{
		Name: "braiins", Agent: "bosminer-plus-tuner 0.2.0",
		Sources: []Claim{
			{"subscribe has 4 parameters: agent, null, host:port, null", Source, where + "messages.rs Subscribe"},
			{"works only with version rolling", Documented, "braiins/braiins issue 76, a developer's answer"},
			{"min-bit-count is a number", Source, where + "messages.rs VersionRolling"},
			{"a method that it does not know is no message: client.show_message, client.get_version", Source, where + "rpc.rs Method"},
			{"replies have a whole number for id", Source, where + "rpc.rs Response"},
			{"an error is [number, text, text or null]", Source, where + "rpc.rs StratumError"},
			{"subscriptions are pairs of texts", Source, where + "messages.rs SubscribeResult"},
			{"set_difficulty and set_version_mask have exactly 1 parameter, notify exactly 9", Source, where + "messages.rs"},
			{"job ids are bytes in hexadecimal", Source, where + "messages.rs JobId"},
			{"submissions always have 6 parameters", Source, where + "messages.rs Submit"},
			{"a coinbase of 2,250 bytes at most", Hearsay, datum + "src/datum_stratum.c (not tried further)"},
		},
		request:    `{"id":%[1]d,"method":"%[2]s","params":%[3]s}`,
		submission: `{"id":%[1]d,"method":"%[2]s","params":%[3]s}`,
		firstID:    1,
		steps: []step{
			configure(byID, 0, map[string]any{"version-rolling.mask": realMask, "version-rolling.min-bit-count": 16}),
			{method: "mining.subscribe", params: func(m *Miner) []any { return []any{m.Agent, nil, m.conn.RemoteAddr().String(), nil} }},
			authorize(byID, 0),
		},
		sixth:  alwaysSixth,
		strict: true,
		methods: []string{
			"mining.notify", "mining.set_difficulty", "mining.set_extranonce", "mining.set_version_mask", "client.reconnect", "mining.ping",
		},
		n2min: 1, n2max: 32, rolling: true,
		params: 9, paramsExact: true, jobIDHex: true, coinbaseMax: 2250,
		defaultDif: 1,
	}
}
