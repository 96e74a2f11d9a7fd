package nodes

import (
	"fmt"
	"net"
	"net/url"
	"os"
	"strings"
	"time"

	"github.com/motherlode-pool/motherlode/coins"
	"github.com/motherlode-pool/motherlode/coins/internal/rpc"
	"github.com/motherlode-pool/motherlode/coins/internal/settings"
	"github.com/motherlode-pool/motherlode/internal/blocknotify"
)

// Node is how to reach one node, as the operator writes it.
type Node struct {
	URL       string `json:"url" required:"true" doc:"the node's RPC address, like http://127.0.0.1:8332"`
	User      string `json:"user" doc:"RPC user name"`
	Password  string `json:"password" doc:"RPC password"`
	Cookie    string `json:"cookie" doc:"path of the node's .cookie file, instead of user and password"`
	CA        string `json:"ca" doc:"PEM file with the certificate of an https node"`
	ZMQ       string `json:"zmq" doc:"address of the node's zmqpubhashblock, like tcp://127.0.0.1:28332"`
	WebSocket *bool  `json:"websocket" doc:"listen for blocks on the node's WebSocket; by default where the node is btcd"`
}

// Settings are the settings that every coin of the family has. Embed it.
type Settings struct {
	Nodes          []Node            `json:"nodes" required:"true" doc:"the coin's nodes, the preferred one first"`
	Poll           settings.Duration `json:"poll" doc:"how often each node is asked for its tip"`
	Refresh        settings.Duration `json:"refresh" doc:"how often a template is fetched for new transactions at the same tip"`
	Timeout        settings.Duration `json:"timeout" doc:"how long a node may take to answer"`
	MaxTemplateAge settings.Duration `json:"max_template_age" doc:"age at which the last template counts as no work when no node gives a new one"`
	Propose        bool              `json:"propose" doc:"test each template in the node's proposal mode"`
	Notify         string            `json:"notify" doc:"host:port at which \"motherlode notify\", run by the nodes' blocknotify, tells of new blocks"`
}

// DefaultSettings are the settings of an operator who gives none.
func DefaultSettings() Settings {
	return Settings{
		Poll:           settings.Duration(time.Second),
		Refresh:        settings.Duration(30 * time.Second),
		Timeout:        settings.Duration(rpc.DefaultTimeout),
		MaxTemplateAge: settings.Duration(10 * time.Minute),
		Propose:        true,
	}
}

// Limits of the settings.
const (
	minPoll = 10 * time.Millisecond // below it the node does nothing else
	maxPoll = time.Minute           // above it the backstop is none
	maxNode = 16                    // each costs connections and a goroutine
)

// Check adds what is wrong with the settings to problems, without network. It
// looks for the files that a node needs at once; a cookie file may come later.
func (s *Settings) Check(problems *coins.Problems) {
	switch {
	case len(s.Nodes) > maxNode:
		problems.Addf("nodes", "%d nodes, at most %d", len(s.Nodes), maxNode)
	case len(s.Nodes) == 0 && !mentions(*problems, "nodes"):
		problems.Addf("nodes", "is empty: at least one node is needed, like { url = \"http://127.0.0.1:8332\", cookie = \"...\" }")
	}
	within(problems, "poll", s.Poll, minPoll, maxPoll)
	within(problems, "refresh", s.Refresh, 100*time.Millisecond, time.Hour)
	within(problems, "timeout", s.Timeout, 100*time.Millisecond, 10*time.Minute)
	within(problems, "max_template_age", s.MaxTemplateAge, time.Second, 24*time.Hour)

	if s.MaxTemplateAge <= s.Refresh && !mentions(*problems, "refresh") && !mentions(*problems, "max_template_age") {
		problems.Addf("max_template_age", "%s is not longer than refresh, which is %s", time.Duration(s.MaxTemplateAge), time.Duration(s.Refresh))
	}

	if s.Notify != "" {
		if err := blocknotify.CheckAddress(s.Notify); err != nil {
			problems.Addf("notify", "%v", err)
		}
	}

	seen := map[string]int{}
	for i := range s.Nodes {
		path := fmt.Sprintf("nodes[%d]", i)
		s.Nodes[i].check(path, problems)
		if u := s.Nodes[i].URL; u != "" {
			if first, ok := seen[u]; ok {
				problems.Addf(path+".url", "is the same node as nodes[%d]", first)
			}
			seen[u] = i
		}
	}
}

