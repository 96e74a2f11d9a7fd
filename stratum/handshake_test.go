package stratum

import (
	"strings"
	"testing"
)

// The numbers are those of the conformance list that the server keeps to.

func TestPoint01PipelinedHandshake(t *testing.T) {
	p := newPool()
	p.put(newJob(1, true))
	_, addr := serve(t, p, nil)
	c := dial(t, addr)
	c.send(`{"id":1,"method":"mining.configure","params":[["version-rolling"],{"version-rolling.mask":"ffffffff"}]}`,
		`{"id":2,"method":"mining.subscribe","params":["bitaxe/BM1370/v2.4"]}`,
		`{"id":3,"method":"mining.authorize","params":["bc1q.bitaxe","x"]}`)
	c.want(`{"id":1,"result":{"version-rolling":true,"version-rolling.mask":"1fffe000"},"error":null}`)
	extranonce, _ := subscribed(t, c.message())
	if len(extranonce) != 8 || strings.ToLower(extranonce) != extranonce {
		t.Errorf("extranonce1 = %q, want 8 lower-case digits", extranonce)
	}
	c.want(accepted("3"),
		`{"id":null,"method":"mining.set_version_mask","params":["1fffe000"]}`,
		`{"id":null,"method":"mining.set_difficulty","params":[1024]}`)
	m := c.expect("mining.notify")
	if m.param(8) != "true" {
		t.Errorf("clean of the first job = %s, want true", m.param(8))
	}
	c.sync()
}
