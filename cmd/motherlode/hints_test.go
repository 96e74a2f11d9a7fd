package main

import (
	"fmt"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestFirstStartsThatFail makes the mistakes of a first start: a port that another
// program has, an address of another machine, a data folder that is none.
func TestFirstStartsThatFail(t *testing.T) {
	withoutRace(t)
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	data := filepath.Join(t.TempDir(), "data")
	for name, c := range map[string]struct{ listen, http, data, want string }{
		"the port of miners is taken": {taken.Addr().String(), "", data, "or this pool runs already"},
		"the port of pages is taken":  {"127.0.0.1:0", taken.Addr().String(), data, "or this pool runs already"},
		"address of another machine":  {"127.0.0.1:0", "192.0.2.1:8080", data, "does not have that address"},
		"a file for a folder":         {"127.0.0.1:0", "", filepath.Join(file, "data"), "write to data_dir " + file},
	} {
		t.Run(name, func(t *testing.T) {
			out, code := runBinary(t, "solo", "--node", "http://u:p@127.0.0.1:1", "--address", "bcrt1qw508d6qejxtdg4y5r3zarvary0c5xw7kygt080", "--listen", c.listen, "--http", c.http, "--data", c.data)
			if code != 1 || !strings.Contains(out, c.want) {
				t.Errorf("exit code %d, printed:\n%s\nwant 1 and %q", code, out, c.want)
			}
		})
	}
}

func TestHintsAreForWhatTheyAreFor(t *testing.T) {
	for name, got := range map[string]string{
		"another error":         portHint(fs.ErrPermission),
		"a call":                portHint(&net.OpError{Op: "dial", Err: fs.ErrPermission}),
		"another error of data": dataHint(fmt.Errorf("broken"), "data"),
	} {
		if got != "" {
			t.Errorf("%s: %q", name, got)
		}
	}
	if got := dataHint(&fs.PathError{Op: "mkdir", Err: fs.ErrPermission}, "data"); !strings.Contains(got, "may not write to data_dir /") {
		t.Errorf("a folder of another user: %q", got)
	}
	if got := portHint(fmt.Errorf("pool: %w", &net.OpError{Op: "listen", Err: os.NewSyscallError("bind", fs.ErrPermission)})); !strings.Contains(got, "below 1024") {
		t.Errorf("a low port: %q", got)
	}
}
