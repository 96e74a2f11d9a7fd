package personality

import "time"

const (
	nameBitaxe   = "bitaxe"
	nameNerdQAxe = "nerdqaxe"
)

// Bitaxe is ESP-Miner on an ESP32-S3 with one ASIC.
func Bitaxe() Traits {
	const where = "bitaxeorg/ESP-Miner v2.15.0-1-g5c277131, "
	return Traits{
		Name: nameBitaxe, Agent: "bitaxe/BM1370/v2.15.0",
		Sources: []Claim{
			{"configure 1, subscribe 2 and authorize 3 go out without waiting", Source, where + "main/tasks/stratum_v1_task.c"},
			{"suggest_difficulty and extranonce.subscribe only after authorize is true, known by its number", Source, where + "main/tasks/stratum_v1_task.c"},
			{"replies are known by their numbers", Source, where + "components/stratum/stratum_api.c STRATUM_V1_parse"},
			{"of the last 16 job ids one that comes again without clean is ignored", Source, where + "main/tasks/stratum_v1_task.c add_active_job_id"},
			{"a merkle branch of at most 32 steps", Source, where + "components/stratum/include/stratum_api.h MAX_MERKLE_BRANCHES"},
			{"extranonce2 above 32 bytes is cut to 32", Source, where + "components/stratum/stratum_api.c"},
			{"notify has at least 8 parameters, the last one is clean", Source, where + "components/stratum/stratum_api.c parse_mining_notify"},
			{"submissions always have 6 parameters in a buffer of 1,024 bytes", Source, where + "components/stratum/stratum_api.c STRATUM_V1_submit_share"},
			{"the sixth is the exclusive or of rolled and job version", Source, where + "main/tasks/asic_result_task.c"},
			{"mining.ping is answered with a request of the method pong", Source, where + "components/stratum/stratum_api.c STRATUM_V1_pong"},
			{"client.reconnect closes the connection, whatever host it names", Source, where + "main/tasks/stratum_v1_task.c"},
			{"180 s without a byte end the connection", Source, where + "components/stratum/stratum_socket.c sets the socket's limit; its reads poll before, so it may never strike"},
			{"1 s after a lost connection, 5 s after one that could not be had", Source, where + "main/tasks/stratum_v1_task.c"},
			{"a probe of the first pool subscribes and authorizes, reads once up to 1,023 bytes and looks for mining.notify", Source, where + "main/tasks/protocol_coordinator.c probe_pool_v1"},
			{"a coinbase of 6,500 bytes at most: it is hashed on an 8 kB stack", Hearsay, "inferred from components/stratum/mining.c; " + datum + "src/datum_stratum.c stays below too"},
		},
		request:    `{"id":%[1]d,"method":"%[2]s","params":%[3]s}`,
		submission: `{"id":%[1]d,"method":"%[2]s","params":%[3]s}`,
		firstID:    1,
		steps:      []step{configure(byID, 0, map[string]any{"version-rolling.mask": anyMask}), subscribe(byID, 0), authorize(byID, 0)},
		admitted: []step{
			{method: "mining.suggest_difficulty", params: params(1000)},
			{method: "mining.extranonce.subscribe"},
		},
		requestMax: 1023, sixth: alwaysSixth,

		silence: 180 * time.Second,
		methods: usual("mining.ping", "mining.set_version_mask", "mining.set_extranonce"),
		n2min:   1, n2max: 32,
		params: 8, branchMax: 32, jobMemory: 16, coinbaseMax: 6500,
		defaultDif: 8192,
		retryDial:  5 * time.Second, retryLogin: time.Second, retryLost: time.Second,
	}
}

