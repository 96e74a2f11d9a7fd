package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"syscall"
	"time"

	"github.com/motherlode-pool/motherlode/engine/sharelog"
	"github.com/motherlode-pool/motherlode/internal/blocknotify"
	"github.com/motherlode-pool/motherlode/internal/freeport"
	"github.com/motherlode-pool/motherlode/internal/loadgen"
	"github.com/motherlode-pool/motherlode/internal/simchain"
)

// What a pool that is measured runs with.
const (
	benchBits  = 0x1d00ffff // the chain's difficulty is 1, so that a share of 1e-9 is no block
	benchStart = 30 * time.Second
	benchStop  = 30 * time.Second
	benchToken = "token-of-the-bench"
)

// errShortLog says that shares were lost.
var errShortLog = errors.New("the share log grew by fewer records than shares were accepted")

// benchServerOptions are what a run wants other than the defaults.
type benchServerOptions struct {
	difficulty float64
	sync       string
	program    string // file to run; empty: this program

	http   string                    // where its HTTP server listens; empty: nowhere
	anyone bool                      // user names need not be addresses
	before func(folder string) error // what is to be in its data folder; may be nil
}

// benchServer is this program, run as a pool in a process of its own, and the
// simulated node that it asks, which lives in this one.
type benchServer struct {
	dir     string
	addr    string
	notify  string // where it listens for news of a block
	node    *simchain.Node
	answers *answerTimes // of the node
	cmd     *exec.Cmd
	exited  chan struct{}
	log     *os.File
	stop    context.CancelFunc // of the node
	ended   chan error         // the node's end
}

// startBenchServer starts a node and a pool in a new folder and waits until the
// pool takes miners.
func startBenchServer(ctx context.Context, o benchServerOptions) (_ *benchServer, err error) {
	s := &benchServer{exited: make(chan struct{}), ended: make(chan error, 1)}
	if s.dir, err = os.MkdirTemp("", "motherlode-bench-"); err != nil {
		return nil, fmt.Errorf("folder for the pool: %w", err)
	}
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, errors.Join(err, os.RemoveAll(s.dir))
	}
	s.answers = &answerTimes{Listener: ln}
	life, stop := context.WithCancel(context.WithoutCancel(ctx))
	s.stop = stop
	s.node = simchain.New(simchain.Config{Name: "bench", Parent: true, Bits: benchBits, User: "bench", Password: "bench", Listener: s.answers})
	go func() { s.ended <- s.node.Run(life) }()
	if err := s.startPool(ctx, o); err != nil {
		return nil, errors.Join(err, s.close())
	}
	return s, nil
}

func (s *benchServer) startPool(ctx context.Context, o benchServerOptions) error {
	select {
	case <-s.node.Ready():
	case err := <-s.ended:
		s.ended <- nil
		return fmt.Errorf("simulated chain: %w", err)
	case <-ctx.Done():
		return ctx.Err()
	}
	var err error
	if s.addr, err = freeport.TCP(); err != nil {
		return err
	}
	if s.notify, err = freeport.TCP(); err != nil {
		return err
	}
	if o.before != nil {
		if err := o.before(filepath.Join(s.dir, "data")); err != nil {
			return err
		}
	}
	if err := os.WriteFile(filepath.Join(s.dir, "token"), []byte(benchToken), 0o600); err != nil {
		return err
	}
	file := filepath.Join(s.dir, "motherlode.toml")
	if err := os.WriteFile(file, []byte(s.config(o)), 0o600); err != nil {
		return err
	}
	program := o.program
	if program == "" {
		if program, err = os.Executable(); err != nil {
			return fmt.Errorf("this program's own file: %w", err)
		}
	}
	if s.log, err = os.Create(filepath.Join(s.dir, "log")); err != nil {
		return err
	}
	s.cmd = exec.Command(program, "run", file)
	s.cmd.Stdout, s.cmd.Stderr = s.log, s.log
	endWithParent(s.cmd)
	started := make(chan error, 1)
	go func() {
		// The kernel watches the thread that starts the pool.
		runtime.LockOSThread()
		defer close(s.exited)
		err := s.cmd.Start()
		started <- err
		if err == nil {
			_ = s.cmd.Wait()
		}
	}()
	if err := <-started; err != nil {
		<-s.exited
		s.cmd = nil
		return fmt.Errorf("starting the pool: %w", err)
	}
	return s.awaitMiners(ctx)
}

