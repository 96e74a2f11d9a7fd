package pythonexample

import (
	"bytes"
	"crypto/sha256"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"

	"github.com/motherlode-pool/motherlode/coins"
	"github.com/motherlode-pool/motherlode/plugins/host"
)

const python = "/usr/bin/python3"

// missing is why the plugin cannot run on this machine, empty when it can.
var missing = sync.OnceValue(func() string {
	out, err := exec.Command(python, "-c", "import grpc, google.protobuf").CombinedOutput()
	if err == nil {
		return ""
	}
	lines := bytes.Split(bytes.TrimSpace(out), []byte("\n"))
	return fmt.Sprintf("%s has no gRPC (apt-get install python3-grpcio python3-protobuf): %v %s", python, err, lines[len(lines)-1])
})

func mustPython(t *testing.T) {
	t.Helper()
	if why := missing(); why != "" {
		t.Skip(why)
	}
}

// mustProject writes the embedded files out, as a new project is.
func mustProject(t *testing.T) string {
	t.Helper()
	mustPython(t)
	dir, err := os.MkdirTemp("", "ml") // short, for the paths of sockets
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	err = fs.WalkDir(Files, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		text, err := Files.ReadFile(name)
		if err != nil {
			return err
		}
		mode := fs.FileMode(0o644)
		if bytes.HasPrefix(text, []byte("#!")) {
			mode = 0o755
		}
		path := filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			return err
		}
		return os.WriteFile(path, text, mode)
	})
	if err != nil {
		t.Fatal(err)
	}
	return dir
}

// mustRun runs a command in a project and returns what it says.
func mustRun(t *testing.T, dir string, command ...string) string {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), command[0], command[1:]...)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "PYTHONDONTWRITEBYTECODE=1")
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%q: %v\n%s", command, err, out)
	}
	return string(out)
}

// mustPack is the plugin as one file, and the file's SHA-256.
func mustPack(t *testing.T) (path, sum string) {
	t.Helper()
	path = filepath.Join(mustProject(t), "toychain.pyz")
	mustRun(t, filepath.Dir(path), "./pack", path)
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return path, fmt.Sprintf("%x", sha256.Sum256(text))
}

// logBuffer gathers the pool's log.
type logBuffer struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (b *logBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buf.Write(p)
}

func (b *logBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buf.String()
}

// mustDriver is the packed plugin, run as a third party's file.
func mustDriver(t *testing.T) (*host.Driver, *logBuffer) {
	t.Helper()
	path, sum := mustPack(t)
	sockets, err := host.NewSocketDir(filepath.Dir(path))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = sockets.Close() })
	logs := &logBuffer{}
	return host.New(host.Config{
		Name: "toychain", Command: []string{path}, External: true, SHA256: sum, SocketDir: sockets.Path(),
		Logger: slog.New(slog.NewTextHandler(logs, &slog.HandlerOptions{Level: slog.LevelDebug})),
	}), logs
}

// mustOpen opens a coin that the test closes.
func mustOpen(t *testing.T, d coins.Driver, settings string) coins.Coin {
	t.Helper()
	c, err := d.Open(t.Context(), coins.Settings{Instance: "toychain", Network: "regtest", JSON: []byte(settings)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close() })
	return c
}
