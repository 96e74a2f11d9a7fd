package rsk

import (
	"fmt"
	"net/url"
	"time"

	"github.com/motherlode-pool/motherlode/coins"
	"github.com/motherlode-pool/motherlode/coins/internal/rpc"
	"github.com/motherlode-pool/motherlode/coins/internal/settings"
)

// node is how to reach one node, as the operator writes it.
type node struct {
	URL      string `json:"url" required:"true" doc:"the node's RPC address, like http://127.0.0.1:4444"`
	User     string `json:"user" doc:"user name, where a proxy in front of the node asks for one"`
	Password string `json:"password" doc:"password, where a proxy in front of the node asks for one"`
	CA       string `json:"ca" doc:"PEM file with the certificate of an https node"`
}

// conf are the settings of the driver.
type conf struct {
	Nodes      []node            `json:"nodes" required:"true" doc:"rskj nodes with the mnr module and miner.server enabled, the preferred one first"`
	Poll       settings.Duration `json:"poll" doc:"how often each node is asked for work"`
	Refresh    settings.Duration `json:"refresh" doc:"age at which work is replaced though its chain has no new block and the node does not say that the new one pays more"`
	Timeout    settings.Duration `json:"timeout" doc:"how long a node may take to answer"`
	MaxSubmits uint32            `json:"max_submits" doc:"solutions submitted a second at most"`
}

func defaults() conf {
	return conf{
		Poll:       settings.Duration(time.Second),
		Refresh:    settings.Duration(30 * time.Second),
		Timeout:    settings.Duration(10 * time.Second),
		MaxSubmits: 2,
	}
}

// Limits of the settings.
const (
	maxNodes   = 16
	maxSubmits = 100
)

// check adds what is wrong with the settings, without network.
func (c *conf) check(problems *coins.Problems) {
	had := map[string]bool{}
	for _, p := range *problems {
		had[p.Path] = true
	}
	switch {
	case len(c.Nodes) > maxNodes:
		problems.Addf("nodes", "%d nodes, at most %d", len(c.Nodes), maxNodes)
	case len(c.Nodes) == 0 && !had["nodes"]:
		problems.Addf("nodes", "is empty: at least one node is needed, like { url = \"http://127.0.0.1:4444\" }")
	}
	within := func(path string, d settings.Duration, low, high time.Duration) {
		if t := time.Duration(d); (t < low || t > high) && !had[path] {
			problems.Addf(path, "%s is out of range, expected %s to %s", t, low, high)
		}
	}
	within("poll", c.Poll, 10*time.Millisecond, time.Minute)
	within("refresh", c.Refresh, 100*time.Millisecond, time.Hour)
	within("timeout", c.Timeout, 100*time.Millisecond, 10*time.Minute)
	if (c.MaxSubmits < 1 || c.MaxSubmits > maxSubmits) && !had["max_submits"] {
		problems.Addf("max_submits", "%d is out of range, expected 1 to %d", c.MaxSubmits, maxSubmits)
	}
	seen := map[string]int{}
	for i := range c.Nodes {
		path := fmt.Sprintf("nodes[%d]", i)
		if !had[path+".url"] {
			c.Nodes[i].check(path, problems)
		}
		if u := c.Nodes[i].URL; u != "" {
			if first, ok := seen[u]; ok {
				problems.Addf(path+".url", "is the same node as nodes[%d]", first)
			}
			seen[u] = i
		}
	}
}

// check looks at one node, and moves credentials out of its URL.
func (n *node) check(path string, problems *coins.Problems) {
	// The text of a bad URL is not repeated: it may hold a password.
	u, err := url.Parse(n.URL)
	if err != nil || (u.Scheme != "http" && u.Scheme != "https") || u.Hostname() == "" || u.Port() == "" {
		problems.Addf(path+".url", "is not the address of a node, expected something like http://127.0.0.1:4444")
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
	if n.CA == "" {
		return
	}
	if u.Scheme != "https" {
		problems.Addf(path+".ca", "is of use only with an https:// url")
	} else if _, err := rpc.New(rpc.Config{URL: n.URL, CA: n.CA}); err != nil {
		problems.Addf(path+".ca", "%v", err)
	}
}