// config is what the pool runs with: the defaults, but for the chain, a fixed
// difficulty that a processor can mine, and addresses on this machine.
func (s *benchServer) config(o benchServerOptions) string {
	return fmt.Sprintf(`data_dir = %[1]q
[log]
level = "warn"
[http]
listen = %[8]q
operator_token_file = %[9]q
[sharelog]
sync = %[2]q
[coins.bitcoin]
driver = "bitcoin"
network = "regtest"
  [coins.bitcoin.settings]
  nodes = [{ url = %[3]q, user = "bench", password = "bench" }]
  notify = %[4]q
[pools.bench]
parent = "bitcoin"
address = %[5]q
accept_anyone = %[10]t
  [[pools.bench.listen]]
  address = %[6]q
  difficulty = { start = %[7]g, min = %[7]g, fixed = true }
`, filepath.Join(s.dir, "data"), o.sync, s.node.URL(), s.notify, demoAddress, s.addr, o.difficulty,
		o.http, filepath.Join(s.dir, "token"), o.anyone)
}

// awaitMiners waits until the pool accepts connections.
func (s *benchServer) awaitMiners(ctx context.Context) error {
	limit := time.After(benchStart)
	for {
		conn, err := net.DialTimeout("tcp", s.addr, time.Second)
		if err == nil {
			return conn.Close()
		}
		select {
		case <-s.exited:
			return fmt.Errorf("the pool ended at once:\n%s", s.words())
		case <-limit:
			return fmt.Errorf("the pool takes no miners after %v:\n%s", benchStart, s.words())
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(20 * time.Millisecond):
		}
	}
}

// words is the end of what the pool printed.
func (s *benchServer) words() string {
	text, err := os.ReadFile(filepath.Join(s.dir, "log"))
	if err != nil {
		return err.Error()
	}
	return string(text[max(0, len(text)-2000):])
}

func (s *benchServer) target() loadgen.Target {
	return loadgen.Target{Addr: s.addr, User: benchUser, Password: "x", PID: s.cmd.Process.Pid}
}

// newBlock makes a block of somebody else's and tells the pool, as the node's
// blocknotify would.
func (s *benchServer) newBlock(ctx context.Context) error {
	hashes := s.node.Jump(1)
	return blocknotify.Send(ctx, s.notify, hashes[0].String())
}

// finish ends the pool and holds its share log against what it promised.
func (s *benchServer) finish(accepted uint64) error {
	err := s.stopPool()
	if err == nil {
		err = checkBenchLog(filepath.Join(s.dir, "data"), accepted)
	}
	return errors.Join(err, s.close())
}

// stopPool ends the pool as an operator would.
func (s *benchServer) stopPool() error {
	_ = s.cmd.Process.Signal(syscall.SIGTERM)
	select {
	case <-s.exited:
	case <-time.After(benchStop):
		_ = s.cmd.Process.Kill()
		<-s.exited
		return fmt.Errorf("the pool does not end %v after SIGTERM:\n%s", benchStop, s.words())
	}
	if code := s.cmd.ProcessState.ExitCode(); code != 0 {
		return fmt.Errorf("the pool ended with code %d:\n%s", code, s.words())
	}
	return nil
}

// close ends what still runs and removes the folder.
func (s *benchServer) close() error {
	if s.cmd != nil {
		_ = s.cmd.Process.Kill()
		<-s.exited
	}
	if s.log != nil {
		s.log.Close()
	}
	s.stop()
	return errors.Join(ignoreCancel(<-s.ended), os.RemoveAll(s.dir))
}

// checkBenchLog fails when a log holds fewer shares than were accepted.
func checkBenchLog(data string, accepted uint64) error {
	n, err := countShares(data)
	if err != nil {
		return fmt.Errorf("counting the share log: %w", err)
	}
	if n < accepted {
		return fmt.Errorf("%w: %d records for %d shares", errShortLog, n, accepted)
	}
	return nil
}

// countShares reads the share log of a pool that has ended.
func countShares(data string) (n uint64, err error) {
	log, err := sharelog.Open(filepath.Join(data, "shares"), sharelog.Options{Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, log.Close()) }()
	r := log.Read(log.Start())
	defer r.Close()
	for {
		rec, _, err := r.Next()
		if errors.Is(err, io.EOF) {
			return n, nil
		}
		if err != nil {
			return n, err
		}
		if rec.Kind == sharelog.KindShare {
			n++
		}
	}
}
