package configs

import (
	"cmp"
	"fmt"
	"maps"
	"net"
	"net/mail"
	"net/netip"
	"net/url"
	"os"
	"slices"
	"strings"
	"time"
)

// The kinds of hooks.
const (
	HookWebhook = "webhook"
	HookEmail   = "email"
	HookNtfy    = "ntfy"
)

// HookEvents are what a hook can be told of. Those that say that something is down
// are followed by one that says that it is back.
var HookEvents = []string{
	"block_found", "block_matured", "block_orphaned", "block_refused", "block_lost",
	"node_down", "coin_down", "plugin_parked", "no_work", "storage_trouble", "worker_down",
	"best_share", "account_best_share", "payment_sent", "payment_failed",
}

// Hook is one place that is told what happens.
type Hook struct {
	Name string `toml:"name"`
	Kind string `toml:"kind"` // webhook, email, ntfy
	URL  string `toml:"url"`  // https://..., of a topic with ntfy; smtp://HOST or smtps://HOST with email

	SecretFile string `toml:"secret_file"` // of a webhook: what its requests are signed with
	TokenFile  string `toml:"token_file"`  // of ntfy: an access token

	User         string   `toml:"user"` // of the mail server; empty: no authentication
	PasswordFile string   `toml:"password_file"`
	From         string   `toml:"from"`
	To           []string `toml:"to"`

	Plain bool `toml:"plain"` // without TLS, to another machine

	Events   []string `toml:"events"`   // empty: all but block_matured and the best shares
	Pools    []string `toml:"pools"`    // empty: all
	Chains   []string `toml:"chains"`   // empty: all
	Accounts []string `toml:"accounts"` // whose workers are watched; "*" is all
	AtMost   int      `toml:"at_most"`  // messages an hour; 0: by the kind
}

// Notices is when hooks are told.
type Notices struct {
	DownAfter    Duration `toml:"down_after"`    // a node, a coin or a pool's work must be gone for so long
	WorkerSilent Duration `toml:"worker_silent"` // a worker that sent no share for so long is down
}

// DefaultNotices are the usual times.
func DefaultNotices() Notices {
	return Notices{DownAfter: Duration(time.Minute), WorkerSilent: Duration(10 * time.Minute)}
}

// usualAtMost is how many messages an hour each kind gets where nothing is said:
// people read mail, and public ntfy servers count.
var usualAtMost = map[string]int{HookWebhook: 600, HookEmail: 20, HookNtfy: 30}

// PerHour is how many messages an hour a hook gets.
func (h *Hook) PerHour() int { return cmp.Or(h.AtMost, usualAtMost[h.Kind]) }

const (
	maxHooks    = 32
	maxTo       = 20
	maxFollowed = 200 // accounts of one hook
	maxAtMost   = 100_000
)

// hooks checks who is told what.
func (v *validator) hooks() {
	n := v.c.Notices
	v.within("notices.down_after", n.DownAfter, time.Second, time.Hour)
	v.within("notices.worker_silent", n.WorkerSilent, time.Minute, 24*time.Hour)
	if len(v.c.Hooks) > maxHooks {
		v.addf("hooks", "are %d; expected at most %d", len(v.c.Hooks), maxHooks)
	}
	first := map[string]int{}
	for i, h := range v.c.Hooks {
		key := element("hooks", i)
		if h.Name == "" {
			v.addf(key+".name", "is missing; expected a name of its own, for the log and for \"motherlode hooks test\"")
		} else {
			v.name(key+".name", h.Name)
		}
		if before, twice := first[h.Name]; twice && h.Name != "" {
			v.addf(key+".name", "%q is the name of hooks[%d] already; expected another", h.Name, before)
		} else {
			first[h.Name] = i
		}
		v.hook(key, &h)
	}
}

