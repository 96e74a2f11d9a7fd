package personality

import (
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"strings"
	"testing"
	"testing/synctest"
)

// The first lines of each, in the right order and with the right ids.
func TestOrder(t *testing.T) {
	for name, want := range map[string]string{
		"cpuminer":         "1 subscribe, 2 authorize, 4 submit",
		"cgminer":          "0 subscribe, 1 authorize, 2 submit",
		"antminer":         "0 configure, 1 subscribe, 2 extranonce.subscribe, 3 authorize, 4 multi_version, 5 submit",
		"antminer-s21":     "0 configure, 1 subscribe, 2 extranonce.subscribe, 3 authorize, 4 multi_version, 5 submit",
		"braiins":          "1 configure, 2 subscribe, 3 authorize, 4 submit",
		"whatsminer":       "0 configure, 1 subscribe, 2 authorize, 3 submit",
		"avalon":           "0 configure, 1 subscribe, 2 authorize, 3 submit",
		"bitaxe":           "1 configure, 2 subscribe, 3 authorize, 4 suggest_difficulty, 5 extranonce.subscribe, 6 submit",
		"nerdqaxe":         "1 subscribe, 2 configure, 3 authorize, 4 suggest_difficulty, 5 extranonce.subscribe, 6 submit",
		"nerdminer":        "1 subscribe, 2 authorize, 3 suggest_difficulty, 4 submit",
		"nicehash":         "1 configure, 2 subscribe, 3 authorize, 4 extranonce.subscribe, 5 submit",
		"miningrigrentals": "1 subscribe, 2 authorize, 3 multi_version, 4 submit",
		"numbers":          "1 subscribe, 2 authorize, 3 submit",
	} {
		var who Traits
		for _, tr := range All() {
			if tr.Name == name {
				who = tr
			}
		}
		f := rightServer()
		if err := meet(t, who, Options{}, f, 3); !errors.Is(err, errEnough) {
			t.Errorf("%s: %v", name, err)
		}
		var got []string
		for _, line := range f.got {
			var id int
			_, rest, _ := strings.Cut(line, `"id":`)
			fmt.Sscan(strings.TrimSpace(rest), &id)
			_, method, _ := strings.Cut(line, `"mining.`)
			method, _, _ = strings.Cut(method, `"`)
			if got = append(got, fmt.Sprintf("%d %s", id, method)); method == "submit" {
				break
			}
		}
		if s := strings.Join(got, ", "); s != want {
			t.Errorf("%s: got %s, want %s", name, s, want)
		}
	}
}

// How submissions are written.
func TestSubmissions(t *testing.T) {
	for _, tt := range []struct {
		name      string
		who       Traits
		spoil     func(*fake)
		fields    int
		has, lack string
	}{
		{"cpuminer repeats its id", CPUMiner(), nil, 5, `"], "id":4}`, `"id":5`},
		{"an Antminer without a mask has five", Antminer(), func(f *fake) { f.configure = result(`{"version-rolling":false}`) }, 5, `"5f5e1000","`, "no such"},
		{"an Antminer with one has six", Antminer(), nil, 6, `"00002000"]`, "no such"},
		{"a Bitaxe without a mask has six", Bitaxe(), func(f *fake) { f.configure = result(`{"version-rolling":false}`) }, 6, `"00000000"]`, "no such"},
		{"time and nonce as numbers", Numbers(), nil, 5, `,1600000000,`, `"5f5e1000"`},
		{"NerdMiner's extranonce2 is always 1", NerdMiner(), nil, 5, `"0000000000000001"`, `"0100000000000000"`},
		{"cgminer counts from the left", CGMiner(), nil, 5, `"0100000000000000"`, `"0000000000000001"`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			f := rightServer()
			if tt.spoil != nil {
				tt.spoil(f)
			}
			if err := meet(t, tt.who, Options{}, f, 4); !errors.Is(err, errEnough) {
				t.Fatal(err)
			}
			for _, line := range f.got {
				if !strings.Contains(line, "mining.submit") {
					continue
				}
				var g struct{ Params []any }
				if json.Unmarshal([]byte(line), &g) != nil || len(g.Params) != tt.fields {
					t.Errorf("got %s, want %d parameters", line, tt.fields)
				}
				if !strings.Contains(strings.Join(f.got, "\n"), tt.has) || strings.Contains(line, tt.lack) {
					t.Errorf("got %s, want %s and not %s", line, tt.has, tt.lack)
				}
			}
		})
	}
}

