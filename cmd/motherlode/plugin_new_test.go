package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestPluginNewWritesAProjectAndSaysWhatIsNext(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "some", "folder")
	out, code := runBinary(t, "plugin", "new", "my-coin", "--lang", "go", "--dir", dir, "--module", "git.example.org/me/coin")
	if code != 0 {
		t.Fatalf("exit code %d: %s", code, out)
	}
	for _, want := range []string{"cd " + dir, "go build -o my-coin .", "motherlode plugin check ./my-coin", "motherlode run pool.toml"} {
		if !strings.Contains(out, want) {
			t.Errorf("no %q in %q", want, out)
		}
	}
	mod, err := os.ReadFile(filepath.Join(dir, "go.mod"))
	if err != nil || !strings.HasPrefix(string(mod), "module git.example.org/me/coin\n") {
		t.Errorf("go.mod: got %q, %v", mod, err)
	}
}

func TestPluginNewRefusesWrongUse(t *testing.T) {
	full := t.TempDir()
	if err := os.WriteFile(filepath.Join(full, "precious"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		args []string
		want string
	}{
		"no name":      {nil, "accepts 1 arg"},
		"bad name":     {[]string{"My_Coin"}, `"My_Coin"; expected a small letter`},
		"device":       {[]string{"aux"}, "device"},
		"bad language": {[]string{"coin", "--lang", "cobol"}, `"cobol"; expected go`},
		"bad module":   {[]string{"coin", "--module", "coin"}, "begins with a domain"},
		"full folder":  {[]string{"coin", "--dir", full}, "is not empty, and nothing is overwritten"},
		"no folder":    {[]string{"coin", "--dir", filepath.Join(full, "precious", "x")}, "not a directory"},
		"unwritable":   {[]string{"coin", "--dir", "/proc/motherlode-test"}, "/proc/motherlode-test"},
	} {
		t.Run(name, func(t *testing.T) {
			out, code := runBinary(t, append([]string{"plugin", "new"}, c.args...)...)
			if code != 2 || !strings.Contains(out, c.want) {
				t.Errorf("exit code %d, %q; want code 2 with %q", code, out, c.want)
			}
		})
	}
	if left, _ := filepath.Glob(filepath.Join(full, "*")); len(left) != 1 {
		t.Errorf("the full folder holds %q", left)
	}
}

func TestPluginKnowsItsCommands(t *testing.T) {
	if out, code := runBinary(t, "plugin", "nwe"); code != 2 || !strings.Contains(out, `no command "nwe"`) {
		t.Errorf("exit code %d, %q; want code 2", code, out)
	}
	if out, code := runBinary(t, "plugin"); code != 0 || !strings.Contains(out, "new ") || strings.Contains(out, "serve ") {
		t.Errorf("exit code %d, %q; want help without what only pools use", code, out)
	}
}
