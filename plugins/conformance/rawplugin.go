package conformance

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"

	"github.com/motherlode-pool/motherlode/plugins/internal/client"
	"github.com/motherlode-pool/motherlode/plugins/internal/wire"
	pb "github.com/motherlode-pool/motherlode/plugins/proto/coinv1"
)

// maxOutput bounds what is kept of a plugin's output.
const maxOutput = 4 << 20

// rawPlugin is a plugin's process without a pool: all of its output is kept, and
// nothing is done for it that a pool would do. One goroutine uses it.
type rawPlugin struct {
	*grpc.ClientConn
	cmd       *exec.Cmd
	pid       int // of the plugin itself, which may be a grandchild
	handshake string
	stdout    *output // without the first line
	stderr    *output

	exited chan struct{} // closed when the child has ended
	dead   context.Context
	die    context.CancelFunc
	once   sync.Once
}

var _ client.Link = (*rawPlugin)(nil)

// output collects what a process writes.
type output struct {
	mu   sync.Mutex
	buf  bytes.Buffer
	read chan struct{} // closed at the end
}

func (o *output) from(r io.Reader) {
	defer close(o.read)
	var chunk [4096]byte
	for {
		n, err := r.Read(chunk[:])
		o.mu.Lock()
		if room := maxOutput - o.buf.Len(); room > 0 {
			o.buf.Write(chunk[:min(n, room)])
		}
		o.mu.Unlock()
		if err != nil {
			return
		}
	}
}

func (o *output) bytes() []byte {
	o.mu.Lock()
	defer o.mu.Unlock()
	return bytes.Clone(o.buf.Bytes())
}

// pluginEnv is what a pool gives a plugin, and nothing else.
func (s *suite) pluginEnv() []string {
	hs := wire.Handshake()
	env := []string{
		hs.MagicCookieKey + "=" + hs.MagicCookieValue,
		"PLUGIN_PROTOCOL_VERSIONS=" + strconv.Itoa(pb.Major),
		"PLUGIN_UNIX_SOCKET_DIR=" + s.subject.sockets,
		wire.HostPID + "=" + strconv.Itoa(os.Getpid()),
	}
	return append(env, s.bareEnv()...)
}

// bareEnv is what it sees when a person starts it.
func (s *suite) bareEnv() []string {
	var env []string
	if path, ok := os.LookupEnv("PATH"); ok {
		env = append(env, "PATH="+path)
	}
	return append(env, s.cfg.Process.Env...)
}

// selfExe is this program, also after an upgrade has replaced its file.
const selfExe = "/proc/self/exe"

// orphanScript is a parent that can be killed: it starts the plugin, says its
// process id on descriptor 3, and waits.
const orphanScript = `"$@" 3>&- & echo $! >&3; wait`

// startRaw starts the plugin and connects to it; with a parent in between, that
// is a shell.
func (s *suite) startRaw(ctx context.Context, between bool) (*rawPlugin, error) {
	command := s.cfg.Process.Command
	if between {
		command = append([]string{"/bin/sh", "-c", orphanScript, "sh"}, command...)
		if command[4] == selfExe { // the shell's own self is another
			command[4] = fmt.Sprintf("/proc/%d/exe", os.Getpid())
		}
	}
	cmd := exec.Command(command[0], command[1:]...)
	cmd.Env = s.pluginEnv()
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	p := &rawPlugin{cmd: cmd, exited: make(chan struct{}), stdout: &output{read: make(chan struct{})}, stderr: &output{read: make(chan struct{})}}
	p.dead, p.die = context.WithCancel(context.Background())

	first, err := p.start(between)
	if err != nil {
		p.die()
		return nil, err
	}
	if err := p.greet(ctx, first, s.limits.Start); err != nil {
		_ = p.Close()
		return nil, fmt.Errorf("%w%s", err, p.lastWords())
	}
	return p, nil
}

// start runs the command and reads its output from then on. The result gives the
// first line of its standard output.
func (p *rawPlugin) start(between bool) (first chan string, err error) {
	outR, outW, err := os.Pipe()
	if err != nil {
		return nil, err
	}
	errR, errW, err := os.Pipe()
	if err != nil {
		return nil, errors.Join(err, outR.Close(), outW.Close())
	}
	pidR, pidW, err := os.Pipe()
	if err != nil {
		return nil, errors.Join(err, outR.Close(), outW.Close(), errR.Close(), errW.Close())
	}
	p.cmd.Stdout, p.cmd.Stderr = outW, errW
	if between {
		p.cmd.ExtraFiles = []*os.File{pidW}
	}
	err = p.cmd.Start()
	_, _, _ = outW.Close(), errW.Close(), pidW.Close()
	if err != nil {
		return nil, errors.Join(err, outR.Close(), errR.Close(), pidR.Close())
	}
	p.pid = p.cmd.Process.Pid
	go func() {
		_ = p.cmd.Wait()
		close(p.exited)
	}()

	first = make(chan string, 1)
	go func() {
		defer func() { _ = errR.Close() }()
		p.stderr.from(errR)
	}()
	go func() {
		defer func() { _ = outR.Close() }()
		r := bufio.NewReaderSize(outR, 16<<10)
		line, _ := r.ReadSlice('\n')
		first <- string(line)
		p.stdout.from(r)
	}()
	if between {
		line, _ := bufio.NewReader(pidR).ReadString('\n')
		if p.pid, err = strconv.Atoi(strings.TrimSpace(line)); err != nil {
			p.pid = p.cmd.Process.Pid
		}
	}
	_ = pidR.Close()
	return first, nil
}