// What each says when it is spoken to.
func TestAnswers(t *testing.T) {
	ask := func(method string) string {
		return `{"id":77,"method":"` + method + `","params":["word"]}`
	}
	for _, tt := range []struct {
		who          Traits
		method, want string
	}{
		{CPUMiner(), "client.get_version", `"result": "cpuminer/2.5.1"`},
		{CPUMiner(), "client.show_message", `{"id": 77, "result": true`},
		{CGMiner(), "client.get_version", `"result": "cgminer/4.11.1"`},
		{CGMiner(), "mining.ping", `{"id": 77, "result": "pong"`},
		{Bitaxe(), "mining.ping", `{"id":77,"method":"pong","params":[]}`},
		{Bitaxe(), "client.get_version", `"result": "bitaxe/`},
		{NerdQAxe(), "mining.ping", ""},
		{NerdQAxe(), "client.reconnect", ""},
		{NerdMiner(), "mining.ping", ""},
	} {
		t.Run(tt.who.Name+"/"+tt.method, func(t *testing.T) {
			f := rightServer()
			f.after = []string{ask(tt.method)}
			if err := meet(t, tt.who, Options{}, f, 5); !errors.Is(err, errEnough) {
				t.Fatal(err)
			}
			got := ""
			for _, line := range f.got {
				if strings.Contains(line, "77") && !strings.Contains(line, "mining.submit") {
					got = line
				}
			}
			if (got == "") != (tt.want == "") || !strings.Contains(got, tt.want) {
				t.Errorf("got %q, want %q", got, tt.want)
			}
		})
	}
}

// cgminer uses the second of two difficulties a job later.
func TestDifficultiesAreStacked(t *testing.T) {
	for _, tt := range []struct {
		who  Traits
		want []float64
	}{
		{CGMiner(), []float64{2e-9, 4e-9, 4e-9}},
		{CPUMiner(), []float64{4e-9, 4e-9, 4e-9}},
	} {
		m := New(tt.who, Options{})
		m.begin(nil)
		m.subscribed, m.extranonce, m.n2size = true, []byte{1}, 8
		say := func(line string) {
			t.Helper()
			if err := m.dispatch(mustParse(t, line)); err != nil {
				t.Fatal(err)
			}
		}
		say(difficultyLine(2e-9))
		say(difficultyLine(3e-9))
		say(difficultyLine(4e-9))
		for i, want := range tt.want {
			say(jobLine(with(0, fmt.Sprintf("%02x", i))))
			if got := m.work.Load().difficulty; got != want {
				t.Errorf("%s, job %d: got difficulty %v, want %v", tt.who.Name, i, got, want)
			}
		}
	}
}

func mustParse(t *testing.T, line string) *message {
	t.Helper()
	near, far := net.Pipe()
	go func() { _, _ = io.WriteString(far, line+"\n") }()
	m := New(CPUMiner(), Options{})
	m.begin(near)
	g, err := m.next(0)
	if err != nil {
		t.Fatal(err)
	}
	return g
}

// Names that the firmware has no room for are cut.
func TestUserNamesAreCut(t *testing.T) {
	long := strings.Repeat("n", 200)
	for name, want := range map[string]int{"avalon": 63, "whatsminer": 127, "nerdminer": 79, "bitaxe": 200} {
		for _, tr := range All() {
			if tr.Name == name {
				if got := len(New(tr, Options{User: long}).opt.User); got != want {
					t.Errorf("%s: got %d bytes, want %d", name, got, want)
				}
			}
		}
	}
}