func (v *validator) hook(key string, h *Hook) {
	switch h.Kind {
	case HookWebhook, HookNtfy:
		v.httpHook(key, h)
	case HookEmail:
		v.mailHook(key, h)
	case "":
		v.addf(key+".kind", "is missing; expected webhook, email or ntfy")
	default:
		v.addf(key+".kind", "%q is unknown; %s", h.Kind, expected(h.Kind, []string{HookWebhook, HookEmail, HookNtfy}))
	}
	v.hookKeys(key, h)
	v.hookFilter(key, h)
	v.number(key+".at_most", h.AtMost, 0, maxAtMost)
}

// hookKeys finds keys that mean nothing with a hook's kind.
func (v *validator) hookKeys(key string, h *Hook) {
	for _, k := range []struct {
		name string
		set  bool
		kind string
	}{
		{"secret_file", h.SecretFile != "", HookWebhook}, {"token_file", h.TokenFile != "", HookNtfy},
		{"user", h.User != "", HookEmail}, {"password_file", h.PasswordFile != "", HookEmail},
		{"from", h.From != "", HookEmail}, {"to", len(h.To) > 0, HookEmail},
	} {
		if k.set && h.Kind != k.kind && usualAtMost[h.Kind] > 0 {
			v.addf(key+"."+k.name, "is for kind = %q and of no use with %q", k.kind, h.Kind)
		}
	}
}

// httpHook checks a hook's URL. It may have a secret in it and is not repeated.
func (v *validator) httpHook(key string, h *Hook) {
	u, err := url.Parse(h.URL)
	switch {
	case h.URL == "":
		v.addf(key+".url", "is missing; expected one like \"https://%s\"", map[string]string{HookNtfy: "ntfy.sh/a-topic-nobody-guesses", HookWebhook: "example.org/hook"}[h.Kind])
		return
	case err != nil || u.Host == "" || u.Scheme != "https" && u.Scheme != "http":
		v.addf(key+".url", "is no URL of https or http")
		return
	case u.User != nil:
		v.addf(key+".url", "has a user or a password in it; expected these in a file: token_file of ntfy, or none")
	case h.Kind == HookNtfy && strings.Trim(u.Path, "/") == "":
		v.addf(key+".url", "has no topic; expected one like \"https://ntfy.sh/a-topic-nobody-guesses\"")
	}
	v.hookPlain(key, h, u.Scheme == "http", u.Hostname())
}

func (v *validator) hookPlain(key string, h *Hook, plain bool, host string) {
	ip, err := netip.ParseAddr(host)
	here := host == "localhost" || err == nil && ip.IsLoopback()
	switch {
	case plain && !here && !h.Plain:
		v.addf(key+".url", "goes to another machine without TLS, so that everybody between reads it; expected https, or plain = true where the network is your own")
	case h.Plain && !plain:
		v.addf(key+".plain", "is of no use with a URL that has TLS")
	}
}

func (v *validator) mailHook(key string, h *Hook) {
	if _, _, err := h.MailServer(); err != nil {
		v.addf(key+".url", "%v", err)
	}
	if h.Plain && (h.User != "" || h.PasswordFile != "") {
		v.addf(key+".plain", "sends without TLS, and a password is never sent so; expected no user, or no plain")
	}
	if (h.User == "") != (h.PasswordFile == "") {
		v.addf(key+".user", "and password_file belong together; expected both, or neither")
	}
	if _, err := mail.ParseAddress(h.From); err != nil {
		v.addf(key+".from", "%q is no e-mail address; expected one like \"pool@example.org\"", h.From)
	}
	if len(h.To) == 0 || len(h.To) > maxTo {
		v.addf(key+".to", "has %d addresses; expected 1 to %d", len(h.To), maxTo)
	}
	for i, to := range h.To {
		if _, err := mail.ParseAddress(to); err != nil {
			v.addf(element(key+".to", i), "%q is no e-mail address; expected one like \"me@example.org\"", to)
		}
	}
}

