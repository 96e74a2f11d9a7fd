package configs

import (
	"errors"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"time"
)

// Limits of values that have no other bound.
const (
	maxName     = 64          // a name shows up in file names, metrics and log lines
	maxFeeBPS   = 10_000      // all of the reward
	minEN2      = 2           // fewer bytes are refused by miners of the cgminer family
	maxEN2      = 8           // more are refused by Whatsminer
	maxRate     = 6_000       // shares a minute of one miner; more is no way to measure work
	sha256Chars = 2 * 256 / 8 // hexadecimal digits of a SHA-256
)

var nameForm = regexp.MustCompile(`^[A-Za-z0-9_-]+$`)

// Validate reports everything that is wrong with the values as Problems. What a
// driver's settings mean is the driver's to check.
func (c *Config) Validate() error {
	v := validator{c: c}
	v.general()
	for _, name := range slices.Sorted(maps.Keys(c.Coins)) {
		v.coin(name, c.Coins[name])
	}
	for _, name := range slices.Sorted(maps.Keys(c.Pools)) {
		v.pool(name, c.Pools[name])
	}
	v.wallets()
	v.http()
	v.hooks()
	v.ports()
	return v.problems.Err()
}

// validator collects what is wrong.
type validator struct {
	c        *Config
	problems Problems
}

func (v *validator) addf(key, format string, args ...any) {
	v.problems = append(v.problems, v.c.ProblemAt(key, format, args...))
}

// oneOf reports a value that is none of the known ones.
func (v *validator) oneOf(key, value string, known ...string) bool {
	if slices.Contains(known, value) {
		return true
	}
	listed := slices.DeleteFunc(slices.Clone(known), func(s string) bool { return s == "" })
	v.addf(key, "%q is unknown; expected one of %s", value, strings.Join(listed, ", "))
	return false
}

func (v *validator) within(key string, d Duration, low, high time.Duration) {
	if t := d.D(); t < low || t > high {
		v.addf(key, "%s is out of range; expected %s to %s", t, low, high)
	}
}

func (v *validator) general() {
	c := v.c
	if c.DataDir == "" {
		v.addf("data_dir", "is empty; expected a folder for the share log and the ledger")
	}
	v.database()
	v.oneOf("log.level", c.Log.Level, "debug", "info", "warn", "error")
	v.oneOf("log.format", c.Log.Format, "", "text", "json")
	v.oneOf("sharelog.sync", c.ShareLog.Sync, "os", "disk")
	if len(c.Coins) == 0 {
		v.addf("coins", "no coin is configured; expected a table like [coins.bitcoin]")
	}
	if len(c.Pools) == 0 {
		v.addf("pools", "no pool is configured; expected a table like [pools.btc]")
	}
}

func (v *validator) name(key, name string) {
	if !nameForm.MatchString(name) || len(name) > maxName {
		v.addf(key, "%q is no good name; expected at most %d letters, digits, - and _", name, maxName)
	}
}

// external reports whether a driver is a plugin's file and no built-in.
func external(driver string) bool { return strings.ContainsAny(driver, `/\.`) }

var hexSHA256 = regexp.MustCompile(fmt.Sprintf(`^[0-9A-Fa-f]{%d}$`, sha256Chars))

func (v *validator) coin(name string, coin Coin) {
	key := join("coins", name)
	v.name(key, name)

	if sum := coin.SHA256; sum != "" && !hexSHA256.MatchString(sum) {
		v.addf(key+".sha256", "%q is no SHA-256; expected %d hexadecimal digits", sum, sha256Chars)
	}
	switch {
	case coin.Driver == "":
		v.addf(key+".driver", "is missing; expected a built-in driver's name or the path of a plugin")
	case external(coin.Driver):
		if coin.SHA256 == "" && !coin.AllowUnverified {
			v.addf(key+".sha256", "is missing; expected the SHA-256 of %s, or allow_unverified = true to run whatever file is there", coin.Driver)
		}
		if coin.Isolate != nil && !*coin.Isolate {
			v.addf(key+".isolate", "is false, but %s is a plugin's file, which has a process of its own; expected true, or a built-in driver", coin.Driver)
		}
	default:
		if coin.SHA256 != "" {
			v.addf(key+".sha256", "is of no use with the built-in driver %q; expected a path like \"./%s\" as driver, or no sha256", coin.Driver, coin.Driver)
		}
		if coin.AllowUnverified {
			v.addf(key+".allow_unverified", "is of no use with the built-in driver %q; expected it only where driver is a path", coin.Driver)
		}
	}
	var bad settingErrors
	if _, err := coin.SettingsJSON(); errors.As(err, &bad) {
		for _, p := range bad {
			v.addf(key+p.path, "%s", p.message)
		}
	}
}
