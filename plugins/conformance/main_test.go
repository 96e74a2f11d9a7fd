package conformance

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"log/slog"
	"net"
	"os"
	"os/signal"
	"strings"
	"syscall"
	"testing"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/health"
	healthpb "google.golang.org/grpc/health/grpc_health_v1"
	"google.golang.org/protobuf/types/known/emptypb"

	"github.com/motherlode-pool/motherlode/coins"
	"github.com/motherlode-pool/motherlode/coins/builtin"
	"github.com/motherlode-pool/motherlode/plugins/internal/serve"
	"github.com/motherlode-pool/motherlode/plugins/internal/wire"
	"github.com/motherlode-pool/motherlode/plugins/sdk"
)

// The variables that tell the test binary, started again, what to be.
const (
	modeKey   = "MOTHERLODE_TEST_MODE"
	faultsKey = "MOTHERLODE_TEST_FAULTS"
	driverKey = "MOTHERLODE_TEST_DRIVER"
)

func TestMain(m *testing.M) {
	d := newToy(strings.Split(os.Getenv(faultsKey), ",")...)
	switch os.Getenv(modeKey) {
	case "":
		flag.Parse()
		if err := flag.Set("test.parallel", "4"); err != nil { // most of the time they wait
			panic(err)
		}
		os.Exit(m.Run())
	case "sdk":
		leak(d)
		if d.has("starts slowly") {
			time.Sleep(slowStart)
		}
		sdk.Serve(noisy{d})
	case "bare":
		bare(d)
	case "built in":
		driver, ok := builtin.Lookup(os.Getenv(driverKey))
		if !ok {
			os.Exit(1)
		}
		sdk.Serve(driver)
	}
}

// slowStart is how long a toy with that fault does nothing.
const slowStart = 1500 * time.Millisecond

// leak starts the program again with more in its environment, where a fault says
// so.
func leak(d *toy) {
	if d.has("more environment") && os.Getenv("SECRET") == "" {
		_ = syscall.Exec("/proc/self/exe", os.Args, append(os.Environ(), "SECRET=1"))
	}
}

// The true outputs, from before the SDK takes them.
var trueStdout, trueStderr = os.Stdout, os.Stderr

// noisy is a toy with the faults of a process.
type noisy struct{ *toy }

func (d noisy) Open(ctx context.Context, s coins.Settings) (coins.Coin, error) {
	for fault, line := range map[string]string{
		"logs a number": `{"msg": 5, "level": "INFO"}`, "logs a strange level": `{"msg":"x","level":"LOUD"}`,
		"logs half": `{"msg":`, "logs bytes": "\xff\xfe", "logs much": strings.Repeat("x", maxLine+1),
	} {
		if d.has(fault) {
			fmt.Fprintln(trueStderr, line)
		}
	}
	if d.has("prints") {
		fmt.Fprintln(trueStdout, "hello")
	}
	if d.has("dies of SIGTERM") {
		signal.Reset(syscall.SIGTERM)
	}
	return d.toy.Open(ctx, s)
}

// bare is a plugin in another language: it does nothing that it is not told to.
func bare(d *toy) {
	if os.Getenv(wire.Handshake().MagicCookieKey) == "" && !d.has("serves anybody") {
		switch {
		case d.has("crashes by hand"):
			panic("no handshake")
		case d.has("answers on stdout"):
			fmt.Println("I am a plugin")
		case !d.has("is silent by hand"):
			fmt.Fprintln(os.Stderr, "I am a plugin; a pool starts me.")
		}
		os.Exit(2)
	}
	signal.Ignore(syscall.SIGTERM, syscall.SIGINT)
	path := os.Getenv("PLUGIN_UNIX_SOCKET_DIR") + fmt.Sprintf("/bare%d", os.Getpid())
	lis, err := net.Listen("unix", path)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(3)
	}
	opts := wire.ServerOptions()
	if d.has("deaf to stop") {
		opts = append(opts, grpc.UnknownServiceHandler(func(_ any, s grpc.ServerStream) error {
			return errors.Join(s.RecvMsg(&emptypb.Empty{}), s.SendMsg(&emptypb.Empty{}))
		}))
	}
	g := grpc.NewServer(opts...)
	serve.New(d, slog.Default()).Register(g)
	if d.has("is not serving") {
		h := health.NewServer()
		h.SetServingStatus("plugin", healthpb.HealthCheckResponse_NOT_SERVING)
		healthpb.RegisterHealthServer(g, h)
	}
	fmt.Printf("1|1|unix|%s|grpc\n", path)
	if d.has("prints") {
		fmt.Println("ready")
	}
	_ = g.Serve(lis)
}

// quickExit keeps the race detector from waiting a second at the end of each
// process.
const quickExit = "GORACE=atexit_sleep_ms=0"

// processConfig is that of a toy in a process of its own.
func processConfig(mode string, faults ...string) Config {
	cfg := toyConfig(newToy())
	cfg.Driver, cfg.Advance = nil, nil
	cfg.Process = &Process{
		Command: []string{"/proc/self/exe"},
		Env:     []string{modeKey + "=" + mode, faultsKey + "=" + strings.Join(faults, ","), quickExit},
	}
	cfg.Limits.Orphan = cfg.Limits.Stop
	return cfg
}
