package guidetest

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/spf13/cobra"
)

const guide = "# A guide\n\nUse `pool check FILE`.\n\n```toml file=pool.toml\nport = 3333\n```\n\n<!-- test: mine a block -->\n\n" +
	"```sh run\ncat pool.toml\n```\n\nIt prints\n\n```text output\nport = ...\n```\n\n## Next\n\nwords\n\n## Last\n"

func TestParse(t *testing.T) {
	blocks, err := Parse(guide)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, b := range blocks {
		got = append(got, b.Lang+":"+b.Text)
	}
	want := "toml:port = 3333\n|test:mine a block|sh:cat pool.toml\n|text:port = ...\n"
	if strings.Join(got, "|") != want {
		t.Errorf("got %q, want %q", got, want)
	}
	if b := blocks[0]; b.Line != 6 || b.Mark["file"] != "pool.toml" || !blocks[2].Marked("run") || blocks[2].Marked("output") {
		t.Errorf("marks or lines: %+v", blocks)
	}
	if _, err := Parse("```sh\necho\n"); err == nil {
		t.Error("a block that is not closed: no error")
	}
	if text, err := Section(guide, "Next"); err != nil || text != "\nwords\n" {
		t.Errorf("section: got %q, %v", text, err)
	}
	if _, err := Section(guide, "None"); err == nil {
		t.Error("no such section: no error")
	}
}

func TestMatch(t *testing.T) {
	for _, tt := range []struct {
		name, shown, printed string
		ok                   bool
	}{
		{"the same", "a b\nc\n", "a b\nc\n", true},
		{"spaces", "a b\n", "a     b   \n", true},
		{"other word", "a b\n", "a c\n", false},
		{"a line more", "a\n", "a\nb\n", false},
		{"a line less", "a\nb\n", "a\n", false},
		{"dots within a line", "height ... by ...\n", "height 17 by rig\n", true},
		{"not over lines", "height ... by\n", "height 17\nby\n", false},
		{"dots for lines", "...\nlast\n", "first\nsecond\nlast\n", true},
		{"dots for no line", "...\nlast\n", "last\n", true},
		{"words of patterns", "a.c (d)\n", "abc (d)\n", false},
	} {
		if err := Match(tt.shown, tt.printed); (err == nil) != tt.ok {
			t.Errorf("%s: got %v, want a match: %v", tt.name, err, tt.ok)
		}
	}
}

func program() Program {
	return Program{Name: "pool", Root: func() *cobra.Command {
		root := &cobra.Command{Use: "pool", SilenceErrors: true, SilenceUsage: true}
		check := &cobra.Command{Use: "check FILE", Args: cobra.ExactArgs(1), RunE: func(*cobra.Command, []string) error { return nil }}
		check.Flags().Bool("nodes", false, "")
		check.Flags().String("to", "", "")
		root.AddCommand(check)
		return root
	}}
}

func TestCheckText(t *testing.T) {
	for _, tt := range []struct {
		name, text string
		faults     int
	}{
		{"right", "```sh\npool check --nodes a.toml\n```\n", 0},
		{"unknown command", "```sh\npool chek a.toml\n```\n", 1},
		{"unknown flag", "```sh\npool check --node a.toml\n```\n", 1},
		{"no file", "```sh\npool check\n```\n", 1},
		{"two files", "```sh\npool check a b\n```\n", 1},
		{"behind sudo, a variable and a pipe", "```sh\nsudo -u pool X=1 pool chek a | pool check b --none\n```\n", 2},
		{"quotes and comments", "```sh\npool check --to \"a b\" c # pool nothing\n# pool nothing\n```\n", 0},
		{"a line that goes on", "```sh\npool check \\\n  a b\n```\n", 1},
		{"another program", "```sh\nmypool nothing\necho pool nothing\n```\n", 0},
		{"another language", "```toml\npool nothing\n```\n", 0},
		{"in words", "Call `pool check` or `pool check --nodes FILE`, not `pool nothing` or `pool check --no`.\n", 2},
		{"left open", "Call `pool check ...` or `pool ...`, not `pool chek ...`.\n", 1},
		{"redirected, and what another command prints", "```sh\npool check $(ls) 2>log >>out &\n```\n", 0},
		{"indented, among other words", "    pool nothing\n    is text\n", 0},
		{"indented, with what it does", "    pool check FILE     says what is wrong\n    pool chek FILE     nothing\n", 1},
	} {
		if got := program().CheckText(tt.text); len(got) != tt.faults {
			t.Errorf("%s: got %v, want %d faults", tt.name, got, tt.faults)
		}
	}
}

func TestPlay(t *testing.T) {
	mined := 0
	p := &Play{Dir: t.TempDir(), Replace: []string{"3333", "4444"}, Steps: map[string]func(){"mine a block": func() { mined++ }}}
	p.Run(t, guide+"\n```toml add=pool.toml\nmore\n```\n```toml top=/etc/pool.toml\nfirst\n```\n```sh run\ncat pool.toml\n```\n"+
		"```text output\nfirst\n\nport = 4444\n\nmore\n```\n")
	if mined != 1 || !strings.Contains(p.last, "first\n\nport = 4444\n\nmore\n") {
		t.Errorf("mined %d times, the file is\n%s", mined, p.last)
	}
}

// TestPlayOfWhatGoesOn starts a command, and ends it with the guide.
func TestPlayOfWhatGoesOn(t *testing.T) {
	p := &Play{Dir: t.TempDir()}
	p.Ready = func() bool { return strings.Contains(p.Log(), "ready") }
	p.Run(t, "```sh start\nsh -c 'trap \"exit 0\" TERM; echo ready; while :; do sleep 0.05; done'\n```\n")
	if len(p.started) != 0 {
		t.Error("it was not ended")
	}
}

// TestPlayStops names the line at which a guide is wrong.
func TestPlayStops(t *testing.T) {
	p := &Play{Dir: t.TempDir()}
	for _, text := range []string{
		"```sh run\nfalse\necho no\n```\n", "<!-- test: unknown -->\n", "```text output\nwords\n```\n",
		"```sh start\nexit 3\n```\n", "```sh start\na\nb\n```\n",
	} {
		p.Ready = func() bool { return false }
		blocks, err := Parse(text)
		if err != nil {
			t.Fatal(err)
		}
		if err := p.block(t, blocks[0], map[string]bool{}); err == nil {
			t.Errorf("%q: no error", text)
		}
	}
}

func TestCheckLinks(t *testing.T) {
	dir := t.TempDir()
	write := func(name, text string) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	write("other.md", "# Other\n\n## Who's who, and why\n")
	for _, tt := range []struct {
		name, text string
		faults     int
	}{
		{"right", "[a](other.md) [b](other.md#whos-who-and-why) [c](#here) [d](https://nowhere.example/x)\n\n# Here\n", 0},
		{"no file", "[a](none.md)\n", 1},
		{"no heading", "[a](other.md#who) and [b](#there)\n", 2},
		{"in a block, and between backticks", "```\n[a](none.md)\n```\n`[a](none.md)`\n", 0},
	} {
		if got := CheckLinks(write("this.md", tt.text)); len(got) != tt.faults {
			t.Errorf("%s: got %v, want %d faults", tt.name, got, tt.faults)
		}
	}
}