// greet waits for the handshake, which must come within limit, and connects.
func (p *rawPlugin) greet(ctx context.Context, first <-chan string, limit time.Duration) error {
	late := time.NewTimer(limit)
	defer late.Stop()
	select {
	case p.handshake = <-first:
	case <-late.C:
		return fmt.Errorf("the program did not start within %v: no handshake on standard output", limit)
	case <-ctx.Done():
		return context.Cause(ctx)
	}
	path, err := socketOf(p.handshake)
	if err != nil {
		return err
	}
	opts := append(wire.DialOptions(), grpc.WithTransportCredentials(insecure.NewCredentials()),
		grpc.WithContextDialer(func(ctx context.Context, _ string) (net.Conn, error) {
			return new(net.Dialer).DialContext(ctx, "unix", path)
		}))
	p.ClientConn, err = grpc.NewClient("passthrough:plugin", opts...)
	return err
}

// socketOf is the socket that a handshake names.
//
//	1|VERSION|unix|PATH|grpc[|CERTIFICATE[|MUX]]
func socketOf(line string) (string, error) {
	fields := strings.Split(strings.TrimRight(line, "\r\n"), "|")
	want := fmt.Sprintf("1|%d|unix|PATH|grpc", pb.Major)
	if len(fields) < 5 || fields[0] != "1" || fields[1] != strconv.Itoa(pb.Major) || fields[2] != "unix" || fields[3] == "" || fields[4] != "grpc" {
		return "", fmt.Errorf("the first line on standard output is %q, want the handshake %s", shorten(line), want)
	}
	if !strings.HasSuffix(line, "\n") {
		return "", fmt.Errorf("the handshake %q has no end of line", shorten(line))
	}
	return fields[3], nil
}

// lastWords quotes the end of what the plugin said.
func (p *rawPlugin) lastWords() string {
	text := strings.ToValidUTF8(strings.TrimSpace(string(p.stderr.bytes())), "\uFFFD")
	if text == "" {
		return ""
	}
	return "; its last words: " + text[max(0, len(text)-300):]
}

// Life ends when the suite has ended the plugin.
func (p *rawPlugin) Life() context.Context { return p.dead }

// PID is the plugin's process.
func (p *rawPlugin) PID() int { return p.pid }

// Close kills the plugin and waits until all that it wrote was read.
func (p *rawPlugin) Close() error {
	p.once.Do(func() {
		p.die()
		if p.ClientConn != nil {
			_ = p.ClientConn.Close()
		}
		_ = syscall.Kill(-p.cmd.Process.Pid, syscall.SIGKILL)
		_ = p.cmd.Process.Kill()
		<-p.exited
		p.drain(time.Second)
	})
	return nil
}

// drain waits until the output has been read to its end, which the plugin's own
// children may hold back.
func (p *rawPlugin) drain(limit time.Duration) {
	late := time.NewTimer(limit)
	defer late.Stop()
	for _, o := range []*output{p.stdout, p.stderr} {
		select {
		case <-o.read:
		case <-late.C:
			return
		}
	}
}

// gone reports whether a process is no more; a zombie, which waits for its
// parent's notice, is none.
func gone(pid int) bool {
	if errors.Is(syscall.Kill(pid, 0), syscall.ESRCH) {
		return true
	}
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return false // no such file on this system, but the process is there
	}
	rest := stat[bytes.LastIndexByte(stat, ')')+1:]
	return len(rest) > 1 && rest[1] == 'Z'
}

// goneWithin waits for a process's end.
func goneWithin(ctx context.Context, pid int, limit time.Duration) (time.Duration, error) {
	begin := time.Now()
	for !gone(pid) {
		if took := time.Since(begin); took > limit {
			return took, fmt.Errorf("it is still there after %v", limit)
		}
		if err := pause(ctx, 10*time.Millisecond); err != nil {
			return time.Since(begin), err
		}
	}
	return time.Since(begin), nil
}
