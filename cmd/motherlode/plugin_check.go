package main

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/BurntSushi/toml"
	"github.com/spf13/cobra"

	"github.com/motherlode-pool/motherlode/coins/builtin"
	"github.com/motherlode-pool/motherlode/configs"
	"github.com/motherlode-pool/motherlode/plugins/conformance"
)

// pluginCheck is one call of plugin check.
type pluginCheck struct {
	settings  string
	network   string
	good, bad []string
	rules     []string
	builtin   bool
	json      bool
	verbose   bool
}

func newPluginCheck() *cobra.Command {
	var c pluginCheck
	cmd := &cobra.Command{
		Use:   "check PATH",
		Short: "Hold a coin plugin against every rule of the contract",
		Long: `Check runs a plugin as a pool does and holds it against every rule of the
contract: what it says of itself, its settings, streams, addresses, submissions,
hashes, and how its process behaves. It prints a line a rule, and exits with 1
when one is broken.

It finds real blocks, so the settings must be those of a network that is easy to
mine on: a regtest node, a simulated one. They are a table in TOML or JSON, as it
stands under [coins.NAME.settings]. PATH may also be the name of a built-in coin.

Check runs the file whatever its checksum, and prints the line with the checksum
that a pool wants to see in its configuration.`,
		Example: `  motherlode plugin check ./xyz-coin --settings regtest.toml --network regtest
  motherlode plugin check ./xyz-coin --rule address-good --good-address x1...`,
		Args: takes(cobra.ExactArgs(1)),
		RunE: func(cmd *cobra.Command, args []string) error {
			return c.run(cmd.Context(), args[0], cmd.OutOrStdout())
		},
	}
	f := cmd.Flags()
	f.StringVar(&c.settings, "settings", "", "file with the coin's settings, TOML or JSON; none by default")
	f.StringVar(&c.network, "network", "", "network of the coin; its main network by default")
	f.StringArrayVar(&c.good, "good-address", nil, "an address that the coin can pay; may be repeated")
	f.StringArrayVar(&c.bad, "bad-address", nil, "an address that the coin cannot pay; may be repeated")
	f.StringSliceVar(&c.rules, "rule", nil, "try only the rule with this id; may be repeated")
	f.BoolVar(&c.builtin, "builtin", false, "PATH is the name of a built-in coin")
	f.BoolVar(&c.json, "json", false, "print one JSON object")
	f.BoolVar(&c.verbose, "verbose", false, "print what the plugin logs on standard error")
	return cmd
}

// target is the plugin that a command is about.
type target struct {
	command  []string
	external bool
	path     string // of the file; the name of a built-in coin
	sum      string // SHA-256 of the file; empty for a built-in coin
}

// pluginTarget finds a plugin by the path of its file or the name of a built-in
// coin.
func pluginTarget(name string, mustBuiltin bool) (target, error) {
	if _, ok := builtin.Lookup(name); ok {
		self, err := selfPath()
		return target{command: []string{self, "plugin", "serve", name}, path: name}, err
	}
	if mustBuiltin {
		return target{}, &useError{fmt.Errorf("no built-in coin %q; there are %s", name, strings.Join(driverNames(), ", "))}
	}
	path, err := filepath.Abs(name)
	if err != nil {
		return target{}, err
	}
	text, err := os.ReadFile(path)
	if err != nil {
		return target{}, &useError{fmt.Errorf("%w (PATH is a plugin's file, or one of the built-in coins %s)", err, strings.Join(driverNames(), ", "))}
	}
	return target{command: []string{path}, external: true, path: path, sum: fmt.Sprintf("%x", sha256.Sum256(text))}, nil
}

// settingsFile reads a coin's settings as one JSON object.
func settingsFile(path string) ([]byte, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	if bytes.HasPrefix(bytes.TrimSpace(text), []byte("{")) {
		var table map[string]any
		if err := json.Unmarshal(text, &table); err != nil {
			return nil, fmt.Errorf("%s: %w", path, err)
		}
		return text, nil
	}
	var table map[string]any
	if err := toml.Unmarshal(text, &table); err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	out, err := configs.Coin{Settings: table}.SettingsJSON()
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return out, nil
}

// config is what the suite is to do.
func (c *pluginCheck) config(t target) (conformance.Config, error) {
	cfg := conformance.NewProcessConfig(t.command...)
	cfg.Process.External = t.external
	cfg.Process.MTLS = !t.external // as a pool runs it
	cfg.Settings.Instance, cfg.Settings.Network = "check", c.network
	cfg.Good, cfg.Bad, cfg.Rules = c.good, c.bad, c.rules
	if c.verbose {
		cfg.Logger = slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: slog.LevelDebug}))
	}
	if c.settings != "" {
		var err error
		if cfg.Settings.JSON, err = settingsFile(c.settings); err != nil {
			return cfg, &useError{fmt.Errorf("settings: %w", err)}
		}
	}
	for _, id := range c.rules {
		if !isRule(id) {
			return cfg, &useError{fmt.Errorf("there is no rule %q", id)}
		}
	}
	return cfg, nil
}

func isRule(id string) bool {
	for _, r := range conformance.Rules() {
		if r.ID == id {
			return true
		}
	}
	return false
}

func (c *pluginCheck) run(ctx context.Context, name string, out io.Writer) error {
	t, err := pluginTarget(name, c.builtin)
	if err != nil {
		return err
	}
	cfg, err := c.config(t)
	if err != nil {
		return err
	}
	begin := time.Now()
	var results []conformance.Result
	p := newRulePrinter(out, cfg.Rules)
	sum := conformance.Check(ctx, cfg, conformance.OwnProcess, func(r conformance.Result) {
		if results = append(results, r); c.json {
			return
		}
		if len(results) == 1 {
			p.head(t)
		}
		p.rule(r)
	})
	if sum.Err != nil {
		return fmt.Errorf("cannot check %s: %w", t.path, sum.Err)
	}
	if c.json {
		err = printCheckJSON(out, t, results, sum)
	} else {
		_, err = fmt.Fprintf(out, "\n%s, in %.1f s\n", sum, time.Since(begin).Seconds())
	}
	if err == nil && !sum.OK() {
		err = errors.New("the plugin breaks a rule")
	}
	return err
}

// checkedRule is a result as JSON has it.
type checkedRule struct {
	Rule    string  `json:"rule"`
	Says    string  `json:"says"`
	Role    string  `json:"role,omitempty"`
	Outcome string  `json:"outcome"`
	Detail  string  `json:"detail,omitempty"`
	Seconds float64 `json:"seconds"`
}

func printCheckJSON(out io.Writer, t target, results []conformance.Result, sum conformance.Summary) error {
	rules := []checkedRule{}
	for _, r := range results {
		rules = append(rules, checkedRule{
			Rule: r.ID, Says: r.Says, Role: string(r.Role), Outcome: r.Outcome.String(), Detail: r.Detail, Seconds: r.Took.Seconds(),
		})
	}
	return printJSON(out, map[string]any{
		"plugin": t.path, "sha256": t.sum, "ok": sum.OK(), "passed": sum.Passed, "failed": sum.Failed,
		"not_applicable": sum.NotApplicable, "rules": rules,
	})
}

func printJSON(out io.Writer, v any) error {
	enc := json.NewEncoder(out)
	enc.SetIndent("", "  ")
	return enc.Encode(v)
}