// mentions reports whether a key has a problem already.
func mentions(problems coins.Problems, path string) bool {
	for _, p := range problems {
		if p.Path == path {
			return true
		}
	}
	return false
}

func within(problems *coins.Problems, path string, d settings.Duration, low, high time.Duration) {
	if t := time.Duration(d); (t < low || t > high) && !mentions(*problems, path) {
		problems.Addf(path, "%s is out of range, expected %s to %s", t, low, high)
	}
}

// check looks at one node, and moves credentials out of its URL.
func (n *Node) check(path string, problems *coins.Problems) {
	n.checkURL(path, problems)
	switch {
	case n.Cookie != "" && (n.User != "" || n.Password != ""):
		problems.Addf(path+".cookie", "give either a cookie file or user and password, not both")
	case n.Cookie != "":
		if st, err := os.Stat(n.Cookie); err == nil && st.IsDir() {
			problems.Addf(path+".cookie", "%s is a folder, expected the .cookie file in it", n.Cookie)
		}
	case n.User == "" && n.Password == "":
		problems.Addf(path, "has no credentials: give user and password, or the path of the node's cookie file")
	case n.User == "":
		problems.Addf(path+".user", "is missing: a password is given without it")
	case n.Password == "":
		problems.Addf(path+".password", "is missing: a user is given without it")
	}
	if n.ZMQ != "" {
		if _, err := zmqAddress(n.ZMQ); err != nil {
			problems.Addf(path+".zmq", "%v", err)
		}
	}
}

func (n *Node) checkURL(path string, problems *coins.Problems) {
	if n.URL == "" {
		if !mentions(*problems, path+".url") {
			problems.Addf(path+".url", "is empty, expected something like http://127.0.0.1:8332")
		}
		return
	}
	// The text of a URL that cannot be parsed is not repeated: it may hold a
	// password.
	u, err := url.Parse(n.URL)
	switch {
	case err != nil:
		problems.Addf(path+".url", "is not a URL, expected something like http://127.0.0.1:8332")
		return
	case u.Scheme != "http" && u.Scheme != "https":
		problems.Addf(path+".url", "must start with http:// or https://")
		return
	case u.Hostname() == "" || u.Port() == "":
		problems.Addf(path+".url", "needs a host and a port, like http://127.0.0.1:8332")
		return
	}
	if u.User != nil {
		if n.User != "" || n.Password != "" {
			problems.Addf(path+".url", "has credentials, and so have user and password: give them once")
		}
		n.User = u.User.Username()
		n.Password, _ = u.User.Password()
		u.User = nil
	}
	n.URL = u.String()

	switch {
	case n.CA != "" && u.Scheme != "https":
		problems.Addf(path+".ca", "is of use only with an https:// url")
	case n.CA != "":
		if _, err := rpc.New(rpc.Config{URL: n.URL, CA: n.CA}); err != nil {
			problems.Addf(path+".ca", "%v", err)
		}
	}
}

// zmqAddress is host:port of a ZMQ endpoint.
func zmqAddress(endpoint string) (string, error) {
	hostport, ok := strings.CutPrefix(endpoint, "tcp://")
	if !ok {
		return "", fmt.Errorf("must start with tcp://")
	}
	host, port, err := net.SplitHostPort(hostport)
	if err != nil || host == "" || port == "" || host == "*" {
		return "", fmt.Errorf("needs a host and a port, like tcp://127.0.0.1:28332")
	}
	return hostport, nil
}