// An old session id goes with the next subscribe of those that resume.
func TestResume(t *testing.T) {
	for name, want := range map[string]bool{"cpuminer": true, "cgminer": true, "bitaxe": false, "nicehash": false} {
		for _, tr := range All() {
			if tr.Name != name {
				continue
			}
			m := New(tr, Options{User: "a", Scale: scaleOf(tr)})
			var f *fake
			for range 2 {
				f = rightServer()
				f.begin = []string{`{"id":null,"method":"mining.notify","params":[]}`} // ends it
				near, far := net.Pipe()
				done := make(chan struct{})
				go func() { f.serve(t.Context(), far); close(done) }()
				if err := m.Run(t.Context(), near); !errors.Is(err, JobForm) {
					t.Fatal(err)
				}
				far.Close()
				<-done
			}
			if got := strings.Contains(strings.Join(f.got, "\n"), `","0123"]`); got != want {
				t.Errorf("%s: got %v, want %v:\n%s", name, got, want, strings.Join(f.got, "\n"))
			}
		}
	}
}

// A NerdQAxe whose owner wants it looks at what the coinbase pays.
func TestOwner(t *testing.T) {
	for _, tt := range []struct {
		name   string
		payout string
		fee    float64
		want   error
	}{
		{"pays 50 of 65", "5152", 25, errEnough},
		{"keeps 15 of 65", "5152", 20, CoinbaseFee},
		{"does not pay", "51", 100, CoinbaseOwner},
	} {
		t.Run(tt.name, func(t *testing.T) {
			script, _ := hex.DecodeString(tt.payout)
			if err := meet(t, NerdQAxe(), Options{Payout: script, MaxFee: tt.fee}, rightServer(), 2); !errors.Is(err, tt.want) {
				t.Errorf("got %v, want %v", err, tt.want)
			}
		})
	}
	broken := rightServer()
	broken.begin = []string{difficultyLine(easy), jobLine(with(3, coinMid+"ffffffff02"))}
	if err := meet(t, NerdQAxe(), Options{Payout: []byte{1}}, broken, 2); !errors.Is(err, JobForm) {
		t.Errorf("a coinbase that is cut off: got %v, want %v", err, JobForm)
	}
}

// The probe of a Bitaxe is content with the subscribe reply, and reads once.
func TestProbe(t *testing.T) {
	for _, tt := range []struct {
		name, says string
		want       error
	}{
		{"reply", `{"id":1,"result":[[["mining.notify","1"]],"01",8],"error":null}` + "\n", nil},
		{"difficulty first", difficultyLine(1) + "\n", ProbeWithoutSubject},
		{"word behind what is read", strings.Repeat(" ", 1023) + "mining.notify\n", ProbeWithoutSubject},
		{"nothing", "", ProbeWithoutSubject},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				near, far := net.Pipe()
				got := make(chan struct{})
				go func() { _, _ = io.Copy(io.Discard, far); close(got) }()
				said := make(chan struct{})
				go func() {
					if tt.says != "" {
						_, _ = io.WriteString(far, tt.says)
					}
					close(said)
				}()
				if err := New(Bitaxe(), Options{User: "a"}).Probe(near); !errors.Is(err, tt.want) {
					t.Errorf("got %v, want %v", err, tt.want)
				}
				<-got
				<-said
				far.Close()
			})
		})
	}
}

// Every quirk has a test in TestWrongServers or beside it, and docs/miners.md
// tells of every claim.
func TestDocs(t *testing.T) {
	text, err := os.ReadFile("../../docs/miners.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, tr := range All() {
		if !strings.Contains(string(text), "| "+tr.Name+" |") {
			t.Errorf("docs/miners.md has no row of %s", tr.Name)
		}
		for _, c := range tr.Sources {
			if !strings.Contains(string(text), "| "+c.Text+" | "+string(c.Evidence)+" |") {
				t.Errorf("docs/miners.md, %s: has no row | %s | %s |", tr.Name, c.Text, c.Evidence)
			}
		}
	}
}
