package configs

import (
	"testing"
	"time"
)

func TestFrontOfTheFile(t *testing.T) {
	c, err := Parse("test.toml", []byte(`
[coins.bitcoin]
driver = "bitcoin"
[pools.a]
parent = "bitcoin"
address = "x"
node = 0
resume_for = "1h"
reconnect_to = ["pool.example", "pool.example:3334"]
  [pools.a.limits]
  connections = 5
  allow = ["10.0.0.0/8"]
  [[pools.a.listen]]
  address = ":3333"
  proxy_from = ["192.0.2.1"]
  ladder = { off = true }
[pools.b]
parent = "bitcoin"
address = "x"
listen = [{ address = ":3334" }]
`))
	if err != nil {
		t.Fatal(err)
	}
	a, b := c.Pools["a"], c.Pools["b"]
	if a.Node == nil || *a.Node != 0 || b.Node != nil {
		t.Errorf("nodes %v and %v, want 0 and none", a.Node, b.Node)
	}
	if a.ResumeFor.D() != time.Hour || b.ResumeFor.D() != 10*time.Minute || len(a.ReconnectTo) != 2 {
		t.Errorf("resume_for %v and %v, reconnect_to %v", a.ResumeFor.D(), b.ResumeFor.D(), a.ReconnectTo)
	}
	if l := a.Limits; l.Connections != 5 || l.PerSecond != 100 || len(l.Allow) != 1 {
		t.Errorf("limits %+v: what is not named keeps its default", l)
	}
	if l := b.Limits; l.Connections != 10_000 || len(l.Allow) != 2 {
		t.Errorf("default limits %+v", l)
	}
	if l := a.Listen[0]; !l.Ladder.Off || l.Ladder.Drop.D() != 3*time.Minute || len(l.ProxyFrom) != 1 {
		t.Errorf("listener %+v", l)
	}
	if l := b.Listen[0].Ladder; l != DefaultLadder() {
		t.Errorf("default ladder %+v", l)
	}
}

func TestParseNetwork(t *testing.T) {
	for text, want := range map[string]string{
		"10.1.2.3/8": "10.0.0.0/8", "192.0.2.1": "192.0.2.1/32", "2001:db8::1": "2001:db8::1/128",
		"::ffff:192.0.2.1": "192.0.2.1/32", "2001:db8::/32": "2001:db8::/32",
		"": "", "host": "", "10.0.0.0/40": "", "fe80::1%eth0": "",
	} {
		got, err := ParseNetwork(text)
		if (err == nil) != (want != "") || err == nil && got.String() != want {
			t.Errorf("%q: got %v, %v, want %q", text, got, err, want)
		}
	}
}
