package sdk

import (
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"
	"time"

	"github.com/hashicorp/go-plugin"
	"google.golang.org/grpc"

	"github.com/motherlode-pool/motherlode/coins"
	"github.com/motherlode-pool/motherlode/plugins/internal/serve"
	"github.com/motherlode-pool/motherlode/plugins/internal/wire"
	pb "github.com/motherlode-pool/motherlode/plugins/proto/coinv1"
)

// closeGrace is how long a coin may take to close when the pool has told the
// plugin to stop.
const closeGrace = time.Second

// Serve serves driver to the pool that started this process, and exits when the
// pool says so or is gone. Started by anything but a pool it explains itself and
// exits with status 1, or with MOTHERLODE_DEBUG set does what Debug does. It does
// not return.
func Serve(driver coins.Driver) {
	if !wire.StartedByPool(os.Getenv) {
		if os.Getenv(wire.DebugVar) != "" {
			Debug(driver)
		}
		explain(os.Stderr, driver)
		os.Exit(1)
	}
	log := logger()
	go watchParent(os.Getppid, os.Getenv(wire.HostPID), parentPoll, func() { os.Exit(0) })
	ignoreSignals()
	offerLogger(driver, log)

	server := serve.New(driver, log)
	plugin.Serve(&plugin.ServeConfig{
		HandshakeConfig: wire.Handshake(),
		VersionedPlugins: map[int]plugin.PluginSet{
			pb.Major: {wire.Name: &served{server: server}},
		},
		GRPCServer: func(opts []grpc.ServerOption) *grpc.Server {
			return grpc.NewServer(append(opts, wire.ServerOptions()...)...)
		},
		Logger: wire.Quiet(),
	})
	closeWithin(server, closeGrace, log)
	os.Exit(0)
}

// closeWithin closes the coin, but does not wait for one that hangs.
func closeWithin(server *serve.Server, limit time.Duration, log *slog.Logger) {
	closed := make(chan error, 1)
	go func() { closed <- server.Close() }()
	select {
	case err := <-closed:
		if err != nil {
			log.Warn("the coin did not close well", "error", err)
		}
	case <-time.After(limit):
		log.Warn("the coin did not close in time", "limit", limit)
	}
}

// ignoreSignals keeps the plugin alive while its pool drains: the pool decides,
// and when the pool is gone the watch on it ends the process. The signals are
// caught, not set to ignored, so that children of the plugin still get them.
func ignoreSignals() {
	caught := make(chan os.Signal, 8)
	signal.Notify(caught, syscall.SIGTERM, syscall.SIGINT, syscall.SIGHUP)
	go func() {
		for range caught { //revive:disable-line:empty-block
		}
	}()
}

// explain is what a person sees who starts a plugin by hand.
func explain(w io.Writer, driver coins.Driver) {
	name, what := filepath.Base(os.Args[0]), "a coin"
	if info, ok := describe(driver); ok {
		what = fmt.Sprintf("the coin driver %q (%s, version %s)", info.Driver, info.Summary, info.Version)
	}
	fmt.Fprintf(w, `%s is %s for a Motherlode pool, and is of no use on its own: the pool
starts it. Name the file in the pool's configuration:

    [coins.NAME]
    driver = "/path/to/%s"
    sha256 = "..."        # sha256sum of the file

and check it with:  motherlode check FILE.toml

To run it under a debugger, set %s=NAME: it then serves by itself
and says how a pool is attached to it.
`, name, what, name, wire.DebugVar)
}

// describe survives a driver that does not.
func describe(driver coins.Driver) (info coins.Info, ok bool) {
	defer func() { _ = recover() }()
	return driver.Describe(), true
}
