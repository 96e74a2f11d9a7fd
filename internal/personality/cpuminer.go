package personality

import "time"

// usual are the methods of a server that the oldest clients know.
func usual(more ...string) []string {
	return append([]string{
		"mining.notify", "mining.set_difficulty", "client.reconnect", "client.get_version", "client.show_message",
	}, more...)
}

const nameCPUMiner = "cpuminer"

// CPUMiner is pooler's cpuminer, minerd 2.5.1. The real one tries once more on the
// same connection, with empty parameters, when the first line after subscribe is
// not its reply; here the connection ends at the first time.
func CPUMiner() Traits {
	const where = "pooler/cpuminer v2.5.1-13-g5f02105, "
	return Traits{
		Name: nameCPUMiner, Agent: "cpuminer/2.5.1",
		Sources: []Claim{
			{"the line after subscribe must be its reply, within 30 s", Source, where + "util.c stratum_subscribe"},
			{"until the authorize reply notify, set_difficulty, reconnect, get_version and show_message are obeyed; any other line is taken for the reply", Source, where + "util.c stratum_authorize, stratum_handle_method"},
			{"submissions have 5 parameters and always the id 4; no version rolling, no mining.configure", Source, where + "cpu-miner.c submit_upstream_work"},
			{"a reply without result, or without an id, is ignored", Source, where + "cpu-miner.c stratum_handle_response"},
			{"the present job's id again is no new work", Source, where + "cpu-miner.c stratum_thread"},
			{"a job: previous hash and branch 64 digits, version, bits and time exactly 8", Source, where + "util.c stratum_notify"},
			{"extranonce2 of 1 to 100 bytes", Source, where + "util.c stratum_subscribe"},
			{"a difficulty that is no number, or zero, is no difficulty", Source, where + "util.c stratum_set_difficulty"},
			{"scrypt counts difficulty in 1/65,536", Source, where + "cpu-miner.c stratum_gen_work"},
			{"120 s without a byte, or a line that takes 60 s, ends the connection", Source, where + "cpu-miner.c stratum_thread, util.c stratum_recv_line"},
			{"a lost connection is taken up at once with the old session id; a failed one after 30 s", Source, where + "cpu-miner.c stratum_thread"},
			{"client.reconnect is ignored unless the user allows it", Source, where + "util.c stratum_reconnect"},
		},
		request:    `{"id": %[1]d, "method": "%[2]s", "params": %[3]s}`,
		submission: `{"method": "%[2]s", "params": %[3]s, "id":%[1]d}`,
		firstID:    1, submitID: 4,
		steps:  []step{subscribe(nextLine, 30*time.Second), authorize(afterMethods, time.Minute)},
		resume: true,

		silence: 120 * time.Second, lineTime: time.Minute,
		methods: usual(),
		n2max:   100,
		params:  8, jobSame: true,
		defaultDif: 1,
		retryDial:  30 * time.Second, retryLogin: 30 * time.Second,
	}
}

// Numbers is no miner of a known name: a firmware that sends time and nonce as
// JSON numbers.
func Numbers() Traits {
	t := CPUMiner()
	t.Name, t.Agent = "numbers", ""
	t.Sources = []Claim{
		{"time and nonce of a submission are JSON numbers", Hearsay, "stratum-mining/stratum (SRI) takes them for the sake of some firmware that it does not name"},
		{"subscribes without parameters", Documented, "Stratum V1: mining.subscribe without a user agent is valid"},
	}
	t.numbers, t.submitID, t.jobSame, t.resume = true, 0, false, false
	return t
}
