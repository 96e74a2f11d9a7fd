package stratum

import (
	"strings"
	"testing"
)

func TestWrongOptionsAreTold(t *testing.T) {
	p := newPool()
	p.put(newJob(1, true))
	_, addr := serve(t, p, nil)
	for _, c := range []struct {
		password string
		told     string // the options that are named; empty for no message
	}{
		{"x", ""},
		{"d=1024", ""},
		{"d", ""},
		{"hunter2;c=BTC,zap=1", ""},
		{"d=abc", "d=abc"},
		{"x;diff=0,md=5", "diff=0"},
		{"sd=-1, fd=1e999", `sd=-1,  fd=1e999`},
		{"mindiff=", "mindiff="},
		{"d=" + strings.Repeat("9x", 100), "d=" + strings.Repeat("9x", 15)},
	} {
		t.Run(c.password, func(t *testing.T) {
			m := dial(t, addr)
			m.subscribe(`["x"]`)
			m.send(`{"id":3,"method":"mining.authorize","params":["w","`+c.password+`"]}`, `{"id":4,"method":"mining.authorize","params":["w2","`+c.password+`"]}`)
			m.want(accepted("3"))
			if c.told != "" {
				got := m.expect("client.show_message").param(0)
				if !strings.HasSuffix(got, ": "+c.told+`"`) || !strings.Contains(got, "above 0") {
					t.Errorf("told %s, want it to name %q", got, c.told)
				}
			}
			m.want(accepted("4")) // once is enough
			m.expect("mining.set_difficulty")
			m.expect("mining.notify")
		})
	}
}
