package host

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/hashicorp/go-plugin/runner"
)

const (
	// handshakeLine bounds the first line on stdout; one with a certificate has
	// about a thousand bytes.
	handshakeLine = 16 << 10

	// drainGrace is how long the output of a dead plugin is still read. Its own
	// children may hold the pipes open for ever.
	drainGrace = 200 * time.Millisecond
)

// child is the process, as go-plugin's runner. It leads a process group of its
// own, has no stdin, and its output is read here: go-plugin gets the first line
// of stdout, which is the handshake, and nothing of stderr.
type child struct {
	path string
	mtls bool
	cmd  *exec.Cmd
	logs *logSink

	stdout *io.PipeReader // the handshake line for go-plugin
	feed   *io.PipeWriter

	drained chan struct{} // closed when the process has ended and was read out

	mu    sync.Mutex
	proc  *os.Process // nil before the start and after the end
	id    int
	line  *string // first line on stdout
	exit  string  // how it ended
	code  int     // its exit code, -1 where a signal ended it
	early bool    // killed before it was started
}

var _ runner.Runner = (*child)(nil)

func newChild(path string, args []string, mtls bool, logs *logSink) *child {
	c := &child{path: path, mtls: mtls, cmd: exec.Command(path, args...), logs: logs, drained: make(chan struct{})}
	c.stdout, c.feed = io.Pipe()
	ownGroup(c.cmd)
	return c
}

func (c *child) setEnv(env []string) { c.cmd.Env = env }

// Start starts the process. One goroutine does so and waits for the end, on one
// thread: Linux ties the death signal to the thread, not to the process.
func (c *child) Start(context.Context) error {
	outR, outW, err := os.Pipe()
	if err != nil {
		close(c.drained)
		return err
	}
	errR, errW, err := os.Pipe()
	if err != nil {
		_, _ = outR.Close(), outW.Close()
		close(c.drained)
		return err
	}
	c.cmd.Stdin, c.cmd.Stdout, c.cmd.Stderr = nil, outW, errW

	started := make(chan error, 1)
	go func() {
		runtime.LockOSThread()
		defer runtime.UnlockOSThread()
		defer close(c.drained)
		err := c.launch()
		_, _ = outW.Close(), errW.Close()
		started <- err
		if err != nil {
			_, _ = outR.Close(), errR.Close()
			_ = c.feed.Close()
			return
		}
		c.wait(outR, errR)
	}()
	return <-started
}

// launch starts the command unless it was killed before.
func (c *child) launch() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.early {
		return errors.New("killed before the start")
	}
	keepFiles()
	if err := c.cmd.Start(); err != nil {
		return err
	}
	c.proc, c.id = c.cmd.Process, c.cmd.Process.Pid
	return nil
}

// wait reads the output and waits for the end.
func (c *child) wait(stdout, stderr *os.File) {
	var readers sync.WaitGroup
	readers.Go(func() { c.readStdout(stdout) })
	readers.Go(func() { c.logs.read("stderr", stderr) })

	err := c.cmd.Wait()
	c.mu.Lock()
	killGroup(c.id) // what the plugin has forked goes with it
	c.proc = nil
	c.exit, c.code = exitOf(c.cmd.ProcessState, err)
	c.mu.Unlock()

	cut := time.AfterFunc(drainGrace, func() { _, _ = stdout.Close(), stderr.Close() })
	readers.Wait()
	cut.Stop()
	_, _ = stdout.Close(), stderr.Close()
}

func exitOf(state *os.ProcessState, err error) (text string, code int) {
	if state != nil {
		return state.String(), state.ExitCode()
	}
	return fmt.Sprint(err), -1
}

// readStdout hands the first line to go-plugin and the rest to the log.
func (c *child) readStdout(r io.Reader) {
	defer func() { _ = c.feed.Close() }()
	br := bufio.NewReaderSize(r, handshakeLine)
	first, err := br.ReadSlice('\n')
	if len(first) > 0 {
		line := strings.ToValidUTF8(strings.TrimRight(string(first), "\r\n"), "\uFFFD")
		c.mu.Lock()
		c.line = &line
		c.mu.Unlock()
		_, _ = c.feed.Write([]byte(line + "\n"))
	}
	if err == nil || errors.Is(err, bufio.ErrBufferFull) {
		c.logs.read("stdout", br)
	}
}

// kill ends the process and its group at once; it can be called at any time.
func (c *child) kill() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.early = true
	if c.proc != nil {
		killGroup(c.id)
		_ = c.proc.Kill()
	}
}

// Kill is kill for go-plugin.
func (c *child) Kill(context.Context) error {
	c.kill()
	return nil
}

// Wait waits until the process has ended and its output was read.
func (c *child) Wait(context.Context) error {
	<-c.drained
	return nil
}

// Stdout is the handshake line.
func (c *child) Stdout() io.ReadCloser { return c.stdout }

// Stderr is empty: go-plugin is to see nothing of it.
func (c *child) Stderr() io.ReadCloser { return io.NopCloser(strings.NewReader("")) }

// Name is the program.
func (c *child) Name() string { return c.path }

// ID is the process id. It is never empty, so that go-plugin's Kill cleans up
// after a start that failed too.
func (c *child) ID() string { return strconv.Itoa(c.pid()) }

// Diagnose has nothing to add: startError does that.
func (c *child) Diagnose(context.Context) string { return "" }

// PluginToHost gives the address as it is: both ends are on one machine.
func (c *child) PluginToHost(network, address string) (string, string, error) {
	return network, address, nil
}

// HostToPlugin gives the address as it is.
func (c *child) HostToPlugin(network, address string) (string, string, error) {
	return network, address, nil
}

func (c *child) pid() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.id
}

func (c *child) firstLine() (string, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.line == nil {
		return "", false
	}
	return *c.line, true
}

// hasCertificate reports whether the handshake brought one: the sixth field.
func (c *child) hasCertificate() bool {
	line, _ := c.firstLine()
	fields := strings.Split(line, "|")
	return len(fields) >= 6 && len(fields[5]) > 50
}

func (c *child) exitText() string {
	text, _ := c.ended()
	return text
}

// ended is how the process ended, no text while it has not, and its exit code.
func (c *child) ended() (text string, code int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.exit, c.code
}
