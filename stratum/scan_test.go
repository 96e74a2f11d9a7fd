package stratum

import (
	"bytes"
	"strings"
	"testing"
)

var scanSeeds = []string{
	`{"id":4,"method":"mining.submit","params":["bc1qxyz.worker","000000000000001f","0102030405060708","65000000","89abcdef","00002000"]}`,
	`{"params":["a",1,-2.5e+7,true,false,null],"id":"x","method":"m"}`,
	` { "id" : null , "method" : "m" , "params" : [ ] } `,
	`{"id":1,"result":true,"error":null}`, `{"id":1,"result":[[]],"error":{}}`,
	`{"id":1,"method":"m","params":null}`, `{"id":1,"method":"m","params":{"a":1}}`, `{"id":1,"method":"m","params":[[1],{}]}`,
	`{"id":1,"id":2}`, `{"method":"a","method":"b"}`, `{"params":[1],"params":[2]}`, `{"params":null,"params":[2]}`, `{}`, `{ }`, `[]`, `null`, `1`, ``,
	`{"id":01}`, `{"id":1.}`, `{"id":.5}`, `{"id":-}`, `{"id":1e}`, `{"id":-0}`, `{"id":tru}`, `{"id":1,}`, `{,}`, `{"a"}`, `{"a":1}x`,
	`{"method":"a\u0062\n\"","id":"\\"}`, "{\"method\":\"\x01\"}", "{\"method\":\"\xff\"}", `{"method":"é"}`, `{"METHOD":"a","Id":1}`,
	`{"params":[1,2,3,4,5,6,7,8]}`, `{"params":[1,2,3,4,5,6,7,8,9]}`, `{"params":[1,]}`, `{"params":[,1]}`, `{"params":[1`, `{"method":"a`,
}

// FuzzScan holds the quick way against encoding/json: what scan takes, decode
// takes too, and reads the same.
func FuzzScan(f *testing.F) {
	for _, s := range scanSeeds {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, b []byte) { compareScan(t, b) })
}

func compareScan(t *testing.T, b []byte) {
	var quick, slow request
	if !quick.scan(b) {
		return
	}
	if !slow.decode(b) {
		t.Fatalf("%q: scan takes it, encoding/json does not", b)
	}
	if !bytes.Equal(quick.id, slow.id) || (quick.id == nil) != (slow.id == nil) || !bytes.Equal(quick.method, slow.method) ||
		(quick.method == nil) != (slow.method == nil) || quick.count != slow.count || quick.response != slow.response {
		t.Fatalf("%q:\nscan   %+v\ndecode %+v", b, quick, slow)
	}
	for i := range quick.count {
		if q, s := quick.param(i), slow.param(i); q.kind != s.kind || !bytes.Equal(q.raw, s.raw) {
			t.Fatalf("%q: parameter %d: scan %d %q, decode %d %q", b, i, q.kind, q.raw, s.kind, s.raw)
		}
	}
}

func TestScanTakesTheUsualLines(t *testing.T) {
	for _, line := range append(scanSeeds[:4:4], bitaxe[1:]...) {
		var r request
		if !r.scan([]byte(line)) {
			t.Errorf("%s: not taken", line)
		}
		compareScan(t, []byte(line))
	}
}

// FuzzSession feeds bytes, split anywhere, to a whole session: no panic, every
// reply a line, and the same replies wherever the split is.
func FuzzSession(f *testing.F) {
	for _, s := range scanSeeds {
		f.Add([]byte(s+"\n"), 3)
	}
	f.Add([]byte(strings.Join(bitaxe, "\n")+"\n"+submission("1", "bc1q.bitaxe", "j1", "00000001")+"\n"), 70)
	p := newPool()
	p.put(newJob(1, true))
	f.Fuzz(func(t *testing.T, b []byte, split int) {
		if len(b) > 1<<14 || split < 0 {
			return
		}
		run := func(parts ...[]byte) []byte {
			conn := &sink{keep: true}
			s := bare(p, conn)
			s.srv.leases = newLeases([]byte{1, 2}, extranonce1Size, 0)
			s.srv.leases.next = 0
			for _, part := range parts {
				s.feed(part)
			}
			return conn.last
		}
		split = min(split, len(b))
		whole, halves := run(b), run(b[:split], b[split:])
		if len(whole) > 0 && whole[len(whole)-1] != '\n' {
			t.Fatalf("%q: replies end in %q", b, whole)
		}
		// A session id is random, and a turn's notifications follow its replies.
		if a, b := len(bytes.Split(replies(whole), []byte("\n"))), len(bytes.Split(replies(halves), []byte("\n"))); a != b {
			t.Fatalf("%d replies whole, %d in halves", a, b)
		}
	})
}

// replies leaves out what is no reply.
func replies(b []byte) (out []byte) {
	for line := range bytes.Lines(b) {
		if !bytes.HasPrefix(line, []byte(`{"id":null,"method":`)) {
			out = append(out, line...)
		}
	}
	return out
}
