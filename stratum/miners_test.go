package stratum

import (
	"bytes"
	"strings"
	"testing"
)

// scripts are what known miners send, in their order and with their quirks.
var scripts = map[string][]string{
	"cpuminer": {
		`{"id": 1, "method": "mining.subscribe", "params": ["cpuminer/2.5.1", "deadbeef"]}`,
		`{"id": 2, "method": "mining.authorize", "params": ["w", "x"]}`,
		`{"method": "mining.submit", "params": ["w", "j1", "0100000000000000", "65000000", "00000001"], "id":4}`,
		`{"method": "mining.submit", "params": ["w", "j1", "0200000000000000", "65000000", "00000002"], "id":4}`,
	},
	"cgminer": {
		`{"id": 0, "method": "mining.configure", "params": [["version-rolling"], {"version-rolling.mask": "1fffe000", "version-rolling.min-bit-count": 2}]}`,
		`{"id": 1, "method": "mining.subscribe", "params": ["cgminer/4.11.1"]}`,
		`{"id": 2, "method": "mining.extranonce.subscribe", "params": []}`,
		`{"id": 3, "method": "mining.authorize", "params": ["w", "123"]}`,
		`{"id": 4, "method": "mining.get_transactions", "params": ["j1"]}`,
		`{"params": ["w", "j1", "0100000000000000", "65000000", "00000001", "00c00000"], "id": 5, "method": "mining.submit"}`,
	},
	"braiins": {
		`{"id":1,"method":"mining.configure","params":[["version-rolling","subscribe-extranonce"],{"version-rolling.mask":"1fffe000","version-rolling.min-bit-count":16}]}`,
		`{"id":2,"method":"mining.subscribe","params":["Braiins OS/22.08.1",null,"pool.example.com:3333",null]}`,
		`{"id":3,"method":"mining.authorize","params":["w",""]}`,
		`{"id":4,"method":"mining.submit","params":["w","j1","0100000000000000","65000000","00000001","1fffe000"]}`,
	},
	"whatsminer": {
		`{"id":1,"method":"mining.configure","params":[["version-rolling"],{"version-rolling.mask":"ffffffff"}]}`,
		`{"id":2,"method":"mining.subscribe","params":["whatsminer/v1.1"]}`,
		`{"id":3,"method":"mining.authorize","params":["w","x"]}`,
		`{"id":4,"method":"mining.submit","params":["w","j1","0100000000000000","65000000","00000001","00002000"]}`,
	},
	"bitaxe": {
		bitaxe[0], bitaxe[1], bitaxe[2],
		`{"id":4,"method":"mining.suggest_difficulty","params":[1000]}`,
		`{"id":5,"method":"mining.extranonce.subscribe","params":[]}`,
		`{"id":6,"method":"pong","params":[]}`,
		`{"id":7,"method":"mining.submit","params":["bc1q.bitaxe","j1","0000000000000000","65000000","00000001","00002000"]}`,
	},
	"rental": {
		`{"id":1,"method":"mining.multi_version","params":[1]}`,
		`{"id":2,"method":"mining.subscribe","params":["NiceHash/1.0.0"]}`,
		`{"id":3,"method":"mining.authorize","params":["w","d=500000,x"]}`,
		`{"id":4,"method":"mining.submit","params":["w","j1","0100000000000000","65000000","00000001"]}`,
	},
	"garbage between": {
		`{"id":1,"method":"mining.subscribe"}`, ``, "\x00\xff", `{"id":2,"method":"mining.authorize","params":["w"]}`, `}{`,
		`{"id":4,"method":"mining.submit","params":["w","j1","0100000000000000","65000000","00000001"]}`,
	},
}

// Each script is answered the same, and to its last share, wherever it is cut.
func TestScriptedMinersCutAtEveryByte(t *testing.T) {
	p := newPool()
	p.put(newJob(1, true))
	for name, lines := range scripts {
		t.Run(name, func(t *testing.T) {
			script := []byte(strings.Join(lines, "\n") + "\n")
			run := func(parts ...[]byte) string {
				conn := &sink{keep: true}
				s := bare(p, conn)
				s.srv.leases.next = 1
				for _, part := range parts {
					s.feed(part)
				}
				if s.reason.Load() != 0 {
					t.Fatalf("closed: %v", CloseReason(s.reason.Load()))
				}
				return strings.ReplaceAll(string(replies(conn.last)), s.lease.id, "ID")
			}
			whole := run(script)
			if !strings.HasSuffix(whole, acceptedTail) {
				t.Errorf("last share not accepted:\n%s", whole)
			}
			for i := range script {
				if got := run(script[:i], script[i:]); got != whole {
					t.Fatalf("cut at byte %d:\n%s\nwhole:\n%s", i, got, whole)
				}
			}
			if got := run(bytes.SplitAfter(script, nil)...); got != whole {
				t.Errorf("byte by byte:\n%s\nwhole:\n%s", got, whole)
			}
		})
	}
}
