package cpuminer

import (
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/motherlode-pool/motherlode/algos"
)

func mustHex(t testing.TB, text string) []byte {
	t.Helper()
	b, err := hex.DecodeString(text)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// notifyOf is the mining.notify whose header is the given one, when the
// extranonces stand at the given place of the coinbase.
func notifyOf(t testing.TB, header, coinbase []byte, at, length int, branch []string) *message {
	t.Helper()
	swapped := slices.Clone(header[4:36])
	for i := 0; i < 32; i += 4 {
		slices.Reverse(swapped[i : i+4])
	}
	be := func(from int) string { return hex8(binary.LittleEndian.Uint32(header[from:])) }
	params, err := json.Marshal([]any{"1", hex.EncodeToString(swapped), hex.EncodeToString(coinbase[:at]),
		hex.EncodeToString(coinbase[at+length:]), branch, be(0), be(72), be(68), true})
	if err != nil {
		t.Fatal(err)
	}
	m, err := parseMessage([]byte(`{"id":null,"method":"mining.notify","params":` + string(params) + `}`))
	if err != nil {
		t.Fatal(err)
	}
	return &m
}

// TestKnownBlock rebuilds Bitcoin's block 170 from what a server would send.
func TestKnownBlock(t *testing.T) {
	// Source: the block chain; the hash is its own proof.
	coinbase := mustHex(t, "01000000010000000000000000000000000000000000000000000000000000000000000000ffffffff07"+
		"04ffff001d0102ffffffff0100f2052a01000000434104d46c4968bde02899d2aa0963367c7a6ce34eec332b32e42e5f3407e052d64ac625da"+
		"6f0718e7b302140434bd725706957c092db53805b821a85b23a7ac61725bac00000000")
	header := make([]byte, 80)
	header[0] = 1
	prev := mustHex(t, "000000002a22cfee1f2c846adbd12b3e183d4f97683f85dad08a79780a84bd55")
	slices.Reverse(prev)
	copy(header[4:], prev)
	binary.LittleEndian.PutUint32(header[68:], 1231731025)
	binary.LittleEndian.PutUint32(header[72:], 0x1d00ffff)
	spend := mustHex(t, "f4184fc596403b9d638783cf57adfe4c75c605f6356fbc91338530e9831e9e16")
	slices.Reverse(spend)

	// The script is 04ffff001d 01 02: the last byte is the extranonce2, the one
	// before it the extranonce1.
	at := strings.Index(hex.EncodeToString(coinbase), "04ffff001d0102")/2 + 5
	n, err := parseNotice(notifyOf(t, header, coinbase, at, 2, []string{hex.EncodeToString(spend)}), time.Now())
	if err != nil {
		t.Fatal(err)
	}
	w := &work{notice: n, extranonce1: []byte{1}, extranonce2Len: 1}
	var r roll
	for range 3 { // extranonce2 is 00, 01, 02
		if !w.next(&r) {
			t.Fatal("extranonce2 is used up")
		}
	}
	binary.LittleEndian.PutUint32(r.header[68:], w.timeAt(n.receivedTime))
	binary.LittleEndian.PutUint32(r.header[76:], 1889418792)
	sum := twice(r.header[:])
	slices.Reverse(sum[:])
	const want = "00000000d1145790a8694403d4063f323d499e655c83426834d4ce2f8dd4a2ee"
	if got := hex.EncodeToString(sum[:]); got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

// TestKnownHeaders rebuilds real headers with a merkle branch of several steps.
func TestKnownHeaders(t *testing.T) {
	text, err := os.ReadFile("testdata/headers.json")
	if err != nil {
		t.Fatal(err)
	}
	var entries []struct {
		Name, Coinbase, Header, Algo, Bits string
		Branch                             []string
	}
	if err := json.Unmarshal(text, &entries); err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		t.Run(e.Name, func(t *testing.T) {
			header, coinbase := mustHex(t, e.Header), mustHex(t, e.Coinbase)
			const at = 50 // somewhere in the script
			n, err := parseNotice(notifyOf(t, header, coinbase, at, 12, e.Branch), time.Now())
			if err != nil {
				t.Fatal(err)
			}
			r := roll{extranonce2: coinbase[at+4 : at+12]}
			w := &work{notice: n, extranonce1: coinbase[at : at+4], extranonce2Len: 8}
			w.build(&r)
			copy(r.header[76:], header[76:])
			if got := r.header[:]; !slices.Equal(got, header) {
				t.Fatalf("got  %x\nwant %x", got, header)
			}
			alg, err := algos.ByName(e.Algo)
			if err != nil {
				t.Fatal(err)
			}
			bits, err := word(e.Bits)
			if err != nil {
				t.Fatal(err)
			}
			target, err := algos.FromBits(bits)
			if err != nil {
				t.Fatal(err)
			}
			var sum [32]byte
			if alg.Sum(&sum, r.header[:], nil); !target.Meets(&sum) {
				t.Errorf("hash %x does not meet %v", sum, target)
			}
		})
	}
}

func TestSpread(t *testing.T) {
	for _, tt := range []struct{ n, mask, want uint32 }{
		{0, 0x1fffe000, 0},
		{1, 0x1fffe000, 0x2000},
		{0xffff, 0x1fffe000, 0x1fffe000},
		{0x10001, 0x1fffe000, 0x2000},
		{5, 0x00000124, 0x104},
		{7, 0, 0},
	} {
		if got := spread(tt.n, tt.mask); got != tt.want {
			t.Errorf("spread(%x, %08x): got %08x, want %08x", tt.n, tt.mask, got, tt.want)
		}
	}
}

func TestRollsDiffer(t *testing.T) {
	w := &work{notice: &notice{version: 0x20000000}, extranonce2Len: 2, rolling: true, mask: 0x1fffe000}
	seen := map[string]bool{}
	var r roll
	for w.next(&r) {
		seen[string(r.extranonce2)] = true
	}
	if len(seen) != 1<<16 {
		t.Errorf("got %d different extranonces, want %d", len(seen), 1<<16)
	}
}

func TestTimeFollowsTheClock(t *testing.T) {
	now := time.Now()
	w := &work{notice: &notice{ntime: 1000, receivedTime: now}}
	for after, want := range map[time.Duration]uint32{
		0: 1000, 999 * time.Millisecond: 1000, 90 * time.Second: 1090, -time.Hour: 1000,
	} {
		if got := w.timeAt(now.Add(after)); got != want {
			t.Errorf("after %v: got %d, want %d", after, got, want)
		}
	}
}

func TestParseURL(t *testing.T) {
	for _, tt := range []struct {
		text string
		want server
		ok   bool
	}{
		{"127.0.0.1:3333", server{"127.0.0.1", "3333", false}, true},
		{"[::1]:3333", server{"::1", "3333", false}, true},
		{"stratum+tcp://pool.example:3333", server{"pool.example", "3333", false}, true},
		{"stratum+ssl://pool.example:3443/", server{"pool.example", "3443", true}, true},
		{"stratum+tls://pool.example:3443", server{"pool.example", "3443", true}, true},
		{"http://pool.example:80", server{}, false},
		{"pool.example", server{}, false},
		{":3333", server{}, false},
		{"", server{}, false},
	} {
		got, err := parseURL(tt.text)
		if got != tt.want || (err == nil) != tt.ok {
			t.Errorf("%q: got %+v, %v; want %+v, ok %v", tt.text, got, err, tt.want, tt.ok)
		}
	}
}

func TestRefusal(t *testing.T) {
	for text, want := range map[string]string{
		`{"id":1,"result":true,"error":null}`:                              "",
		`{"id":1,"result":[1],"error":null}`:                               "",
		`{"id":1,"result":null,"error":[23,"low-difficulty",null]}`:        "low-difficulty",
		`{"id":1,"result":false,"error":{"code":21,"message":"stale"}}`:    "stale",
		`{"id":1,"result":null,"error":"no"}`:                              "no",
		`{"id":1,"result":false,"error":null}`:                             "refused without a reason",
		`{"id":1,"result":false,"error":null,"reject-reason":"high-hash"}`: "high-hash",
		`{"id":1,"result":null,"error":[20]}`:                              "[20]",
	} {
		m, err := parseMessage([]byte(text))
		if err != nil {
			t.Fatal(err)
		}
		if got := m.refusal(); got != want {
			t.Errorf("%s: got %q, want %q", text, got, want)
		}
	}
}

// FuzzLine feeds a session with lines from a hostile server.
func FuzzLine(f *testing.F) {
	for _, line := range []string{
		`{"id":2,"result":[[["mining.notify","1"]],"0001",8],"error":null}`,
		`{"id":3,"result":true,"error":null}`,
		`{"id":null,"method":"mining.set_difficulty","params":[0.5]}`,
		`{"id":null,"method":"mining.set_extranonce","params":["00",4]}`,
		`{"id":"7","method":"client.reconnect","params":["h","3333",1e300]}`,
		`{"id":1,"result":{"version-rolling":true,"version-rolling.mask":"1fffe000"},"error":null}`,
		`{"id":null,"method":"mining.notify","params":["a","` + strings.Repeat("0", 64) + `","00","00",[],"20000000","1d00ffff","00000000",true]}`,
	} {
		f.Add([]byte(line))
	}
	f.Fuzz(func(t *testing.T, line []byte) {
		m, err := New(Config{URL: "127.0.0.1:1", User: "u", VersionRolling: true})
		if err != nil {
			t.Fatal(err)
		}
		s := newSession(m, m.server)
		for range 2 {
			_ = s.line(line)
		}
		s.subscribed, s.authorizedAt, s.en2Len = true, time.Now(), 8
		_ = s.line(line)
		if w, _ := m.current(); w != nil {
			var r roll
			w.next(&r)
		}
	})
}
