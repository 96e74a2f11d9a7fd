package sdk

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"os"
	"os/signal"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/health"
	"google.golang.org/grpc/health/grpc_health_v1"
	"google.golang.org/grpc/reflection"

	"github.com/hashicorp/go-plugin"

	"github.com/motherlode-pool/motherlode/coins"
	"github.com/motherlode-pool/motherlode/plugins/internal/serve"
	"github.com/motherlode-pool/motherlode/plugins/internal/wire"
)

// Debug serves driver without a pool, so that it can run under a debugger, and
// prints the line that makes a pool use it:
//
//	export MOTHERLODE_ATTACH='{"xyz":{"socket":"/tmp/motherlode-debug-1000/xyz.sock","pid":123}}'
//
// A pool that is started with that variable attaches its coin xyz to this process
// and starts none. It neither kills this process nor watches whether it answers,
// so a breakpoint may last. Pools may come and go: each opens the coin anew, which
// closes the one before. After a restart the socket is the same, and a pool that
// runs comes back by itself.
//
// The coin's name is the value of MOTHERLODE_DEBUG, or where that is empty or 1,
// the driver's. Serve with that variable set does the same, so that a main with
// Serve need not be changed to be debugged.
//
// The log goes to standard error as text; it does not reach the pool's. Debug is
// for development: nothing but the folder's mode guards the socket. It does not
// return; it ends the process at SIGINT or SIGTERM.
func Debug(driver coins.Driver) {
	log := slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: slog.LevelDebug}))
	slog.SetDefault(log)
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM, syscall.SIGINT)
	defer stop()
	offerLogger(driver, log)
	d := debuggee{driver: driver, log: log, name: debugName(driver, os.Getenv(wire.DebugVar)), out: os.Stdout, hints: os.Stderr}
	if err := d.run(ctx); err != nil {
		fmt.Fprintln(os.Stderr, "debug:", err)
		os.Exit(1)
	}
	os.Exit(0)
}

// debugName is the coin's name in the pool's configuration.
func debugName(driver coins.Driver, wanted string) string {
	if wanted != "" && wanted != "1" {
		return wanted
	}
	if info, ok := describe(driver); ok && info.Driver != "" {
		return info.Driver
	}
	return "coin"
}

// debuggee is a plugin that is its own master.
type debuggee struct {
	driver     coins.Driver
	log        *slog.Logger
	name       string
	out, hints io.Writer // for the variable, for people
}

// run serves until ctx ends.
func (d debuggee) run(ctx context.Context) error {
	dir, err := debugDir()
	if err != nil {
		return err
	}
	socket := filepath.Join(dir, fileName(d.name)+".sock")
	lis, err := listen(socket)
	if err != nil {
		return err
	}
	server := serve.NewReopening(d.driver, d.log)
	g := grpc.NewServer(wire.ServerOptions()...)
	server.Register(g)
	alive := health.NewServer()
	alive.SetServingStatus(plugin.GRPCServiceName, grpc_health_v1.HealthCheckResponse_SERVING)
	grpc_health_v1.RegisterHealthServer(g, alive)
	reflection.Register(g)

	served := make(chan error, 1)
	go func() { served <- g.Serve(lis) }()
	d.announce(socket)
	select {
	case err = <-served:
	case <-ctx.Done():
		g.Stop()
		err = <-served
	}
	closeWithin(server, closeGrace, d.log)
	if errors.Is(err, grpc.ErrServerStopped) {
		err = nil
	}
	return err
}

func (d debuggee) announce(socket string) {
	attach := wire.Attachments{d.name: {Socket: socket, PID: os.Getpid()}}
	fmt.Fprintf(d.hints, "The coin %s waits for a pool. Start one in another terminal with this variable; Ctrl-C ends this.\n", d.name)
	fmt.Fprintf(d.out, "export %s=%s\n", wire.AttachVar, quoteShell(attach.String()))
}

// quoteShell makes one word of a text for any shell.
func quoteShell(s string) string { return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'" }

// fileName keeps of a name what is safe in a path, and short enough for a socket.
func fileName(name string) string {
	safe := strings.Map(func(r rune) rune {
		if r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || r == '-' || r == '_' {
			return r
		}
		return '-'
	}, name)
	return safe[:min(len(safe), 32)]
}

// debugDir is a folder that only this user can enter. Its name stays the same, so
// that a pool finds a process that was started again, and is short enough for a
// socket's path.
func debugDir() (string, error) {
	name := "motherlode-debug-" + strconv.Itoa(os.Geteuid())
	dir := filepath.Join(os.TempDir(), name)
	if len(dir) > 64 {
		dir = filepath.Join("/tmp", name)
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return "", err
	}
	info, err := os.Lstat(dir)
	if err != nil {
		return "", err
	}
	owner, ok := info.Sys().(*syscall.Stat_t)
	if !info.IsDir() || ok && int(owner.Uid) != os.Geteuid() || info.Mode().Perm() != 0o700 {
		return "", fmt.Errorf("%s must be a folder of user %d with mode 0700", dir, os.Geteuid())
	}
	return dir, nil
}

// listen listens on a socket, which a process that was killed may have left. One
// at which somebody answers is not taken over.
func listen(socket string) (net.Listener, error) {
	if conn, err := net.DialTimeout("unix", socket, time.Second); err == nil {
		_ = conn.Close()
		return nil, fmt.Errorf("another process serves at %s: end it first, or give this one another name by %s=NAME", socket, wire.DebugVar)
	}
	if err := os.Remove(socket); err != nil && !errors.Is(err, os.ErrNotExist) {
		return nil, err
	}
	return net.Listen("unix", socket)
}
