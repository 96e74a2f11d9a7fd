package configs

import (
	"maps"
	"net/netip"
	"os"
	"slices"
	"strings"
)

// PublicPoolOff is the public_pool that turns the endpoints for widgets off.
const PublicPoolOff = "off"

// bitcoinKind are the drivers of parents whose numbers widgets of public-pool read
// rightly.
var bitcoinKind = []string{"bitcoin", "bitcoincash", "bitcoinlike"}

// http checks what is served over HTTP.
func (v *validator) http() {
	h := v.c.HTTP
	if h.StratumHost != "" && !isHost(h.StratumHost) {
		v.addf("http.stratum_host", "%q is no host; expected a name like pool.example.org or an address, without port", h.StratumHost)
	}
	if _, ok := v.c.Pools[h.PublicPool]; !ok && h.PublicPool != "" && h.PublicPool != PublicPoolOff {
		v.addf("http.public_pool", "no pool is called %q; expected one of %s, or %q", h.PublicPool,
			strings.Join(slices.Sorted(maps.Keys(v.c.Pools)), ", "), PublicPoolOff)
	}
	v.ckpool()
	if h.OperatorPlain && h.OperatorTokenFile == "" {
		v.addf("http.operator_plain", "is of no use without operator_token_file, which turns the operator's part on")
	}
}

// WidgetPool is the pool that the endpoints for widgets are about, empty for none.
func (c *Config) WidgetPool() string {
	return c.poolOf(c.HTTP.PublicPool, func(p Pool) bool { return slices.Contains(bitcoinKind, c.Coins[p.Parent].Driver) })
}

// poolOf is the pool that is named, or where none is, the only one that fits; empty for
// none.
func (c *Config) poolOf(named string, fits func(Pool) bool) string {
	if named != "" {
		if _, ok := c.Pools[named]; !ok {
			return ""
		}
		return named
	}
	only := ""
	for name, p := range c.Pools {
		switch {
		case !fits(p):
		case only != "":
			return ""
		default:
			only = name
		}
	}
	return only
}

// GoodToken reports whether a token of the operator is one word, too long to be guessed.
func GoodToken(token string) bool {
	return len(token) >= leastToken && !strings.ContainsAny(token, " \t\r\n")
}

// leastToken is the shortest token that nobody guesses.
const leastToken = 16

// OperatorToken reads the token of the operator's part, empty where it is off.
// Errors are Problems.
func (c *Config) OperatorToken() (string, error) {
	file := c.HTTP.OperatorTokenFile
	if file == "" {
		return "", nil
	}
	const key = "http.operator_token_file"
	raw, err := os.ReadFile(file)
	if err != nil {
		p := c.ProblemAt(key, "cannot be read: %s; make it with: umask 077; openssl rand -hex 24 > %s", err, file)
		return "", Problems{p}
	}
	token := strings.TrimSpace(string(raw))
	if !GoodToken(token) {
		p := c.ProblemAt(key, "%s holds no good token; expected one line of at least %d characters, as from: openssl rand -hex 24", file, leastToken)
		return "", Problems{p}
	}
	if info, err := os.Stat(file); err == nil && info.Mode().Perm()&0o007 != 0 {
		p := c.ProblemAt(key, "%s can be read by every user of this machine; run: chmod o-rwx %s", file, file)
		return "", Problems{p}
	}
	return token, nil
}

func isHost(text string) bool {
	_, err := netip.ParseAddr(text)
	return err == nil || hostForm.MatchString(text)
}
