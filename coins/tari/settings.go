package tari

import (
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"net/url"
	"os"
	"strings"
	"time"

	"github.com/motherlode-pool/motherlode/coins"
	"github.com/motherlode-pool/motherlode/coins/internal/settings"
)

// Node is how to reach one base node, as the operator writes it.
type Node struct {
	URL      string `json:"url" required:"true" doc:"the base node's gRPC address, like 127.0.0.1:18102, http://127.0.0.1:18102 or https://node.example:18102"`
	User     string `json:"user" doc:"user name, where the node has basic authentication"`
	Password string `json:"password" doc:"password, where the node has basic authentication"`
	CA       string `json:"ca" doc:"PEM file with the certificate of an https node; the system's are used without it"`

	target string // host:port, made by check
	tls    bool
	roots  *x509.CertPool // from CA; nil for the system's
}

// Settings are the settings of a Tari coin.
type Settings struct {
	Nodes          []Node            `json:"nodes" required:"true" doc:"the base nodes, the preferred one first"`
	Address        string            `json:"address" required:"true" doc:"Tari address in base58 that every block's reward is paid to"`
	Tag            string            `json:"tag" doc:"text that the coinbase carries, at most 64 bytes"`
	Poll           settings.Duration `json:"poll" doc:"how often each node is asked for its tip"`
	Refresh        settings.Duration `json:"refresh" doc:"how often a template is fetched for new transactions at the same tip"`
	Timeout        settings.Duration `json:"timeout" doc:"how long a node may take to make a template"`
	MaxTemplateAge settings.Duration `json:"max_template_age" doc:"age at which the last template counts as no work when no node gives a new one"`
	Maturity       uint              `json:"maturity" doc:"confirmations after which a reward may be spent; the main chain has had 720, 540, 360 and 180"`
}

// defaultSettings are the settings of an operator who gives none.
func defaultSettings() Settings {
	return Settings{
		Tag:            "/motherlode/",
		Poll:           settings.Duration(250 * time.Millisecond),
		Refresh:        settings.Duration(15 * time.Second),
		Timeout:        settings.Duration(10 * time.Second),
		MaxTemplateAge: settings.Duration(10 * time.Minute),
		Maturity:       maxMaturity,
	}
}

// Limits of the settings.
const (
	minPoll     = 10 * time.Millisecond // below it the node does nothing else
	maxPoll     = 10 * time.Second      // nothing but polling tells of blocks
	maxNodes    = 16                    // each costs a connection and goroutines
	maxTag      = 64                    // what nodes took in 2024; newer ones take 256
	maxMaturity = 720                   // the longest that the chain has had: never too early
)

// check adds what is wrong with the settings to problems, without network. It
// reads the certificates.
func (s *Settings) check(n network, known bool, problems *coins.Problems) {
	switch {
	case len(s.Nodes) > maxNodes:
		problems.Addf("nodes", "%d nodes, at most %d", len(s.Nodes), maxNodes)
	case len(s.Nodes) == 0 && !mentions(*problems, "nodes"):
		problems.Addf("nodes", "is empty: at least one base node is needed, like { url = \"127.0.0.1:%s\" }", n.port)
	}
	within(problems, "poll", s.Poll, minPoll, maxPoll)
	within(problems, "refresh", s.Refresh, 100*time.Millisecond, time.Hour)
	within(problems, "timeout", s.Timeout, 100*time.Millisecond, 10*time.Minute)
	within(problems, "max_template_age", s.MaxTemplateAge, time.Second, 24*time.Hour)
	if s.MaxTemplateAge <= s.Refresh && !mentions(*problems, "refresh") && !mentions(*problems, "max_template_age") {
		problems.Addf("max_template_age", "%s is not longer than refresh, which is %s", time.Duration(s.MaxTemplateAge), time.Duration(s.Refresh))
	}
	if len(s.Tag) > maxTag {
		problems.Addf("tag", "has %d bytes, at most %d", len(s.Tag), maxTag)
	}
	if (s.Maturity == 0 || s.Maturity > 100_000) && !mentions(*problems, "maturity") {
		problems.Addf("maturity", "%d is out of range, expected 1 to 100000", s.Maturity)
	}
	if known && !mentions(*problems, "address") {
		if _, err := decodeAddress(n, s.Address); err != nil {
			problems.Addf("address", "%v", err)
		}
	}
	s.checkNodes(n, problems)
}

func (s *Settings) checkNodes(n network, problems *coins.Problems) {
	seen := map[string]int{}
	for i := range s.Nodes {
		path := fmt.Sprintf("nodes[%d]", i)
		s.Nodes[i].check(n, path, problems)
		t := s.Nodes[i].target
		if first, ok := seen[t]; ok && t != "" {
			problems.Addf(path+".url", "is the same node as nodes[%d]", first)
		} else {
			seen[t] = i
		}
	}
}

// check looks at one node, and moves credentials out of its URL.
func (n *Node) check(of network, path string, problems *coins.Problems) {
	if err := n.parse(of); err != nil && !mentions(*problems, path+".url") {
		problems.Addf(path+".url", "%v", err)
	}
	switch {
	case n.User == "" && n.Password != "":
		problems.Addf(path+".user", "is missing: a password is given without it")
	case n.User != "" && n.Password == "":
		problems.Addf(path+".password", "is missing: a user is given without it")
	case strings.Contains(n.User, ":"):
		problems.Addf(path+".user", "must not hold a colon: the node could not tell where the password begins")
	}
	if n.CA == "" {
		return
	}
	if n.target != "" && !n.tls {
		problems.Addf(path+".ca", "is of use only with an https:// url")
		return
	}
	pem, err := os.ReadFile(n.CA)
	if err != nil {
		problems.Addf(path+".ca", "%v", err)
		return
	}
	n.roots = x509.NewCertPool()
	if !n.roots.AppendCertsFromPEM(pem) {
		problems.Addf(path+".ca", "%s holds no certificate in PEM form", n.CA)
	}
}

// parse reads the URL. Its text is not repeated in the error: it may hold a
// password.
func (n *Node) parse(of network) error {
	if n.URL == "" {
		return fmt.Errorf("is empty, expected something like 127.0.0.1:%s", of.port)
	}
	text := n.URL
	if !strings.Contains(text, "://") {
		text = "http://" + text
	}
	u, err := url.Parse(text)
	switch {
	case err != nil:
		return fmt.Errorf("is not an address, expected something like 127.0.0.1:%s", of.port)
	case u.Scheme != "http" && u.Scheme != "https":
		return errors.New("must start with http:// or https://, or be host:port")
	case u.Hostname() == "" || u.Port() == "":
		return fmt.Errorf("needs a host and a port, like 127.0.0.1:%s", of.port)
	case strings.Trim(u.Path, "/") != "" || u.RawQuery != "" || u.Fragment != "":
		return errors.New("must end after the port")
	}
	if u.User != nil {
		if n.User != "" || n.Password != "" {
			return errors.New("has credentials, and so have user and password: give them once")
		}
		n.User = u.User.Username()
		n.Password, _ = u.User.Password()
		u.User = nil
	}
	n.target = net.JoinHostPort(u.Hostname(), u.Port())
	n.tls = u.Scheme == "https"
	return nil
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
