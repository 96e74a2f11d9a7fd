package main

import (
	"bytes"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/motherlode-pool/motherlode/internal/simchain"
	"github.com/motherlode-pool/motherlode/plugins/conformance"
)

// mustRun runs the binary to its end.
func mustRun(t *testing.T, args ...string) (stdout, stderr string, code int) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), mustBinary(t), args...)
	var out, errs bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errs
	err := cmd.Run()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		t.Fatal(err)
	}
	return out.String(), errs.String(), cmd.ProcessState.ExitCode()
}

// mustToy is the example plugin in a folder of its own.
func mustToy(t *testing.T) string {
	t.Helper()
	example, err := toyExample()
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "toychain")
	mustProgram(t, path, example)
	return path
}

func mustFile(t *testing.T, name, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// ruleLine is one line of plugin check.
var ruleLine = regexp.MustCompile(`(?m)^(ok|FAILED|n/a) +([a-z0-9-]+)  +\S.*$`)

// outcomes are the words by rule.
func outcomes(out string) map[string]string {
	got := map[string]string{}
	for _, m := range ruleLine.FindAllStringSubmatch(out, -1) {
		got[m[2]] = m[1]
	}
	return got
}

func TestExamplePluginKeepsEveryRuleWithoutSettings(t *testing.T) {
	withoutRace(t)
	plugin := mustToy(t)
	out, errs, code := mustRun(t, "plugin", "check", plugin)
	if code != 0 || errs != "" || !strings.Contains(out, " 0 failed") {
		t.Fatalf("exit code %d, %s\n%s", code, errs, out)
	}
	got := outcomes(out)
	for _, r := range conformance.Rules() {
		want := "ok"
		if r.Role != "" && r.Role != "aux" {
			want = "n/a"
		}
		if got[r.ID] != want {
			t.Errorf("%s: got %q, want %q", r.ID, got[r.ID], want)
		}
	}
	text, err := os.ReadFile(plugin)
	if err != nil {
		t.Fatal(err)
	}
	if want := fmt.Sprintf("sha256 = \"%x\"\n", sha256.Sum256(text)); !strings.Contains(out, want) {
		t.Errorf("no line %q", want)
	}
	if strings.Contains(out, "\x1b") {
		t.Error("colours though it is no terminal")
	}
}

func TestPluginThatBreaksRulesIsNamedForThem(t *testing.T) {
	for _, tt := range []struct {
		name, file, settings string
		rule, says           string
	}{
		{"a chain too hard to mine on", "s.toml", `bits = "1d00ffff"`, "aux-accepted", "regtest"},
		{"the same in JSON", "s.json", `{"bits": "1d00ffff"}`, "aux-accepted", "regtest"},
		{"it prints", "s.toml", "garbage = true", "process-stdout", "standard error"},
		{"an unknown key", "s.toml", "shade = 1", "open", "shade"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			out, errs, code := mustRun(t, "plugin", "check", mustToy(t), "--rule", tt.rule+",describe-complete",
				"--settings", mustFile(t, tt.file, tt.settings))
			got := outcomes(out)
			if code != 1 || got[tt.rule] != "FAILED" || got["describe-complete"] != "ok" || len(got) != 2 {
				t.Errorf("exit code %d\n%s", code, out)
			}
			if _, below, _ := strings.Cut(out, "FAILED"); !strings.Contains(below, "\n          ") || !strings.Contains(below, tt.says) {
				t.Errorf("no %q in\n%s", tt.says, out)
			}
			if !strings.Contains(errs, "breaks a rule") || !strings.Contains(out, "1 passed, 1 failed, 0 not applicable") {
				t.Errorf("the end says %q, and\n%s", errs, out)
			}
		})
	}
}

func TestPluginCheckOfABuiltInCoin(t *testing.T) {
	withoutRace(t)
	t.Parallel()
	node := mustSim(t, simchain.Config{Name: "parent", Parent: true})
	node.InjectFake(5, 1000)
	settings := mustFile(t, "s.toml", fmt.Sprintf("poll = \"50ms\"\nnodes = [{ url = %q, user = \"u\", password = \"p\" }]", node.URL()))
	out, errs, code := mustRun(t, "plugin", "check", "bitcoin", "--builtin", "--network", "regtest", "--settings", settings, "--json",
		"--good-address", demoAddress, "--bad-address", "1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa")
	var got struct {
		OK                            bool
		Passed, Failed, NotApplicable int
		Rules                         []struct{ Rule, Says, Role, Outcome, Detail string }
	}
	if err := json.Unmarshal([]byte(out), &got); err != nil || code != 0 || !got.OK || got.Failed != 0 || len(got.Rules) != len(conformance.Rules()) {
		t.Fatalf("exit code %d, %v, %s\n%s", code, err, errs, out)
	}
	for _, r := range got.Rules {
		if want := r.Role != "aux" && r.Role != "hasher"; (r.Outcome == "passed") != want || r.Says == "" {
			t.Errorf("%+v", r)
		}
	}
	if node.Height() == 0 {
		t.Error("no block was mined")
	}
}