// NerdQAxe is shufps' ESP-Miner for boards with several ASICs, rewritten in C++.
func NerdQAxe() Traits {
	const where = "shufps/ESP-Miner-NerdQAxePlus v1.0.38-alpha9, "
	t := Bitaxe()
	t.Name, t.Agent = nameNerdQAxe, "NerdQAxe++/BM1370/v1.0.38"
	t.Sources = []Claim{
		{"subscribe 1, configure 2, authorize 3, suggest_difficulty 4 and extranonce.subscribe 5 go out without waiting", Source, where + "main/stratum/stratum_task.cpp"},
		{"setup replies are known by these numbers", Source, where + "main/stratum/stratum_api.cpp parseSetupResponses"},
		{"asks for the mask 1fffe000", Source, where + "main/stratum/stratum_api.cpp configureVersionRolling"},
		{"a line has a buffer of 16,384 bytes; a longer one ends the connection", Source, where + "main/stratum/stratum_api.cpp receiveJsonRpcLine"},
		{"a line that is no JSON ends the connection", Source, where + "main/stratum/stratum_task.cpp protocolLoop"},
		{"difficulty is read as a whole number: below 1 it is 0", Source, where + "main/stratum/stratum_api.cpp parseMethods"},
		{"a merkle branch of at most 32 steps", Source, where + "main/stratum/stratum_api.h"},
		{"may block a pool whose coinbase does not pay the owner, or keeps too much", Source, where + "main/stratum/stratum_manager.cpp runVerification"},
		{"mining.ping, client.get_version and client.show_message are not known; client.reconnect is only logged", Source, where + "main/stratum/stratum_api.cpp, stratum_manager.cpp dispatch"},
		{"10 s until it comes again; silence is borne without end", Source, where + "main/stratum/stratum_task.cpp, stratum_transport.cpp"},
	}
	t.request = `{"id": %[1]d, "method": "%[2]s", "params": %[3]s}`
	t.submission = t.request
	t.steps = []step{
		subscribe(byID, 0), configure(byID, 0, map[string]any{"version-rolling.mask": realMask}), authorize(byID, 0),
		{method: "mining.suggest_difficulty", params: params(1000)},
		{method: "mining.extranonce.subscribe"},
	}
	t.admitted = nil
	t.silence, t.lineMax = 0, 16383
	t.methods = []string{"mining.notify", "mining.set_difficulty", "mining.set_version_mask", "mining.set_extranonce", "client.reconnect"}
	t.jobMemory, t.whole, t.badJSONEnds, t.verifiesOwner = 0, true, true, true
	t.retryDial, t.retryLogin, t.retryLost = 10*time.Second, 10*time.Second, 10*time.Second
	return t
}

// nerdDifficulty is what a NerdMiner asks for.
const nerdDifficulty = 0.00015

// nerdNonce is where its nonces begin.
const nerdNonce = 0xda54e700

// NerdMiner is the ESP32 class: hundreds of kilohashes a second at best.
func NerdMiner() Traits {
	const where = "BitMaker-hub/NerdMiner_v2 V1.8.3-11-ge3a04b7, "
	return Traits{
		Name: "nerdminer", Agent: "NerdMinerV2/V1.8.3",
		Sources: []Claim{
			{"the line after subscribe must be its reply", Source, where + "src/stratum.cpp tx_mining_subscribe"},
			{"authorize and suggest_difficulty follow without waiting; the authorize reply is not looked at", Source, where + "src/mining.cpp, stratum.cpp tx_mining_auth"},
			{"suggests 0.00015, fractional, and again every 30 s", Source, where + "src/mining.h, mining.cpp checkPoolInactivity"},
			{"a line is parsed in a document of 4,096 bytes", Source, where + "src/stratum.h BUFFER_JSON_DOC"},
			{"60 s without anything to hash, or 10 min without a new job, end the connection", Source, where + "src/mining.h, mining.cpp"},
			{"extranonce2 of 2, 4 or 8 bytes, always 1; nonces begin with da54e700", Source, where + "src/utils.cpp calculateMiningData, mining.cpp"},
			{"user names have 80 bytes, submissions 1,024; 5 parameters, no version rolling", Source, where + "src/stratum.h, stratum.cpp tx_mining_submit"},
			{"knows only notify and set_difficulty", Source, where + "src/stratum.cpp parse_mining_method"},
			{"above difficulty 1 it would find less than a share a day", Hearsay, "inferred from its 50 to 400 kH/s"},
			{"1 to 60 s at random until it tries again; here 30", Source, where + "src/mining.cpp"},
		},
		request:    `{"id": %[1]d, "method": "%[2]s", "params": %[3]s}`,
		submission: `{"id":%[1]d,"method":"%[2]s","params":%[3]s}`,
		firstID:    1,
		steps: []step{
			subscribe(nextLine, 0), authorize(never, 0),
			{method: "mining.suggest_difficulty", params: params(nerdDifficulty), wait: never},
		},
		keepAlive: 30 * time.Second, requestMax: 1023, userCut: 79,

		lineMax: 4096,
		methods: []string{"mining.notify", "mining.set_difficulty"},
		n2min:   2, n2max: 8, n2even: true, oneExtranonce2: true,
		params: 9, firstJob: time.Minute, nextJob: 10 * time.Minute,
		diffMax: 1, defaultDif: nerdDifficulty,
		retryDial: 30 * time.Second,
	}
}
