package host

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"os"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"google.golang.org/grpc"

	"github.com/motherlode-pool/motherlode/coins"
	"github.com/motherlode-pool/motherlode/plugins/internal/fakecoin"
	"github.com/motherlode-pool/motherlode/plugins/internal/serve"
	"github.com/motherlode-pool/motherlode/plugins/sdk"
)

// modeKey tells the test binary, started again, what to be.
const modeKey = "MOTHERLODE_TEST_MODE"

func TestMain(m *testing.M) {
	switch os.Getenv(modeKey) {
	case "":
		os.Exit(m.Run())
	case "plugin":
		sdk.Serve(&fakecoin.Driver{})
	case "debug":
		sdk.Debug(&fakecoin.Driver{})
	case "person":
		sdk.Serve(&fakecoin.Driver{})
	case "aux only":
		sdk.Serve(&fakecoin.Driver{Announce: []coins.Role{coins.RoleAux}})
	case "junk":
		fmt.Println("hello, I print before I serve")
		sdk.Serve(&fakecoin.Driver{})
	case "panics":
		sdk.Serve(&panicky{at: os.Getenv(panicKey)})
	case "liar":
		liar()
	case "silent":
		select {}
	case "slow":
		time.Sleep(500 * time.Millisecond) // what a slow start is
		sdk.Serve(&fakecoin.Driver{})
	case "crashes":
		panic("its library is missing")
	case "half a handshake":
		fmt.Println("1|1|unix")
		select {}
	case "elsewhere":
		fmt.Println("1|1|unix|/nonexistent/socket|grpc")
		select {}
	case "bare":
		bare()
	case "host":
		hostProcess()
	}
}

// bare is a plugin in another language: the handshake line and our services,
// nothing else of go-plugin's, and no message limit of ours.
func bare() {
	path := os.Getenv("PLUGIN_UNIX_SOCKET_DIR") + "/bare"
	lis, err := net.Listen("unix", path)
	if err != nil {
		os.Exit(3)
	}
	g := grpc.NewServer()
	serve.New(&fakecoin.Driver{}, slog.Default()).Register(g)
	fmt.Printf("1|1|unix|%s|grpc\n", path)
	_ = g.Serve(lis)
}

// hostProcess is a pool that says its plugin's pid and waits to be killed.
func hostProcess() {
	d := New(Config{Name: "fake", Command: []string{"/proc/self/exe"}, SocketDir: os.Getenv("SOCKETS"), Env: []string{modeKey + "=plugin"}})
	c, err := d.Open(context.Background(), coins.Settings{})
	if err != nil {
		fmt.Println("error", err)
		os.Exit(1)
	}
	fmt.Println(pidOf(c))
	select {}
}

func pidOf(c coins.Coin) int { return c.(interface{ PID() int }).PID() }

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

// config is that of a plugin which the test binary plays.
func config(t testing.TB, mode string) (Config, *logBuffer) {
	t.Helper()
	sockets, err := NewSocketDir(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	logs := &logBuffer{}
	t.Cleanup(func() {
		left, err := os.ReadDir(sockets.Path())
		if err != nil || len(left) != 1 { // its lock
			t.Errorf("left in the socket folder: %v, %v", left, err)
		}
		_ = sockets.Close()
		if t.Failed() && len(logs.String()) < 4000 {
			t.Log(logs.String())
		}
	})
	return Config{
		Name: "fake", Command: []string{"/proc/self/exe"}, SocketDir: sockets.Path(), Env: []string{modeKey + "=" + mode},
		Logger: slog.New(slog.NewTextHandler(logs, &slog.HandlerOptions{Level: slog.LevelDebug})),
	}, logs
}

// mustOpen opens a coin that the test closes.
func mustOpen(t testing.TB, d *Driver, settings string) coins.Coin {
	t.Helper()
	c, err := d.Open(t.Context(), coins.Settings{Instance: "fake", Network: "test", JSON: []byte(settings)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close() })
	return c
}

// promptly is what takes milliseconds on a free machine, and is far from the minute of a
// plugin that is awaited.
const promptly = 20 * time.Second

// eventually polls until ok or a deadline.
func eventually(t testing.TB, what string, ok func() bool) {
	t.Helper()
	for end := time.Now().Add(promptly); !ok(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("not within %v: %s", promptly, what)
		}
	}
}

// gone reports whether a process is no more; a zombie is none.
func gone(pid int) bool {
	if errors.Is(syscall.Kill(pid, 0), syscall.ESRCH) {
		return true
	}
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	return err != nil || strings.Contains(string(stat), ") Z ")
}
