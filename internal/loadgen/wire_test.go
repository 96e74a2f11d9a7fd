package loadgen

import "testing"

func TestScan(t *testing.T) {
	for _, c := range []struct {
		name, in, method string
		id, code         int
		ok               bool
	}{
		{"accepted", `{"id":17,"result":true,"error":null}`, "", 17, 0, true},
		{"spaces and another order", `{"result": true, "error": null, "id": 17}`, "", 17, 0, true},
		{"refused", `{"id":18,"result":null,"error":[23,"low difficulty share",null]}`, "", 18, 23, false},
		{"refused with false", `{"reject-reason": "x", "result": false, "error": null, "id": 18}`, "", 18, 0, false},
		{"code with a space and sign", `{"id":1,"result":null,"error":[ -32601,"x",null]}`, "", 1, -32601, false},
		{"key within a text", `{"error":[20,"no \"method\":\"a\"",null],"id":5,"result":null}`, "", 5, 20, false},
		{"notification", `{"id":null,"method":"mining.notify","params":[]}`, "mining.notify", -1, 0, false},
		{"request", `{"params":[],"id":3,"method": "client.get_version"}`, "client.get_version", -1, 0, false},
		{"text id", `{"id":"a","result":true,"error":null}`, "", -1, 0, true},
		{"not JSON", `hello`, "", -1, 0, false},
		{"cut off", `{"id":`, "", -1, 0, false},
		{"empty", ``, "", -1, 0, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			got := scan([]byte(c.in))
			if string(got.method) != c.method || got.id != c.id || got.ok != c.ok || got.code != c.code {
				t.Errorf("got method %q id %d ok %t code %d, want %q %d %t %d", got.method, got.id, got.ok, got.code, c.method, c.id, c.ok, c.code)
			}
		})
	}
}

func FuzzScan(f *testing.F) {
	f.Add([]byte(`{"id":17,"result":true,"error":null}`))
	f.Add([]byte(`{"id":null,"method":"mining.notify","params":["1",true]}`))
	f.Add([]byte(`"method":"`))
	f.Fuzz(func(t *testing.T, b []byte) {
		if l := scan(b); l.method != nil && l.ok {
			t.Errorf("%q is both a request and an answer", b)
		}
		jobID(b)
	})
}