func TestPluginCheckOfWhatIsNone(t *testing.T) {
	toy := mustToy(t)
	script := mustFile(t, "hello", "#!/bin/sh\necho hello\n")
	if err := os.Chmod(script, 0o755); err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		name string
		args []string
		code int
		says string
	}{
		{"another program", []string{"check", script}, 1, `its first line on stdout is "hello"`},
		{"info of another program", []string{"info", script}, 1, `its first line on stdout is "hello"`},
		{"not executable", []string{"check", mustFile(t, "x", "x")}, 1, "chmod +x"},
		{"no such file", []string{"check", "./nothing-here"}, 2, "bitcoin"},
		{"no such file for info", []string{"info", "./nothing-here"}, 2, "bitcoin"},
		{"no such built-in coin", []string{"check", "--builtin", toy}, 2, "no built-in coin"},
		{"no such rule", []string{"check", toy, "--rule", "nope"}, 2, `"nope"`},
		{"no such settings", []string{"check", toy, "--settings", "nothing.toml"}, 2, "nothing.toml"},
		{"broken settings", []string{"check", toy, "--settings", mustFile(t, "b.toml", "a = [")}, 2, "b.toml"},
		{"broken JSON", []string{"check", toy, "--settings", mustFile(t, "b.json", "{")}, 2, "b.json"},
		{"no path", []string{"check"}, 2, "--help"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			out, errs, code := mustRun(t, append([]string{"plugin"}, tt.args...)...)
			if code != tt.code || !strings.Contains(errs, tt.says) || strings.Count(errs, "\n") != 1 || out != "" {
				t.Errorf("exit code %d, want %d with one line that has %q; got %q, %q", code, tt.code, tt.says, errs, out)
			}
		})
	}
}

func TestPluginInfo(t *testing.T) {
	plugin := mustToy(t)
	out, errs, code := mustRun(t, "plugin", "info", plugin)
	if code != 0 {
		t.Fatalf("exit code %d: %s", code, errs)
	}
	for _, want := range []string{"toychain 1.", "aux", "sha256d", "main, regtest", "4242", "toy1", "chain_id", "integer", `default "1f00ffff"`, plugin} {
		if !strings.Contains(out, want) {
			t.Errorf("no %q in\n%s", want, out)
		}
	}

	out, _, code = mustRun(t, "plugin", "info", "--json", "namecoin")
	var got struct {
		Driver string
		Roles  []string
		Coin   struct {
			Algorithm string
			ChainID   int `json:"chain_id"`
		}
		Schema struct{ Required []string } `json:"settings_schema"`
	}
	if err := json.Unmarshal([]byte(out), &got); err != nil || code != 0 {
		t.Fatalf("exit code %d, %v: %s", code, err, out)
	}
	if got.Driver != "namecoin" || got.Coin.ChainID != 1 || got.Coin.Algorithm != "sha256d" || !slices.Contains(got.Roles, "aux") || slices.Contains(got.Roles, "parent") || len(got.Schema.Required) == 0 {
		t.Errorf("got %+v", got)
	}
}

// What a plugin says cannot move the cursor of the terminal that it is shown on.
func TestPluginsHaveNoSayInTheTerminal(t *testing.T) {
	var b strings.Builder
	p := newRulePrinter(&b, nil)
	p.rule(conformance.Result{Rule: conformance.Rule{ID: "x", Says: "says"}, Outcome: conformance.Failed, Detail: "a\x1b[2Jb\rc\u009bd"})
	p.rule(conformance.Result{Rule: conformance.Rule{ID: "x", Says: "says"}, Outcome: conformance.NotApplicable, Detail: "e\x1bf"})
	if strings.ContainsAny(b.String(), "\x1b\r\u009b") || !strings.Contains(b.String(), "a") {
		t.Errorf("got %q", b.String())
	}
	p.colour = true
	p.rule(conformance.Result{Rule: conformance.Rule{ID: "x", Says: "says"}, Outcome: conformance.Passed})
	if !strings.Contains(b.String(), "\x1b[32mok") {
		t.Errorf("got %q", b.String())
	}
}
