package main

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// convertData is where the samples of other pools are.
const convertData = "../../configs/convert/testdata"

// importCommand runs the program's commands in this process.
func importCommand(t *testing.T, args ...string) (out, notes string, err error) {
	t.Helper()
	var stdout, stderr bytes.Buffer
	root := newRoot()
	root.SetArgs(args)
	root.SetOut(&stdout)
	root.SetErr(&stderr)
	err = root.ExecuteContext(t.Context())
	return stdout.String(), stderr.String(), err
}

// TestMovingGuide runs the commands of docs/moving.md as they stand there, each
// section's in a folder with that pool's file; the nodes' own answers are left out.
func TestMovingGuide(t *testing.T) {
	program := mustBinary(t)
	for section, file := range map[string]struct{ sample, name, network string }{
		"From ckpool":      {"ckpool.conf", "ckpool.conf", "main"},
		"From public-pool": {"public-pool.env", ".env", "regtest"},
		"From miningcore":  {"miningcore.json", "config.json", "regtest"},
	} {
		t.Run(section, func(t *testing.T) {
			lines := guideCommands(t, "../../docs/moving.md", section)
			sample := mustRead(t, filepath.Join(convertData, file.sample))
			t.Chdir(t.TempDir())
			if err := os.WriteFile(file.name, []byte(sample), 0o600); err != nil {
				t.Fatal(err)
			}
			for _, line := range lines {
				args := strings.Fields(line)[1:]
				if args[0] == "import" && section == "From miningcore" {
					args = append(args, "--network", file.network) // the sample's addresses are of regtest
				}
				if out, err := exec.CommandContext(t.Context(), program, args...).CombinedOutput(); err != nil {
					t.Fatalf("%s: %v\n%s", line, err, out)
				}
			}
			info, err := os.Stat("motherlode.toml")
			if err != nil || info.Mode().Perm() != 0o600 {
				t.Errorf("the file with the passwords: %v, %v", info, err)
			}
		})
	}
}

func TestImportSaysWhatIsLeft(t *testing.T) {
	out, notes, err := importCommand(t, "import", filepath.Join(convertData, "ckpool.conf"))
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(out, "[pools.ckpool]") {
		t.Errorf("no TOML on standard output: %s", out)
	}
	for _, want := range []string{"not carried over: redirecturl: ", "btcd[0].pass: the password is carried over", "not carried over: somefork.deep[0]: "} {
		if !strings.Contains(notes, want) {
			t.Errorf("missing %q in:\n%s", want, notes)
		}
	}
}

func TestImportThatIsRefused(t *testing.T) {
	dir := t.TempDir()
	there := filepath.Join(dir, "there.toml")
	if err := os.WriteFile(there, []byte("mine"), 0o600); err != nil {
		t.Fatal(err)
	}
	sample := filepath.Join(convertData, "ckpool.conf")
	for name, c := range map[string]struct {
		args []string
		want string
	}{
		"a file that is there": {[]string{sample, "--out", there}, "there already"},
		"another form":         {[]string{there}, "neither JSON nor NAME=value"},
		"a form that is none":  {[]string{sample, "--from", "p2pool"}, "expected one of"},
		"no file":              {[]string{filepath.Join(dir, "none")}, "no such file"},
	} {
		if _, _, err := importCommand(t, append([]string{"import"}, c.args...)...); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: got %v, want %q", name, err, c.want)
		}
	}
	if got := mustRead(t, there); got != "mine" {
		t.Error("the file that was there was written to")
	}

	empty := filepath.Join(dir, "empty.conf")
	if err := os.WriteFile(empty, []byte(`{"btcd":[{"url":"a:1"}]}`), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, notes, err := importCommand(t, "import", empty); err != nil || !strings.Contains(notes, "pools.ckpool.address: is missing") {
		t.Errorf("without an address: %v\n%s", err, notes)
	}
}

// What --from and --network take is completed, and no files are.
func TestImportIsCompleted(t *testing.T) {
	for flag, want := range map[string]string{"--from": "ckpool\nminingcore\npublic-pool\n:4\n", "--network": "main\ntest\nsignet\nregtest\n:4\n"} {
		if got, _, err := importCommand(t, "__complete", "import", flag, ""); err != nil || got != want {
			t.Errorf("%s: got %q, %v; want %q", flag, got, err, want)
		}
	}
}
