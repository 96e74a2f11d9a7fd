package main

import (
	"bytes"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// printed is what a command prints.
func printed(t *testing.T, args ...string) string {
	t.Helper()
	var out bytes.Buffer
	root := newRoot()
	root.SetArgs(args)
	root.SetOut(&out)
	root.SetErr(io.Discard)
	if err := root.ExecuteContext(t.Context()); err != nil {
		t.Fatalf("%v: %v", args, err)
	}
	return out.String()
}

// Every command and flag is in the help, in the manual and in what shells
// complete, which are all made of the same texts.
func TestEveryCommandIsInHelpManualAndCompletion(t *testing.T) {
	page := printed(t, "man")
	eachCommand(newRoot(), func(cmd *cobra.Command) {
		path := strings.Fields(cmd.CommandPath())[1:]
		t.Run(strings.Join(path, " "), func(t *testing.T) {
			help := printed(t, append(path, "--help")...)
			if cmd.Short == "" || !strings.Contains(page, roff(cmd.Short)) {
				t.Errorf("manual: no %q", cmd.Short)
			}
			section := ".SS " + roff(cmd.CommandPath()+strings.TrimPrefix(cmd.Use, cmd.Name())) + "\n"
			_, rest, ok := strings.Cut(page, section)
			if !ok {
				t.Fatalf("manual: no section %q", section)
			}
			section, _, _ = strings.Cut(rest, "\n.S")
			parent := printed(t, append(append([]string{"__complete"}, path[:len(path)-1]...), path[len(path)-1])...)
			if !strings.Contains(parent, path[len(path)-1]+"\t"+cmd.Short) {
				t.Errorf("completion: no %q in\n%s", path, parent)
			}
			flags := printed(t, append(append([]string{"__complete"}, path...), "--")...)
			eachFlag(cmd, func(f *pflag.Flag) {
				_, usage := pflag.UnquoteUsage(f)
				if !strings.Contains(help, "--"+f.Name) || !strings.Contains(section, roff("--"+f.Name)) || !strings.Contains(section, roff(usage)) {
					t.Errorf("--%s is not in help and manual", f.Name)
				}
				if !regexp.MustCompile(`(?m)^--` + regexp.QuoteMeta(f.Name) + `\b`).MatchString(flags) {
					t.Errorf("completion: no --%s in\n%s", f.Name, flags)
				}
			})
		})
	})
}

// The manual is a page without a warning.
func TestManualIsAPage(t *testing.T) {
	groff, err := exec.LookPath("groff")
	if err != nil {
		t.Skip("no groff here")
	}
	cmd := exec.Command(groff, "-man", "-ww", "-Tascii", "-P-cbou")
	cmd.Stdin = strings.NewReader(printed(t, "man"))
	var out, complaints bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &complaints
	if err := cmd.Run(); err != nil {
		t.Fatalf("%v: %s", err, complaints.String())
	}
	if complaints.Len() > 0 {
		t.Errorf("groff complains: %s", complaints.String())
	}
	if !strings.Contains(out.String(), "motherlode ban [FILE] ADDRESS") {
		t.Errorf("no ban in %.500s", out.String())
	}
}

// bash completes commands, flags, a flag's values and files.
func TestBashCompletes(t *testing.T) {
	bash, err := exec.LookPath("bash")
	if err != nil {
		t.Skip("no bash here")
	}
	dir := t.TempDir()
	for _, name := range []string{"pool.toml", "notes.txt"} {
		if err := os.WriteFile(filepath.Join(dir, name), nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Symlink(mustBinary(t), filepath.Join(dir, "motherlode")); err != nil {
		t.Fatal(err)
	}
	script := filepath.Join(dir, "completion")
	if err := os.WriteFile(script, []byte(printed(t, "completion", "bash")), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, x := range []struct{ line, want, not string }{
		{"motherlode rel", "reload", "run"},
		{"motherlode sessions pool.toml --so", "--sort", "--pool"},
		{"motherlode sessions pool.toml --sort=di", "difficulty", "idle"},
		{"motherlode sessions dr", "drop", "ping"},
		{"motherlode completion z", "zsh", "bash"},
		{"motherlode status po", "pool.toml", "notes.txt"},
		{"motherlode status ", "pool.toml", "notes.txt"},
		{"motherlode ban pool.toml ", "", "pool.toml"},
	} {
		t.Run(x.line, func(t *testing.T) {
			words := strings.Split(x.line, " ")
			// A shell that completes calls the function with these variables set; without
			// the package bash-completion the script finds the words itself.
			run := `source ` + script + `
COMP_WORDS=(` + strings.Join(words[:len(words)-1], " ") + ` "` + words[len(words)-1] + `")
COMP_CWORD=$((${#COMP_WORDS[@]}-1)); COMP_LINE="` + x.line + `"; COMP_POINT=${#COMP_LINE}
compopt() { :; }
_get_comp_words_by_ref() { words=("${COMP_WORDS[@]}"); cword=$COMP_CWORD; cur=${words[$cword]}; prev=${words[$cword-1]}; }
_filedir() { local f; for f in "$cur"*; do if [[ -d $f || $f == *.${1%|} ]]; then COMPREPLY+=("$f"); fi; done; }
__start_motherlode
printf '%s\n' "${COMPREPLY[@]}"`
			cmd := exec.Command(bash, "--norc", "-c", run)
			cmd.Dir = dir
			cmd.Env = append(os.Environ(), "PATH="+dir+":"+os.Getenv("PATH"))
			out, err := cmd.CombinedOutput()
			if err != nil {
				t.Fatalf("%v: %s", err, out)
			}
			if !strings.Contains(string(out), x.want) || x.not != "" && strings.Contains(string(out), x.not) {
				t.Errorf("got %q, want %q and no %q", out, x.want, x.not)
			}
		})
	}
	for _, shell := range []string{"zsh", "fish"} {
		if got := printed(t, "completion", shell); !strings.Contains(got, "motherlode") || len(got) < 1000 {
			t.Errorf("%s: got %q", shell, got)
		}
	}
}