// MailServer is where the mail of a hook goes: host:port, and whether it speaks TLS
// from the first byte. Else it must offer STARTTLS, unless Plain is set.
func (h *Hook) MailServer() (server string, implicit bool, err error) {
	const want = "expected one like \"smtp://mail.example.org\" (STARTTLS, port 587) or \"smtps://mail.example.org\" (TLS, port 465)"
	u, err := url.Parse(h.URL)
	if err != nil || u.Hostname() == "" || u.Scheme != "smtp" && u.Scheme != "smtps" || strings.Trim(u.Path, "/") != "" || u.RawQuery != "" {
		return "", false, fmt.Errorf("is no mail server; %s", want)
	}
	if u.User != nil {
		return "", false, fmt.Errorf("has a user in it; expected user and password_file beside it")
	}
	port := u.Port()
	switch {
	case port != "":
	case u.Scheme == "smtps":
		port = "465"
	case h.Plain:
		port = "25"
	default:
		port = "587"
	}
	if u.Scheme == "smtps" && h.Plain {
		return "", false, fmt.Errorf("has TLS, and plain = true is for none; expected smtp://, or no plain")
	}
	return net.JoinHostPort(u.Hostname(), port), u.Scheme == "smtps", nil
}

// hookFilter checks what a hook is told of.
func (v *validator) hookFilter(key string, h *Hook) {
	for i, e := range h.Events {
		if !slices.Contains(HookEvents, e) {
			hint := expected(e, HookEvents)
			if strings.HasSuffix(e, "_back") {
				hint = "what is back is told with what is down: node_down, coin_down, worker_down and the like"
			}
			v.addf(element(key+".events", i), "no event is called %q; %s", e, hint)
		}
	}
	known := slices.Collect(maps.Keys(v.c.Pools))
	for i, p := range h.Pools {
		if _, ok := v.c.Pools[p]; !ok {
			v.addf(element(key+".pools", i), "no pool is called %q; %s", p, expected(p, known))
		}
	}
	known = slices.Collect(maps.Keys(v.c.Coins))
	for i, c := range h.Chains {
		if _, ok := v.c.Coins[c]; !ok {
			v.addf(element(key+".chains", i), "no coin is called %q; %s", c, expected(c, known))
		}
	}
	if len(h.Accounts) > maxFollowed {
		v.addf(key+".accounts", "are %d; expected at most %d, or \"*\" for all", len(h.Accounts), maxFollowed)
	}
	named := slices.ContainsFunc(h.Accounts, func(a string) bool { return a != "*" })
	if slices.Contains(h.Events, "worker_down") && len(h.Accounts) == 0 {
		v.addf(key+".accounts", "is missing beside worker_down; expected the accounts whose workers are watched, or [\"*\"] for all")
	}
	if slices.Contains(h.Events, "account_best_share") && !named {
		v.addf(key+".accounts", "names none beside account_best_share; expected the accounts by name")
	}
}

// HookSecret reads the secret, token or password of a hook, empty where it has none.
// Errors are Problems.
func (c *Config) HookSecret(i int) (string, error) {
	h, key := &c.Hooks[i], element("hooks", i)
	file, key, least := h.SecretFile, key+".secret_file", leastToken
	switch h.Kind {
	case HookNtfy:
		file, key, least = h.TokenFile, element("hooks", i)+".token_file", 1
	case HookEmail:
		file, key, least = h.PasswordFile, element("hooks", i)+".password_file", 1
	}
	if file == "" {
		return "", nil
	}
	raw, err := os.ReadFile(file)
	if err != nil {
		return "", Problems{c.ProblemAt(key, "cannot be read: %s", err)}
	}
	secret := strings.TrimRight(string(raw), "\r\n")
	if len(secret) < least || strings.ContainsAny(secret, "\r\n\x00") {
		return "", Problems{c.ProblemAt(key, "%s holds nothing of use; expected one line of at least %d characters", file, least)}
	}
	if info, err := os.Stat(file); err == nil && info.Mode().Perm()&0o007 != 0 {
		return "", Problems{c.ProblemAt(key, "%s can be read by every user of this machine; run: chmod o-rwx %s", file, file)}
	}
	return secret, nil
}
