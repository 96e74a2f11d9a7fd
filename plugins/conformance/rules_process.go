package conformance

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"time"
	"unicode/utf8"

	"google.golang.org/grpc/codes"
	healthpb "google.golang.org/grpc/health/grpc_health_v1"
	"google.golang.org/grpc/status"

	"github.com/motherlode-pool/motherlode/coins"
	"github.com/motherlode-pool/motherlode/plugins/internal/client"
	"github.com/motherlode-pool/motherlode/plugins/internal/wire"
)

// maxLine is the longest line of a log that the pool keeps whole.
const maxLine = 64 << 10

func processRules() []rule {
	process := func(id, says string, try func(context.Context, *suite) error) rule {
		return rule{Rule: Rule{ID: id, Says: says, Only: OwnProcess}, try: try}
	}
	return []rule{
		process("process-stdout", "nothing but the handshake's line goes to standard output", tryStdout),
		process("process-logs", "each line on standard error is JSON with a message and a level, or plain text", tryLogs),
		process("process-by-hand", "started by a person it explains itself and fails", tryByHand),
		process("process-environment", "it needs no more of the environment than a pool gives it", tryEnvironment),
		process("process-ping", "it answers gRPC's health service, or says that it has none", tryPing),
		process("process-signals", "SIGTERM and SIGINT do not end it while its parent lives", trySignals),
		process("process-stop", "it ends in time when it is told to", tryStop),
		process("process-orphan", "it is gone soon after its parent was killed", tryOrphan),
	}
}

func tryStdout(ctx context.Context, s *suite) error {
	got, err := s.theSession(ctx)
	if err != nil {
		return err
	}
	if _, err := socketOf(got.handshake); err != nil {
		return err
	}
	if len(got.stdout) > 0 {
		return fmt.Errorf("after the handshake came %q; log to standard error", shorten(string(got.stdout)))
	}
	return nil
}

func tryLogs(ctx context.Context, s *suite) error {
	got, err := s.theSession(ctx)
	if err != nil {
		return err
	}
	lines := bytes.Split(bytes.TrimSuffix(got.stderr, []byte("\n")), []byte("\n"))
	if len(got.stderr) == 0 {
		s.note("it said nothing")
		return nil
	}
	var wrong []error
	for i, line := range lines {
		if err := checkLogLine(line); err != nil {
			wrong = append(wrong, fmt.Errorf("line %d, %q: %w", i+1, shorten(strings.ToValidUTF8(string(line), "\uFFFD")), err))
		}
	}
	s.note("%d lines", len(lines))
	if len(wrong) > 5 {
		wrong = append(wrong[:5], fmt.Errorf("and %d lines more", len(wrong)-5))
	}
	return errors.Join(wrong...)
}

// checkLogLine holds a line against what the pool can read.
func checkLogLine(line []byte) error {
	switch {
	case len(line) > maxLine:
		return fmt.Errorf("it has %d bytes, and is cut at %d", len(line), maxLine)
	case !utf8.Valid(line):
		return errors.New("it is no valid UTF-8")
	case !bytes.HasPrefix(bytes.TrimSpace(line), []byte("{")):
		return nil
	}
	var fields map[string]any
	if err := json.Unmarshal(line, &fields); err != nil {
		return fmt.Errorf("it begins like JSON, and is none: %w", err)
	}
	for _, keys := range [][2]string{{"msg", "level"}, {"@message", "@level"}} {
		if _, ok := fields[keys[0]].(string); !ok {
			continue
		}
		level, ok := fields[keys[1]].(string)
		if !ok || !knownLevel(level) {
			return fmt.Errorf("its %s is %v, want debug, info, warn or error", keys[1], fields[keys[1]])
		}
		return nil
	}
	return errors.New("it is JSON without a text as its msg (slog) or @message (hclog)")
}

// knownLevel knows the levels of slog and hclog, "WARN+1" included.
func knownLevel(level string) bool {
	name, _, _ := strings.Cut(strings.ToLower(level), "+")
	name, _, _ = strings.Cut(name, "-")
	switch name {
	case "trace", "debug", "info", "warn", "error":
		return true
	}
	return false
}

func tryByHand(ctx context.Context, s *suite) error {
	patience := s.limits.Start
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	command := s.cfg.Process.Command
	cmd := exec.CommandContext(ctx, command[0], command[1:]...)
	cmd.Env = s.bareEnv()
	cmd.WaitDelay = time.Second
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	err := cmd.Run()
	said := strings.TrimSpace(stderr.String())
	var exit *exec.ExitError
	switch {
	case ctx.Err() != nil:
		return fmt.Errorf("without the handshake's variables it goes on for more than %v; want that it says what it is on standard error, and exits", patience)
	case err == nil:
		return errors.New("it exits with status 0, want another: nothing was served")
	case !errors.As(err, &exit):
		return err
	case exit.ExitCode() < 0:
		return fmt.Errorf("it ended by %v, want an exit", exit)
	case stdout.Len() > 0:
		return fmt.Errorf("it prints %q on standard output, want standard error: the pool would take it for a handshake", shorten(stdout.String()))
	case said == "":
		return errors.New("it says nothing on standard error; a person should read there what it is and how to use it")
	case strings.Contains(said, "goroutine ") || strings.Contains(said, "Traceback "):
		return fmt.Errorf("it crashes instead of explaining itself: %q", shorten(said))
	}
	return nil
}

