package nodes

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/motherlode-pool/motherlode/coins/internal/settings"
)

func TestSettingsProblems(t *testing.T) {
	dir := t.TempDir()
	notPEM := filepath.Join(dir, "not.pem")
	if err := os.WriteFile(notPEM, []byte("x"), 0o600); err != nil {
		t.Fatal(err)
	}
	const ok = `"url":"http://127.0.0.1:8332","user":"u","password":"p"`
	node := func(s string) string { return `{"nodes":[{` + s + `}]}` }
	for _, tt := range []struct {
		name, text string
		want       []string // "path: part of the message"
	}{
		{"good", node(ok), nil},
		{"cookie that is not there yet", node(`"url":"http://127.0.0.1:8332","cookie":"` + dir + `/.cookie"`), nil},
		{"credentials in the url", node(`"url":"http://u:p@127.0.0.1:8332"`), nil},
		{"zmq", node(ok + `,"zmq":"tcp://127.0.0.1:28332"`), nil},
		{"websocket", node(ok + `,"websocket":false`), nil},
		{"no nodes", `{}`, []string{"nodes: is missing"}},
		{"empty nodes", `{"nodes":[]}`, []string{"nodes: is empty"}},
		{"nodes as text", `{"nodes":"http://x:1"}`, []string{"nodes: expected a list"}},
		{"unknown key", node(ok + `,"passwort":"p"`), []string{`nodes[0].passwort: unknown key, did you mean "password"?`}},
		{"unknown outer key", `{"nodes":[{` + ok + `}],"refesh":"1s"}`, []string{`refesh: unknown key, did you mean "refresh"?`}},
		{"no url", node(`"user":"u","password":"p"`), []string{"nodes[0].url: is missing"}},
		{"empty url", node(`"url":"","user":"u","password":"p"`), []string{"nodes[0].url: is empty"}},
		{"scheme", node(`"url":"ftp://x:1","user":"u","password":"p"`), []string{"nodes[0].url: must start with http"}},
		{"no scheme", node(`"url":"127.0.0.1:8332","user":"u","password":"p"`), []string{"nodes[0].url: is not a URL"}},
		{"no port", node(`"url":"http://127.0.0.1","user":"u","password":"p"`), []string{"nodes[0].url: needs a host and a port"}},
		{"no credentials", node(`"url":"http://127.0.0.1:8332"`), []string{"nodes[0]: has no credentials"}},
		{"user alone", node(`"url":"http://127.0.0.1:8332","user":"u"`), []string{"nodes[0].password: is missing"}},
		{"password alone", node(`"url":"http://127.0.0.1:8332","password":"p"`), []string{"nodes[0].user: is missing"}},
		{"both kinds", node(ok + `,"cookie":"c"`), []string{"nodes[0].cookie: give either"}},
		{"credentials twice", node(`"url":"http://u:p@127.0.0.1:8332","user":"u","password":"p"`), []string{"nodes[0].url: has credentials, and so"}},
		{"cookie is a folder", node(`"url":"http://127.0.0.1:8332","cookie":"` + dir + `"`), []string{"nodes[0].cookie: " + dir + " is a folder"}},
		{"ca without https", node(ok + `,"ca":"x"`), []string{"nodes[0].ca: is of use only with"}},
		{"ca is missing", node(`"url":"https://127.0.0.1:8332","user":"u","password":"p","ca":"` + dir + `/none"`), []string{"nodes[0].ca: certificate file"}},
		{"ca is no certificate", node(`"url":"https://127.0.0.1:8332","user":"u","password":"p","ca":"` + notPEM + `"`), []string{"nodes[0].ca: certificate file"}},
		{"zmq scheme", node(ok + `,"zmq":"127.0.0.1:28332"`), []string{"nodes[0].zmq: must start with tcp://"}},
		{"zmq wildcard", node(ok + `,"zmq":"tcp://*:28332"`), []string{"nodes[0].zmq: needs a host"}},
		{"websocket as text", node(ok + `,"websocket":"yes"`), []string{"nodes[0].websocket: expected true or false"}},
		{"poll too short", `{"nodes":[{` + ok + `}],"poll":"1ms"}`, []string{"poll: 1ms is out of range"}},
		{"age below refresh", `{"nodes":[{` + ok + `}],"refresh":"1m","max_template_age":"30s"}`, []string{"max_template_age: 30s is not longer than refresh"}},
		{"the same node twice", `{"nodes":[{` + ok + `},{` + ok + `}]}`, []string{"nodes[1].url: is the same node as nodes[0]"}},
		{
			"all at once",
			`{"nodes":[{"ulr":"x"},{"url":"ftp://x:1","cookie":7}],"poll":5,"timeout":"1h","what":1}`,
			[]string{"nodes[0].url: is missing", "nodes[0].ulr: unknown", "nodes[0]: has no credentials", "nodes[1].url: must start", "nodes[1].cookie: expected a string", "poll: expected a duration", "timeout: 1h0m0s is out of range", "what: unknown key"},
		},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s := DefaultSettings()
			problems := settings.Decode([]byte(tt.text), &s)
			s.Check(&problems)
			text := problems.Error()
			for _, w := range tt.want {
				if !strings.Contains("\n"+text, "\n"+w) {
					t.Errorf("got:\n%s\nwant a line that starts with %q", text, w)
				}
			}
			if tt.want == nil && problems != nil {
				t.Errorf("got %s, want no problem", text)
			}
		})
	}
}

func TestCredentialsLeaveTheURL(t *testing.T) {
	s := DefaultSettings()
	problems := settings.Decode([]byte(`{"nodes":[{"url":"http://u:s3cret@127.0.0.1:8332"}]}`), &s)
	s.Check(&problems)
	if n := s.Nodes[0]; problems != nil || n.User != "u" || n.Password != "s3cret" || n.URL != "http://127.0.0.1:8332" {
		t.Errorf("got %+v, %v", n, problems)
	}
	s = DefaultSettings()
	problems = settings.Decode([]byte(`{"nodes":[{"url":"http://u:s3 cret%zz@x:1:2"}]}`), &s)
	s.Check(&problems)
	if text := problems.Error(); text == "" || strings.Contains(text, "cret") {
		t.Errorf("got %q, want a problem that does not repeat the password", text)
	}
}
