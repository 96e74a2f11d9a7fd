package guidetest

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// Limits of what a guide may take in a test.
const (
	runLimit  = 60 * time.Second // of one block, on a machine that does much else
	stopLimit = 60 * time.Second

	logShown = 3000 // bytes of a log's end, where a test fails
)

// Play is a guide that a test goes through.
type Play struct {
	Dir     string            // where everything happens
	Env     []string          // beside the test's own
	Replace []string          // pairs: what the guide says, and what it is here
	Files   map[string]string // where a file of the guide is here; else in Dir, by its last name
	Steps   map[string]func() // of the comments for the test

	// Ready is asked after each start until it says yes.
	Ready func() bool

	last    string // what the last block printed
	started []*background
}

// Run goes through a guide, block by block.
func (p *Play) Run(t *testing.T, text string) {
	t.Helper()
	for i := 0; i+1 < len(p.Replace); i += 2 {
		if !strings.Contains(text, p.Replace[i]) {
			t.Fatalf("the guide does not say %q any more", p.Replace[i])
		}
	}
	blocks, err := Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	taken := map[string]bool{}
	for _, b := range blocks {
		if err := p.block(t, b, taken); err != nil {
			t.Fatalf("line %d of the guide: %v%s", b.Line, err, p.logs())
		}
	}
	for name := range p.Steps {
		if !taken[name] {
			t.Errorf("the guide has no comment %q for the test", name)
		}
	}
	p.End(t)
}

// End ends what the guide has started, and wants it to end well.
func (p *Play) End(t *testing.T) {
	t.Helper()
	for _, b := range p.started {
		if err := b.end(); err != nil {
			t.Errorf("%s: %v\n%s", b.line, err, b.log())
		}
	}
	p.started = nil
}

func (p *Play) block(t *testing.T, b Block, taken map[string]bool) (err error) {
	t.Helper()
	text := p.Here(b.Text)
	switch {
	case b.Lang == "test":
		step := p.Steps[b.Text]
		if step == nil {
			return fmt.Errorf("the test does not know the step %q", b.Text)
		}
		taken[b.Text] = true
		step()
	case b.Marked("file"):
		return p.write(b.Mark["file"], func(string) string { return text })
	case b.Marked("add"):
		return p.write(b.Mark["add"], func(old string) string { return old + "\n" + text })
	case b.Marked("top"):
		return p.write(b.Mark["top"], func(old string) string { return text + "\n" + old })
	case b.Marked("run"):
		p.last, err = p.shell(t.Context(), text)
	case b.Marked("start"):
		return p.start(t, text)
	case b.Marked("output"):
		return Match(text, p.last)
	case b.Marked("log"):
		return p.wait(func() error { return Match(text, p.Log()) })
	}
	return err
}

// Here is a text of the guide as it is in this test.
func (p *Play) Here(text string) string { return strings.NewReplacer(p.Replace...).Replace(text) }

// Path is where a file of the guide is in this test.
func (p *Play) Path(name string) string {
	if path, ok := p.Files[name]; ok {
		return path
	}
	return filepath.Join(p.Dir, filepath.Base(name))
}

func (p *Play) write(name string, change func(old string) string) error {
	path := p.Path(name)
	old, err := os.ReadFile(path)
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		return err
	}
	return os.WriteFile(path, []byte(change(string(old))), 0o600)
}

// command is a shell, which is killed with all its children when ctx ends.
func (p *Play) command(ctx context.Context, script string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, "/bin/sh", "-c", script)
	cmd.Dir, cmd.Env = p.Dir, append(os.Environ(), p.Env...)
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	cmd.Cancel = func() error { return syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) }
	cmd.WaitDelay = 5 * time.Second
	return cmd
}

// shell runs commands until the first that fails, and returns what they printed.
func (p *Play) shell(ctx context.Context, text string) (string, error) {
	ctx, cancel := context.WithTimeout(ctx, runLimit)
	defer cancel()
	out, err := p.command(ctx, "set -e\n"+text).CombinedOutput()
	if err != nil {
		err = fmt.Errorf("%w\n%s\n%s", err, text, out)
	}
	return string(out), err
}

// start runs a command in the background.
func (p *Play) start(t *testing.T, text string) error {
	t.Helper()
	lines := Lines(text)
	if len(lines) != 1 {
		return fmt.Errorf("%d lines are started, expected one", len(lines))
	}
	b := &background{line: lines[0], done: make(chan struct{})}
	b.cmd = p.command(context.Background(), "exec "+lines[0])
	b.cmd.Stdout, b.cmd.Stderr = b, b
	if err := b.cmd.Start(); err != nil {
		return err
	}
	go func() {
		b.err = b.cmd.Wait()
		close(b.done)
	}()
	t.Cleanup(func() {
		_ = syscall.Kill(-b.cmd.Process.Pid, syscall.SIGKILL)
		<-b.done
	})
	p.started = append(p.started, b)
	for end := time.Now().Add(runLimit); p.Ready != nil && !p.Ready(); {
		select {
		case <-b.done:
			return fmt.Errorf("%s has ended: %w", b.line, errors.Join(b.err, errors.New("it was to go on")))
		case <-time.After(20 * time.Millisecond):
		}
		if time.Now().After(end) {
			return fmt.Errorf("%s is not ready in time", b.line)
		}
	}
	return nil
}

// wait asks until there is no error, or no time.
func (p *Play) wait(ask func() error) error {
	for end := time.Now().Add(runLimit); ; time.Sleep(20 * time.Millisecond) {
		if err := ask(); err == nil || time.Now().After(end) {
			return err
		}
	}
}

// Log is what was printed by what goes on.
func (p *Play) Log() (text string) {
	for _, b := range p.started {
		text += b.log()
	}
	return text
}

func (p *Play) logs() string {
	if text := p.Log(); text != "" {
		if len(text) > logShown {
			text = "..." + text[len(text)-logShown:]
		}
		return "\nwhat goes on has printed\n" + text
	}
	return ""
}

// background is a command that goes on.
type background struct {
	line string
	cmd  *exec.Cmd
	done chan struct{}
	err  error // once done is closed

	mu   sync.Mutex
	text []byte
}

// Write takes what the command prints.
func (b *background) Write(text []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.text = append(b.text, text...)
	return len(text), nil
}

func (b *background) log() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return string(b.text)
}

// end asks the command to end.
func (b *background) end() error {
	_ = b.cmd.Process.Signal(syscall.SIGTERM)
	select {
	case <-b.done:
		return b.err
	case <-time.After(stopLimit):
		return errors.New("does not end")
	}
}
