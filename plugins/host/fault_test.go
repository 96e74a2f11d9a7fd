package host

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"github.com/motherlode-pool/motherlode/coins"
	"github.com/motherlode-pool/motherlode/plugins/internal/client"
	"github.com/motherlode-pool/motherlode/plugins/internal/convert"
)

func TestWhoseFaultItIs(t *testing.T) {
	start := func(kind ErrorKind, err error) error { return &Error{Kind: kind, Plugin: "x", Err: err} }
	for _, c := range []struct {
		name string
		err  error
		want coins.Fault
	}{
		{"it does not start", start(ErrPluginStart, errors.New("exec format error")), coins.Crash},
		{"the machine has no memory", start(ErrPluginStart, fmt.Errorf("fork: %w", syscall.ENOMEM)), coins.NoFault},
		{"the machine has no processes", start(ErrPluginStart, &os.SyscallError{Syscall: "fork", Err: syscall.EAGAIN}), coins.NoFault},
		{"it died", start(ErrPluginDied, nil), coins.Crash},
		{"it hung", start(ErrPluginHung, nil), coins.Crash},
		{"another protocol", start(ErrProtocol, nil), coins.Crash},
		{"another file", start(ErrChecksum, nil), coins.NoFault},
		{"an unsafe file", start(ErrUnsafeFile, nil), coins.NoFault},
		{"a file without a checksum", start(ErrUnverified, nil), coins.NoFault},
		{"nothing to attach to", start(ErrNotAttached, nil), coins.NoFault},
		{"closed by the pool", start(ErrClosed, nil), coins.NoFault},
		{"a malformed message", fmt.Errorf("templates: %w template: bits", convert.ErrMalformed), coins.BadWork},
		{"a message that is too large", fmt.Errorf("templates: %w", client.ErrTooLarge), coins.BadWork},
		{"a call that it does not serve", fmt.Errorf("templates: %w", client.ErrUnsupported), coins.BadWork},
		{"its own error", fmt.Errorf("templates: %w: no node answers", client.ErrCoin), coins.NoFault},
		{"an end without a reason", fmt.Errorf("templates: %w", client.ErrEnded), coins.NoFault},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := coins.FaultOf(fmt.Errorf("open: %w", c.err)); got != c.want {
				t.Errorf("got %v, want %v", got, c.want)
			}
		})
	}
}

// TestFaultOverTheWire asks a real process: a panic is the program's fault, an
// error of its own is not.
func TestFaultOverTheWire(t *testing.T) {
	cfg, _ := config(t, "plugin")
	c := mustOpen(t, New(cfg), "")
	for word, want := range map[string]coins.Fault{"panic": coins.Crash, "error": coins.NoFault} {
		_, err := c.ValidateAddress(t.Context(), word)
		if err == nil || coins.FaultOf(err) != want || !errors.Is(err, client.ErrCoin) {
			t.Errorf("%s: %v is %v, want %v", word, err, coins.FaultOf(err), want)
		}
	}
	_, err := c.ValidateAddress(t.Context(), "die")
	var e *Error
	if coins.FaultOf(err) != coins.Crash || !errors.As(err, &e) || len(e.LastWords()) == 0 {
		t.Errorf("its death: %v, %v", coins.FaultOf(err), err)
	}
}

func TestStampChangesWithTheFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "plugin")
	d := New(Config{Name: "x", Command: []string{path}})
	stamps := []string{d.Stamp()}
	for i, text := range []string{"one", "two", "three"} {
		if err := os.WriteFile(path, []byte(text), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.Chtimes(path, time.Time{}, time.Unix(int64(1000+i), 0)); err != nil {
			t.Fatal(err)
		}
		stamps = append(stamps, d.Stamp())
		if again := d.Stamp(); again != stamps[i+1] {
			t.Error("the stamp of one file changes")
		}
	}
	for i, a := range stamps {
		for _, b := range stamps[i+1:] {
			if a == b {
				t.Errorf("two files have the stamp %q: %q", a, stamps)
			}
		}
	}
	if stamps[0] != "" {
		t.Errorf("a file that is not there has the stamp %q", stamps[0])
	}
}