// tryEnvironment looks at what a process sees that the host has started.
func tryEnvironment(ctx context.Context, s *suite) error {
	coin, err := s.opened(ctx)
	if err != nil {
		return err
	}
	p, ok := coin.(interface{ PID() int })
	if !ok || p.PID() == 0 {
		return errAbsent("the process is not known")
	}
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/environ", p.PID()))
	if err != nil {
		return errAbsent("this system does not show a process's environment: " + err.Error())
	}
	own := map[string]bool{"PATH": true, wire.HostPID: true, wire.Handshake().MagicCookieKey: true}
	for _, e := range s.cfg.Process.Env {
		key, _, _ := strings.Cut(e, "=")
		own[key] = true
	}
	for _, e := range bytes.Split(text, []byte{0}) {
		key, _, _ := strings.Cut(string(e), "=")
		if key != "" && !own[key] && !strings.HasPrefix(key, "PLUGIN_") {
			return fmt.Errorf("it sees %s, which a pool keeps to itself", key)
		}
	}
	return nil
}

func tryPing(ctx context.Context, s *suite) error {
	p, err := s.startRaw(ctx, false)
	if err != nil {
		return err
	}
	defer func() { _ = p.Close() }()
	answer, err := call(ctx, s, func(ctx context.Context) (*healthpb.HealthCheckResponse, error) {
		return healthpb.NewHealthClient(p).Check(ctx, &healthpb.HealthCheckRequest{Service: "plugin"})
	})
	switch {
	case status.Code(err) == codes.Unimplemented:
		s.note("it has no health service; with one a plugin that hangs is noticed")
		return nil
	case err != nil:
		return fmt.Errorf("grpc.health.v1.Health/Check of the service \"plugin\": %w; the pool would kill it after three of these", err)
	case answer.GetStatus() != healthpb.HealthCheckResponse_SERVING:
		return fmt.Errorf("the service \"plugin\" is %v, want SERVING", answer.GetStatus())
	}
	return nil
}

func trySignals(ctx context.Context, s *suite) error {
	p, err := s.startRaw(ctx, false)
	if err != nil {
		return err
	}
	defer func() { _ = p.Close() }()
	describe := func(ctx context.Context) (coins.Info, error) { return client.Describe(ctx, p) }
	info, err := call(ctx, s, describe)
	if err != nil {
		return err
	}
	s.live(ctx, p, info)
	for _, sig := range []syscall.Signal{syscall.SIGTERM, syscall.SIGINT} {
		// One that dies of the first is gone at the second.
		if err := syscall.Kill(p.pid, sig); err != nil && !errors.Is(err, syscall.ESRCH) {
			return err
		}
	}
	for end := time.Now().Add(time.Second); time.Now().Before(end); {
		if _, err := call(ctx, s, describe); err != nil || gone(p.pid) {
			return fmt.Errorf("after SIGTERM and SIGINT it is gone or does not answer (%v): a pool that is told to stop still has blocks to deliver, and ends its plugins last", err)
		}
		if err := pause(ctx, 50*time.Millisecond); err != nil {
			return err
		}
	}
	return nil
}

func tryStop(ctx context.Context, s *suite) error {
	got, err := s.theSession(ctx)
	if err != nil {
		return err
	}
	if status.Code(got.told) == codes.Unimplemented {
		s.note("it has no plugin.GRPCController service: the pool waits %v and kills it", s.limits.Stop)
		return nil
	}
	if got.stopped != nil {
		return fmt.Errorf("told to stop (%s, answer: %v): %w; the pool kills it then", shutdownMethod, got.told, got.stopped)
	}
	s.note("after %v", got.took.Round(time.Millisecond))
	return nil
}

func tryOrphan(ctx context.Context, s *suite) error {
	p, err := s.startRaw(ctx, true)
	if err != nil {
		return err
	}
	defer func() {
		_ = syscall.Kill(p.pid, syscall.SIGKILL)
		_ = p.Close()
	}()
	info, err := call(ctx, s, func(ctx context.Context) (coins.Info, error) { return client.Describe(ctx, p) })
	if err != nil {
		return err
	}
	s.live(ctx, p, info)
	if p.pid == p.cmd.Process.Pid {
		return errAbsent("no shell to be its parent")
	}
	if err := p.cmd.Process.Kill(); err != nil {
		return err
	}
	took, err := goneWithin(ctx, p.pid, s.limits.Orphan)
	if err != nil {
		return fmt.Errorf("its parent was killed: %w; watch getppid, and exit when it changes", err)
	}
	s.note("after %v", took.Round(time.Millisecond))
	return nil
}
