package host

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strconv"
	"sync"
	"time"

	"os"
	"os/exec"

	"github.com/hashicorp/go-hclog"
	"github.com/hashicorp/go-plugin"
	"github.com/hashicorp/go-plugin/runner"
	"google.golang.org/grpc"

	"github.com/motherlode-pool/motherlode/plugins/internal/client"
	"github.com/motherlode-pool/motherlode/plugins/internal/wire"
	pb "github.com/motherlode-pool/motherlode/plugins/proto/coinv1"
)

// process is one running plugin and the connection to it.
type process struct {
	*grpc.ClientConn
	cfg    Config
	run    *child
	client *plugin.Client
	logs   *logSink
	grace  time.Duration

	life context.Context // ends with the process; its cause says why
	end  context.CancelCauseFunc

	closing sync.Once
	watched sync.WaitGroup
}

var _ client.Link = (*process)(nil)

// start starts a plugin. All that a start uses up is made here.
func start(ctx context.Context, cfg Config, t tempo, count *logCount) (*process, error) {
	sum, err := cfg.check()
	if err != nil {
		return nil, err
	}
	path, err := verify(cfg, sum)
	if err != nil {
		return nil, err
	}
	if err := ctx.Err(); err != nil {
		return nil, err
	}

	logs := newLogSink(cfg.Logger, count)
	p := &process{cfg: cfg, logs: logs, run: newChild(path, cfg.Command[1:], cfg.MTLS, logs), grace: t.killGrace}
	p.life, p.end = context.WithCancelCause(context.Background())
	p.client = plugin.NewClient(p.clientConfig())

	// go-plugin's Start knows no context: killing the child ends it.
	stop := context.AfterFunc(ctx, p.run.kill)
	defer stop()
	begin := time.Now()
	said := p.sayWaiting(t.sayWaiting)
	err = p.connect()
	said()
	if err != nil {
		_ = p.Close()
		return nil, p.startError(ctx, time.Since(begin), err)
	}
	p.watched.Go(p.watchDeath)
	p.watched.Go(func() { p.watchPing(t) })
	return p, nil
}

// clientConfig is go-plugin's configuration, which a start uses up.
func (p *process) clientConfig() *plugin.ClientConfig {
	return &plugin.ClientConfig{
		HandshakeConfig:  wire.Handshake(),
		VersionedPlugins: map[int]plugin.PluginSet{pb.Major: {wire.Name: dispenser{}}},
		RunnerFunc: func(_ hclog.Logger, cmd *exec.Cmd, _ string) (runner.Runner, error) {
			p.run.setEnv(append(environment(p.cfg.Env), cmd.Env...))
			return p.run, nil
		},
		AllowedProtocols: []plugin.Protocol{plugin.ProtocolGRPC},
		StartTimeout:     p.cfg.StartTimeout,
		AutoMTLS:         p.cfg.MTLS,
		SkipHostEnv:      true,
		GRPCDialOptions:  wire.DialOptions(),
		UnixSocketConfig: &plugin.UnixSocketConfig{TempDir: p.cfg.SocketDir},
		Logger:           wire.Quiet(),
		SyncStdout:       p.logs.writer("stdout"),
		SyncStderr:       p.logs.writer("stderr"),
		Stderr:           io.Discard,
	}
}

// environment is what a plugin sees of ours.
func environment(extra []string) []string {
	env := []string{wire.HostPID + "=" + strconv.Itoa(os.Getpid())}
	if path, ok := os.LookupEnv("PATH"); ok {
		env = append(env, "PATH="+path)
	}
	return append(env, extra...)
}

// errNoCertificate says that a plugin cannot do what mtls = true demands.
var errNoCertificate = errors.New("it has no certificate to show: set mtls = false if it cannot do mutual TLS")

// connect starts the process and takes its connection.
func (p *process) connect() error {
	protocol, err := p.client.Client()
	if err != nil {
		return err
	}
	if p.cfg.MTLS && !p.run.hasCertificate() {
		return errNoCertificate
	}
	raw, err := protocol.Dispense(wire.Name)
	if err != nil {
		return err
	}
	conn, ok := raw.(*grpc.ClientConn)
	if !ok {
		return fmt.Errorf("dispensed a %T", raw)
	}
	p.ClientConn = conn
	return nil
}

// dispenser hands out the bare connection.
type dispenser struct{ plugin.NetRPCUnsupportedPlugin }

var _ plugin.GRPCPlugin = dispenser{}

// GRPCServer is for plugins.
func (dispenser) GRPCServer(*plugin.GRPCBroker, *grpc.Server) error {
	return errors.New("a host serves nothing")
}

// GRPCClient hands out the connection as it is.
func (dispenser) GRPCClient(_ context.Context, _ *plugin.GRPCBroker, conn *grpc.ClientConn) (any, error) {
	return conn, nil
}

// Life ends when the process does.
func (p *process) Life() context.Context { return p.life }

// PID is the process id.
func (p *process) PID() int { return p.run.pid() }

// Close tells the plugin to stop, kills it if it does not, and removes its
// socket. Calls in flight are cut.
func (p *process) Close() error {
	p.end(&Error{Kind: ErrClosed, Plugin: p.cfg.Name})
	p.cleanUp()
	p.watched.Wait()
	return nil
}

// cleanUp ends what belongs to the process. go-plugin's Kill asks for a shutdown
// without a deadline, so a plugin that hangs is killed beside it.
func (p *process) cleanUp() {
	p.closing.Do(func() {
		hard := time.AfterFunc(p.grace, p.run.kill)
		p.client.Kill()
		hard.Stop()
		p.run.kill()
		<-p.run.drained
		p.logs.flush()
	})
}
