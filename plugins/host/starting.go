package host

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/hashicorp/go-plugin"

	pb "github.com/motherlode-pool/motherlode/plugins/proto/coinv1"
)

// sayWaiting logs now and then that the start lasts, until the result is called.
func (p *process) sayWaiting(every time.Duration) (done func()) {
	begin, over := time.Now(), make(chan struct{})
	var said sync.WaitGroup
	said.Go(func() {
		tick := time.NewTicker(every)
		defer tick.Stop()
		for {
			select {
			case <-over:
				return
			case now := <-tick.C:
				p.cfg.Logger.Warn("still waiting for the coin's plugin to start", "waited", now.Sub(begin).Round(time.Second).String(),
					"at_most", p.cfg.StartTimeout.String(), "program", p.cfg.Command[0])
			}
		}
	})
	return func() { close(over); said.Wait() }
}

// startError is why a start failed after a while, for the operator.
func (p *process) startError(ctx context.Context, after time.Duration, err error) error {
	last := p.logs.last()
	if ctx.Err() != nil {
		text := ""
		if len(last) > 0 {
			text = "; its last words: " + strings.Join(last, " / ")
		}
		return fmt.Errorf("plugin %s: had not started after %v: %w%s", p.cfg.Name, after.Round(100*time.Millisecond), context.Cause(ctx), text)
	}
	e := &Error{Kind: ErrPluginStart, Plugin: p.cfg.Name, Detail: p.cfg.Command[0], Err: err, Stderr: last, settled: cannotRun(err)}
	line, ok := p.run.firstLine()
	exit, status := p.run.ended()
	version, isPlugin := protocolOf(line)
	switch {
	case isPlugin && version != pb.Major:
		e.Kind, e.Detail = ErrProtocol, fmt.Sprintf("%s speaks version %d: %s", p.cfg.Command[0], version, otherVersion)
		e.Err = nil
	case ok && !isPlugin:
		e.Err = fmt.Errorf("it is no plugin, or prints before it serves: its first line on stdout is %q", clip(line, 200))
		e.settled = true
	case errors.Is(err, errNoCertificate):
		e.settled = true
	case ok:
	case strings.HasPrefix(err.Error(), "timeout"):
		e.Err = fmt.Errorf("timeout: it runs, and printed no handshake within %v", p.cfg.StartTimeout)
	case exit != "":
		e.Err = fmt.Errorf("it ended without a handshake, so it is no plugin or refuses to be one: %s", exit)
		e.settled = status == 0
	}
	return e
}

// cannotRun reports whether an error of a start says that the file is not there or
// is no program, as it will be until somebody puts another one there.
func cannotRun(err error) bool {
	return errors.Is(err, fs.ErrNotExist) || errors.Is(err, fs.ErrPermission) || errors.Is(err, syscall.ENOEXEC)
}

// Settled reports whether trying again is in vain until somebody changes the
// configuration or the file that it names. A plugin that is slow to start, crashes
// or hangs is not settled: that may have been the machine.
func (e *Error) Settled() bool {
	switch e.Kind {
	case ErrUnverified, ErrChecksum, ErrUnsafeFile, ErrProtocol, ErrConfig, ErrNotAttached:
		return true
	}
	return e.settled
}

// otherVersion is what to do about a plugin of another major version.
var otherVersion = fmt.Sprintf("this pool speaks version %d of the coin protocol; get the plugin's build for it, or the pool's release that the plugin was made for", pb.Major)

// protocolOf is the major version in a handshake line, its second field.
func protocolOf(line string) (version int, ok bool) {
	fields := strings.Split(line, "|")
	if len(fields) < 4 || fields[0] != strconv.Itoa(plugin.CoreProtocolVersion) {
		return 0, false
	}
	version, err := strconv.Atoi(fields[1])
	return version, err == nil
}
