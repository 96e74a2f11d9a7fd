package conformance

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"time"

	"github.com/motherlode-pool/motherlode/coins"
	"github.com/motherlode-pool/motherlode/plugins/host"
	"github.com/motherlode-pool/motherlode/plugins/internal/pair"
)

// subject is a driver over one transport.
type subject struct {
	driver   coins.Driver
	describe func(context.Context) (coins.Info, error)
	sockets  string // folder for sockets of a process
	close    func()
}

func newSubject(cfg Config, over Transport, start time.Duration) (subject, error) {
	local := func(d coins.Driver) subject {
		return subject{driver: d, close: func() {}, describe: func(context.Context) (coins.Info, error) {
			info := d.Describe()
			if info.Driver == "" {
				return info, errors.New("its Describe gives no name of the driver, or cannot be sent")
			}
			return info, nil
		}}
	}
	switch {
	case over == InProcess && cfg.Driver != nil:
		return local(cfg.Driver), nil
	case over == Pair && cfg.Driver != nil:
		return local(pair.New(cfg.Driver)), nil
	case over == OwnProcess && cfg.Process != nil:
		return processSubject(cfg.Process, start, cfg.Logger)
	}
	return subject{}, fmt.Errorf("conformance: this configuration has no transport %q", over)
}

// processSubject runs the program as a pool does, but for the time that it may
// take to start.
func processSubject(p *Process, start time.Duration, log *slog.Logger) (subject, error) {
	dir, err := os.MkdirTemp("", "mlc")
	if err != nil {
		return subject{}, err
	}
	sockets, err := host.NewSocketDir(dir)
	if err != nil {
		_ = os.RemoveAll(dir)
		return subject{}, err
	}
	driver := host.New(host.Config{
		Name: programName(p.Command), Command: p.Command, Env: p.Env, MTLS: p.MTLS, SocketDir: sockets.Path(),
		External: p.External, AllowUnverified: true, Logger: log, StartTimeout: start,
	})
	return subject{driver: driver, describe: driver.Probe, sockets: sockets.Path(), close: func() {
		_ = sockets.Close()
		_ = os.RemoveAll(dir)
	}}, nil
}

// programName is what messages call a program.
func programName(command []string) string {
	if command[0] == selfExe {
		return command[len(command)-1]
	}
	return filepath.Base(command[0])
}
